//! Deleting objects by what they are, never by name alone.

use std::time::Duration;

use futures::StreamExt as _;
use futures::future::join_all;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::{DeleteParams, Preconditions, PropagationPolicy};
use kube::core::Status;
use kube::runtime::WatchStreamExt as _;
use kube::runtime::watcher::{self, Event, ExponentialBackoff};
use serde::de::DeserializeOwned;
use windlass_engine::ports::driver::DriverError;
use windlass_engine::times;

use super::ask::BACKOFF;
use super::cluster::Cluster;
use super::made::{Creation, Made};
use crate::identity::{Identity, Kind};

/// How long a watch for a pod's end is trusted before the pod is looked at.
const LOOK: Duration = Duration::from_secs(10);

impl Cluster {
    /// Deletes what this process made, as far as it still stands.
    pub(super) async fn delete_made(&self, creation: &Creation, made: &[Made], grace: Duration) -> Result<(), DriverError> {
        // All are tried, whatever becomes of the others: what can go, goes.
        let deleted = made.iter().map(|made| async move {
            match self.identify(creation, made).await {
                Ok(Some(identity)) => self.delete(&identity, grace).await,
                Ok(None) => Ok(()),
                Err(error) => Err(self.leftover(made.kind, &made.name, &error)),
            }
        });
        join_all(deleted).await.into_iter().collect()
    }

    /// Deletes one object, and waits for a pod's end. Another object of its name is left alone.
    pub(super) async fn delete(&self, object: &Identity, grace: Duration) -> Result<(), DriverError> {
        let condition = Preconditions { uid: Some(object.uid.clone()), resource_version: None };
        let at_once = DeleteParams {
            propagation_policy: Some(PropagationPolicy::Background),
            preconditions: Some(condition),
            ..DeleteParams::default()
        };
        match object.kind {
            Kind::Pod => {
                let with_grace = DeleteParams { grace_period_seconds: Some(seconds(grace)), propagation_policy: None, ..at_once };
                self.delete_object(&self.pods(), object, &with_grace).await?;
                self.wait_until_gone(object, grace).await
            }
            Kind::Secret => self.delete_object(&self.secrets(), object, &at_once).await,
            Kind::ConfigMap => self.delete_object(&self.config_maps(), object, &at_once).await,
        }
    }

    async fn delete_object<K>(&self, api: &Api<K>, object: &Identity, parameters: &DeleteParams) -> Result<(), DriverError>
    where
        K: Clone + DeserializeOwned + std::fmt::Debug,
    {
        let delete = || async {
            match api.delete(&object.name, parameters).await {
                Ok(_) => Ok(()),
                Err(kube::Error::Api(status)) if status.is_not_found() => Ok(()),
                // Ours is gone, and the one that has its name now is somebody else's.
                Err(kube::Error::Api(status)) if is_another(&status) => Ok(()),
                Err(error) => Err(error),
            }
        };
        let request = self.request("delete", object.kind.resource(), &object.name);
        self.ask(&request, delete).await.map_err(|error| self.leftover(object.kind, &object.name, &error))
    }

    /// Waits for a pod's end: it is watched, and looked at now and then, for a watch may stand still without a word.
    async fn wait_until_gone(&self, pod: &Identity, grace: Duration) -> Result<(), DriverError> {
        let patience = grace + times::DELETE_SLACK;
        let seen_to_go = async {
            loop {
                if tokio::time::timeout(LOOK, self.watch_until_gone(pod)).await.is_ok()
                    || self.is_gone(pod).await.is_ok_and(|gone| gone)
                {
                    return;
                }
            }
        };
        if tokio::time::timeout(patience, seen_to_go).await.is_ok() {
            return Ok(());
        }
        // The time may have passed without any answer.
        match self.is_gone(pod).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(DriverError::Leftover {
                what: format!("pod {}", pod.name),
                message: format!("it is still there after {} s; its node may be down", patience.as_secs()),
                command: self.kubectl(&format!("delete pod {} --grace-period=0 --force", pod.name)),
            }),
            Err(error) => Err(self.leftover(pod.kind, &pod.name, &error)),
        }
    }

    /// Whether a pod is gone; another one of its name does not count.
    async fn is_gone(&self, pod: &Identity) -> Result<bool, DriverError> {
        let found = self.metadata(pod.kind, &pod.name).await?;
        Ok(found.is_none_or(|found| found.uid.as_deref() != Some(&pod.uid)))
    }

    async fn watch_until_gone(&self, pod: &Identity) {
        let by_name = watcher::Config::default().fields(&format!("metadata.name={}", pod.name));
        let mut changes = watcher::watcher(self.pods(), by_name).backoff(ExponentialBackoff::from(BACKOFF)).boxed();
        let is_it = |found: &Pod| found.metadata.uid.as_deref() == Some(&pod.uid);
        let mut seen = false;
        while let Some(change) = changes.next().await {
            match change {
                Ok(Event::Init) => seen = false,
                Ok(Event::InitApply(found)) => seen = seen || is_it(&found),
                Ok(Event::Delete(found)) if is_it(&found) => break,
                Ok(Event::Apply(found)) if !is_it(&found) => break,
                Ok(Event::InitDone) if !seen => break,
                Ok(Event::InitDone | Event::Apply(_) | Event::Delete(_)) => {}
                Err(error) => tracing::debug!(error = crate::error::brief(&error), pod = pod.name, "waiting for its end"),
            }
        }
    }

    fn leftover(&self, kind: Kind, name: &str, error: &DriverError) -> DriverError {
        DriverError::Leftover {
            what: format!("{} {name}", kind.name().to_lowercase()),
            message: error.to_string(),
            command: self.kubectl(&format!("delete {} {name}", kind.resource())),
        }
    }
}

/// Whether a deletion was refused because the object of that name has another UID. API servers say it in two ways.
fn is_another(status: &Status) -> bool {
    status.is_conflict() && (status.message.contains("UID in precondition") || status.message.contains("UID in the precondition"))
}

/// Whole seconds, rounded up: a grace of 0.5 s must not become none.
fn seconds(duration: Duration) -> u32 {
    let up = u64::from(duration.subsec_nanos() > 0);
    u32::try_from(duration.as_secs().saturating_add(up)).unwrap_or(u32::MAX)
}
