//! What containers wrote by themselves, and how they ended.

use std::time::Instant;

use futures::AsyncReadExt as _;
use kube::api::{ListParams, LogParams};
use windlass_engine::ports::driver::{DriverError, PodEvent};

use super::Cluster;
use crate::observe::Observer;

/// The end of a log is for a person to read; a container that writes one endless line must not fill memory.
const LOG_BYTES: i64 = 1024 * 1024;

impl Cluster {
    /// Containers of our pods never restart, so there is no previous incarnation to ask for.
    pub(super) async fn log_tail(&self, pod: &str, container: &str, lines: u32) -> Result<Vec<u8>, DriverError> {
        let request = self.request("get", "pods/log", pod);
        let parameters = LogParams {
            container: Some(container.to_owned()),
            tail_lines: Some(i64::from(lines)),
            limit_bytes: Some(LOG_BYTES),
            ..LogParams::default()
        };
        let pods = self.pods();
        let read = || async {
            let mut log = std::pin::pin!(pods.log_stream(pod, &parameters).await?);
            let mut bytes = Vec::new();
            (&mut log).take(LOG_BYTES.unsigned_abs()).read_to_end(&mut bytes).await.map_err(kube::Error::ReadEvents)?;
            Ok(bytes)
        };
        self.ask(&request, read).await
    }

    pub(super) async fn autopsy(&self, name: &str, ours: bool) -> Result<Vec<PodEvent>, DriverError> {
        let request = self.request("get", "pods", name);
        let (pods, all_events) = (self.pods(), self.events());
        let Some(pod) = self.ask(&request, || pods.get_opt(name)).await? else { return Ok(vec![PodEvent::Gone]) };
        let mut observer = Observer::default();
        let mut findings = observer.pod(&pod, ours, Instant::now());
        let about_it = ListParams::default().fields(&format!("involvedObject.kind=Pod,involvedObject.name={name}"));
        // Events only add to what the state says, and may be forbidden.
        if let Ok(events) = self.ask(&self.request("list", "events", ""), || all_events.list(&about_it)).await {
            findings.extend(events.items.iter().filter_map(|event| observer.event(event)));
        }
        Ok(findings)
    }
}
