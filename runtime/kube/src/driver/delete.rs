//! Deleting a pod with all that belongs to it.

use std::time::Duration;

use futures::StreamExt as _;
use kube::Api;
use kube::api::{DeleteParams, PropagationPolicy};
use kube::runtime::WatchStreamExt as _;
use kube::runtime::watcher::{self, DefaultBackoff, Event};
use serde::de::DeserializeOwned;
use windlass_engine::ports::driver::DriverError;

use super::Cluster;
use crate::names;

/// What a node may take beyond the grace to unmount and report back.
const SLACK: Duration = Duration::from_secs(30);

impl Cluster {
    pub(super) async fn delete(&self, pod: &str, grace: Duration) -> Result<(), DriverError> {
        let (secret, pull_secret, config_map) = (names::secret(pod), names::pull_secret(pod), names::config_map(pod));
        let (pods, secrets, config_maps) = (self.pods(), self.secrets(), self.config_maps());
        let with_grace = DeleteParams { grace_period_seconds: Some(seconds(grace)), ..DeleteParams::default() };
        let at_once = DeleteParams { propagation_policy: Some(PropagationPolicy::Background), ..DeleteParams::default() };
        // All are tried, whatever becomes of the others: what can go, goes.
        let (pod_result, secret_result, pull_result, config_map_result) = tokio::join!(
            async {
                self.delete_object(&pods, pod, &with_grace, "pods").await?;
                self.wait_until_gone(pod, grace).await
            },
            self.delete_object(&secrets, &secret, &at_once, "secrets"),
            self.delete_object(&secrets, &pull_secret, &at_once, "secrets"),
            self.delete_object(&config_maps, &config_map, &at_once, "configmaps"),
        );
        pod_result.and(secret_result).and(pull_result).and(config_map_result)
    }

    async fn delete_object<K>(
        &self,
        api: &Api<K>,
        name: &str,
        parameters: &DeleteParams,
        resource: &'static str,
    ) -> Result<(), DriverError>
    where
        K: Clone + DeserializeOwned + std::fmt::Debug,
    {
        let delete = async {
            match api.delete(name, parameters).await {
                Ok(_) => Ok(()),
                Err(kube::Error::Api(status)) if status.is_not_found() => Ok(()),
                Err(error) => Err(error),
            }
        };
        let request = self.request("delete", resource, name);
        self.ask(&request, delete).await.map_err(|error| self.leftover(&request.describe(), name, resource, &error))
    }

    async fn wait_until_gone(&self, pod: &str, grace: Duration) -> Result<(), DriverError> {
        let by_name = watcher::Config::default().fields(&format!("metadata.name={pod}"));
        let mut changes = watcher::watcher(self.pods(), by_name).backoff(DefaultBackoff::default()).boxed();
        let mut seen = false;
        let gone = async {
            while let Some(change) = changes.next().await {
                match change {
                    Ok(Event::Init) => seen = false,
                    Ok(Event::InitApply(_)) => seen = true,
                    Ok(Event::Delete(_)) => break,
                    Ok(Event::InitDone) if !seen => break,
                    Ok(Event::InitDone | Event::Apply(_)) => {}
                    Err(error) => tracing::debug!(%error, pod, "waiting for its end"),
                }
            }
        };
        let patience = grace + SLACK;
        tokio::time::timeout(patience, gone).await.map_err(|_| DriverError::Leftover {
            what: format!("pod {pod}"),
            message: format!("it is still there after {} s; its node may be away", patience.as_secs()),
            command: self.kubectl(&format!("delete pod {pod} --grace-period=0 --force")),
        })
    }

    fn leftover(&self, what: &str, name: &str, resource: &str, error: &DriverError) -> DriverError {
        DriverError::Leftover {
            what: what.to_owned(),
            message: error.to_string(),
            command: self.kubectl(&format!("delete {resource} {name}")),
        }
    }
}

/// Whole seconds, rounded up: a grace of 0.5 s must not become none.
fn seconds(duration: Duration) -> u32 {
    let up = u64::from(duration.subsec_nanos() > 0);
    u32::try_from(duration.as_secs().saturating_add(up)).unwrap_or(u32::MAX)
}
