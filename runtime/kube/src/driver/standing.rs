//! What of windlass stands in the namespace, of any run.

use std::collections::BTreeMap;
use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::jiff::Timestamp;
use kube::api::ListParams;
use windlass_engine::ports::driver::{DriverError, StandingPod};

use super::Cluster;
use crate::names;

/// The state of objects whose pod was never made, or was deleted without them.
const NO_POD: &str = "NoPod";

impl Cluster {
    pub(super) async fn standing(&self) -> Result<Vec<StandingPod>, DriverError> {
        let ours = ListParams::default().labels(names::SELECTOR);
        let (pods, secrets, config_maps) = (self.pods(), self.secrets(), self.config_maps());
        let (list_pods, list_secrets, list_config_maps) =
            (self.request("list", "pods", ""), self.request("list", "secrets", ""), self.request("list", "configmaps", ""));
        let (pods, secrets, config_maps) = tokio::join!(
            self.ask(&list_pods, pods.list(&ours)),
            self.ask(&list_secrets, secrets.list_metadata(&ours)),
            self.ask(&list_config_maps, config_maps.list_metadata(&ours)),
        );
        let now = Timestamp::now();
        let mut standing = BTreeMap::new();
        for pod in pods? {
            let phase = pod.status.as_ref().and_then(|status| status.phase.clone()).unwrap_or_default();
            let state = if pod.metadata.deletion_timestamp.is_some() { "Terminating".to_owned() } else { phase };
            let name = pod.metadata.name.clone().unwrap_or_default();
            standing.insert(name.clone(), describe(name, state, &pod.metadata, now));
        }
        // Listing secrets is often forbidden to those who may create them; then only pods and agents are found.
        let orphans = secrets.map(|list| list.items).unwrap_or_default().into_iter().map(|object| object.metadata);
        let orphans = orphans.chain(config_maps?.items.into_iter().map(|object| object.metadata));
        for metadata in orphans {
            let name = metadata.name.as_deref().unwrap_or_default();
            if let Some(pod) = names::owner(name) {
                let found = || describe(pod.to_owned(), NO_POD.to_owned(), &metadata, now);
                standing.entry(pod.to_owned()).or_insert_with(found);
            }
        }
        Ok(standing.into_values().collect())
    }
}

fn describe(name: String, state: String, metadata: &ObjectMeta, now: Timestamp) -> StandingPod {
    let label = |key: &str| metadata.labels.as_ref().and_then(|labels| labels.get(key)).cloned();
    let annotation = |key: &str| metadata.annotations.as_ref().and_then(|annotations| annotations.get(key)).cloned();
    let age = metadata.creation_timestamp.as_ref().map_or(0, |created| now.duration_since(created.0).as_secs());
    let age = Duration::from_secs(u64::try_from(age).unwrap_or_default());
    let deadline = annotation(names::DEADLINE_SECONDS).and_then(|seconds| seconds.parse().ok()).map(Duration::from_secs);
    StandingPod {
        name,
        run: label(names::RUN).unwrap_or_default(),
        task: annotation(names::TASK).or_else(|| label(names::TASK)).unwrap_or_default(),
        age,
        state,
        // Objects of ours without a deadline cannot be: somebody took the annotation away. They are left alone.
        expired: deadline.is_some_and(|deadline| age >= deadline),
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

    use super::*;

    #[test]
    fn a_pod_is_expired_once_its_own_deadline_is_over() {
        let created = Timestamp::UNIX_EPOCH;
        let metadata = |deadline: Option<&str>| ObjectMeta {
            creation_timestamp: Some(Time(created)),
            annotations: deadline.map(|d| [(names::DEADLINE_SECONDS.to_owned(), d.to_owned())].into()),
            ..ObjectMeta::default()
        };
        let later = |seconds: u64| created + Duration::from_secs(seconds);
        for (deadline, seconds, expired) in
            [(Some("60"), 59, false), (Some("60"), 60, true), (None, 9999, false), (Some("?"), 9999, false)]
        {
            let pod = describe("p".into(), "Running".into(), &metadata(deadline), later(seconds));
            assert_eq!(pod.expired, expired, "{deadline:?} after {seconds} s");
            assert_eq!(pod.age.as_secs(), seconds);
        }
    }
}
