//! What of windlass stands in the namespace, of any run, and what only says that it does.

use std::collections::BTreeMap;
use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::jiff::Timestamp;
use kube::api::ListParams;
use windlass_engine::ports::driver::{DriverError, Pretender, StandingPod};
use windlass_model::text::name_of_task;

use super::cluster::Cluster;
use crate::identity::{Kind, NotOurs, judge};
use crate::names;

/// The state of objects whose pod was never made, or was deleted without them.
const NO_POD: &str = "NoPod";

/// An object with our label, and what it is doing.
struct Labelled {
    kind: Kind,
    state: String,
    metadata: ObjectMeta,
}

impl Cluster {
    pub(super) async fn standing(&self) -> Result<Vec<StandingPod>, DriverError> {
        let pods = pods(&self.labelled().await?, Timestamp::now());
        if pods.is_empty() {
            self.check_namespace().await?;
        }
        Ok(pods)
    }

    /// Refuses a namespace that does not exist: a list of what is in it is empty, as if it did. Who may not look at it is not told.
    async fn check_namespace(&self) -> Result<(), DriverError> {
        let namespaces = self.namespaces();
        let request = self.request("get", "namespaces", self.namespace());
        match self.ask(&request, || namespaces.get_metadata_opt(self.namespace())).await {
            Ok(None) => Err(DriverError::NotFound { what: format!("namespace {}", self.namespace()) }),
            Ok(Some(_)) | Err(DriverError::Forbidden { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn pretenders(&self) -> Result<Vec<Pretender>, DriverError> {
        Ok(strangers(&self.labelled().await?))
    }

    /// Everything that has our label, pods first.
    async fn labelled(&self) -> Result<Vec<Labelled>, DriverError> {
        let ours = ListParams::default().labels(names::SELECTOR);
        let (pods, secrets, config_maps) = (self.pods(), self.secrets(), self.config_maps());
        let request = |kind: Kind| self.request("list", kind.resource(), "");
        let (list_pods, list_secrets, list_config_maps) = (request(Kind::Pod), request(Kind::Secret), request(Kind::ConfigMap));
        let (pods, secrets, config_maps) = tokio::join!(
            self.ask(&list_pods, || pods.list(&ours)),
            self.ask(&list_secrets, || secrets.list_metadata(&ours)),
            self.ask(&list_config_maps, || config_maps.list_metadata(&ours)),
        );
        let pods = pods?.items.into_iter().map(|pod| {
            let phase = pod.status.and_then(|status| status.phase).unwrap_or_default();
            let state = if pod.metadata.deletion_timestamp.is_some() { "Terminating".to_owned() } else { phase };
            Labelled { kind: Kind::Pod, state, metadata: pod.metadata }
        });
        // Listing Secrets is often forbidden to those who may create them, and ConfigMaps are only of earlier versions.
        let secrets = or_none(secrets.map(|list| list.items))?.into_iter().map(|found| (Kind::Secret, found.metadata));
        let config_maps = or_none(config_maps.map(|list| list.items))?.into_iter().map(|found| (Kind::ConfigMap, found.metadata));
        let parts = secrets.chain(config_maps).map(|(kind, metadata)| Labelled { kind, state: NO_POD.to_owned(), metadata });
        Ok(pods.chain(parts).collect())
    }
}

/// What may not be seen is not there.
pub(super) fn or_none<T: Default>(answer: Result<T, DriverError>) -> Result<T, DriverError> {
    match answer {
        Err(DriverError::Forbidden { .. }) => Ok(T::default()),
        answer => answer,
    }
}

/// The pods that are ours, each with all that belongs to it.
fn pods(found: &[Labelled], now: Timestamp) -> Vec<StandingPod> {
    let mut pods: BTreeMap<String, StandingPod> = BTreeMap::new();
    for object in found {
        let Ok((pod, _)) = judge(object.kind, &object.metadata) else { continue };
        let described = describe(pod.clone(), object.state.clone(), &object.metadata, now);
        // As long as one part of it may be needed, none is left behind: whoever makes a part with an early end does not end the others.
        pods.entry(pod).and_modify(|known| known.expired &= described.expired).or_insert(described);
    }
    pods.into_values().collect()
}

/// What has our label and is not ours.
fn strangers(found: &[Labelled]) -> Vec<Pretender> {
    let stranger = |object: &Labelled| {
        let why: NotOurs = judge(object.kind, &object.metadata).err()?;
        let name = object.metadata.name.as_deref().unwrap_or_default();
        Some(Pretender { what: format!("{} {name}", object.kind.name()), why: why.to_string() })
    };
    found.iter().filter_map(stranger).collect()
}

/// Whether an object's own deadline is over.
pub(super) fn is_expired(metadata: &ObjectMeta, now: Timestamp) -> bool {
    let deadline = metadata.annotations.as_ref().and_then(|annotations| annotations.get(names::DEADLINE_SECONDS));
    let deadline = deadline.and_then(|seconds| seconds.parse().ok()).map(Duration::from_secs);
    deadline.is_some_and(|deadline| age(metadata, now) >= deadline)
}

fn age(metadata: &ObjectMeta, now: Timestamp) -> Duration {
    let seconds = metadata.creation_timestamp.as_ref().map_or(0, |created| now.duration_since(created.0).as_secs());
    Duration::from_secs(u64::try_from(seconds).unwrap_or_default())
}

fn describe(name: String, state: String, metadata: &ObjectMeta, now: Timestamp) -> StandingPod {
    let label = |key: &str| metadata.labels.as_ref().and_then(|labels| labels.get(key)).cloned();
    let task = metadata.annotations.as_ref().and_then(|annotations| annotations.get(names::TASK)).cloned();
    StandingPod {
        name,
        run: label(names::RUN).unwrap_or_default(),
        task: name_of_task(task.or_else(|| label(names::TASK)).as_deref().unwrap_or_default()).into_owned(),
        age: age(metadata, now),
        state,
        expired: is_expired(metadata, now),
    }
}

#[cfg(test)]
mod tests;
