//! What containers wrote by themselves, and how they ended.

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::stream::BoxStream;
use futures::{AsyncBufRead, AsyncReadExt as _, StreamExt as _};
use kube::api::{ListParams, LogParams};
use windlass_engine::ports::driver::{DriverError, LogPart, PodEvent};

use super::Cluster;
use crate::observe::{self, Observer};

/// The end of a log is for a person to read; a container that writes one endless line must not fill memory.
const LOG_BYTES: i64 = 1024 * 1024;

/// The most that is read of a log at once.
const PIECE: usize = 16 * 1024;

impl Cluster {
    /// Containers of our pods never restart. Those that a cluster added may: between two starts the API server gives the log of the last.
    pub(super) async fn log_tail(&self, pod: &str, container: &str, part: LogPart) -> Result<Vec<u8>, DriverError> {
        let request = self.request("get", "pods/log", pod);
        // The server takes whole seconds, at least one.
        let since = part.within.map(|within| i64::try_from(within.as_secs() + 1).unwrap_or(i64::MAX));
        let parameters = LogParams {
            container: Some(container.to_owned()),
            tail_lines: Some(i64::from(part.lines)),
            limit_bytes: Some(LOG_BYTES),
            since_seconds: since,
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

    /// All that a container writes, as it comes.
    pub(super) fn follow_log(self: &Arc<Self>, pod: &str, container: &str) -> BoxStream<'static, Result<Vec<u8>, DriverError>> {
        let parameters = LogParams { container: Some(container.to_owned()), follow: true, ..LogParams::default() };
        let following = Following { cluster: Arc::clone(self), pod: pod.to_owned(), parameters, log: None };
        let pieces = futures::stream::try_unfold(following, |mut following| async move {
            Ok(following.next().await?.map(|piece| (piece, following)))
        });
        pieces.boxed()
    }

    /// How long after the main container's start another one ended.
    pub(super) async fn ended_after(&self, pod: &str, container: &str) -> Result<Option<Duration>, DriverError> {
        let found = self.ask(&self.request("get", "pods", pod), || async { self.pods().get_opt(pod).await }).await?;
        Ok(found.and_then(|pod| observe::ended_after(&pod, container)))
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

/// A log that is read while it is written.
struct Following {
    cluster: Arc<Cluster>,
    pod: String,
    parameters: LogParams,
    log: Option<Pin<Box<dyn AsyncBufRead + Send>>>,
}

impl Following {
    /// The next piece; `None` at the end.
    async fn next(&mut self) -> Result<Option<Vec<u8>>, DriverError> {
        let Self { cluster, pod, parameters, log } = self;
        let request = cluster.request("get", "pods/log", pod);
        let log = match log {
            Some(log) => log,
            None => {
                log.insert(Box::pin(cluster.pods().log_stream(pod, parameters).await.map_err(|error| request.error(&error))?))
            }
        };
        let mut piece = vec![0; PIECE];
        let count = log.read(&mut piece).await.map_err(|error| request.error(&kube::Error::ReadEvents(error)))?;
        piece.truncate(count);
        Ok((count > 0).then_some(piece))
    }
}
