//! Removing what an earlier windlass left: each object is looked at itself, and goes by its UID.

use std::time::Duration;

use futures::future::join_all;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::jiff::Timestamp;
use windlass_engine::ports::driver::{DriverError, StandingPod};

use super::cluster::Cluster;
use super::standing::{is_expired, or_none};
use crate::identity::{Identity, Kind, judge};
use crate::names;

impl Cluster {
    pub(super) async fn remove(&self, pod: &StandingPod) -> Result<(), DriverError> {
        let objects = self.ours(pod).await?;
        let deleted = objects.iter().map(|object| self.delete(object, Duration::ZERO));
        join_all(deleted).await.into_iter().collect()
    }

    /// The objects of a pod that prove to be ours.
    async fn ours(&self, pod: &StandingPod) -> Result<Vec<Identity>, DriverError> {
        let now = Timestamp::now();
        let proven = |kind: Kind, metadata: &ObjectMeta| {
            let (owner, identity) = judge(kind, metadata).ok()?;
            // What was found for its deadline goes only as far as that is over for each part.
            (owner == pod.name && (!pod.expired || is_expired(metadata, now))).then_some(identity)
        };
        let found = self.metadata(Kind::Pod, &pod.name).await?;
        let own_pod = found.as_ref().and_then(|metadata| proven(Kind::Pod, metadata));
        let recorded = if own_pod.is_some() { found.as_ref().map(recorded).unwrap_or_default() } else { Vec::new() };
        let mut objects: Vec<Identity> = own_pod.into_iter().collect();
        for name in names::secrets(&pod.name) {
            match self.metadata(Kind::Secret, &name).await {
                Ok(metadata) => objects.extend(metadata.and_then(|metadata| proven(Kind::Secret, &metadata))),
                // Who may not look at it may still delete the very one that the pod was made with.
                Err(DriverError::Forbidden { .. }) => objects.extend(recorded.iter().find(|secret| secret.name == name).cloned()),
                Err(error) => return Err(error),
            }
        }
        let name = names::agent(&pod.name);
        let config_map = or_none(self.metadata(Kind::ConfigMap, &name).await)?;
        objects.extend(config_map.and_then(|metadata| proven(Kind::ConfigMap, &metadata)));
        Ok(objects)
    }
}

/// The Secrets that a pod of ours was made with, as it says itself: only such as have its name.
fn recorded(pod: &ObjectMeta) -> Vec<Identity> {
    let list = pod.annotations.as_ref().and_then(|all| all.get(names::SECRETS)).map(String::as_str).unwrap_or_default();
    let own = pod.name.as_deref().map(names::secrets).unwrap_or_default();
    let secrets = list.split(',').filter_map(|entry| entry.split_once('='));
    let known = secrets.filter(|(name, uid)| own.iter().any(|own| own == name) && !uid.is_empty());
    known.map(|(name, uid)| Identity { kind: Kind::Secret, name: name.to_owned(), uid: uid.to_owned() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pod_names_no_secrets_but_its_own() {
        let pod = |list: &str| ObjectMeta {
            name: Some("p".to_owned()),
            annotations: Some([(names::SECRETS.to_owned(), list.to_owned())].into()),
            ..ObjectMeta::default()
        };
        let found: Vec<(String, String)> =
            recorded(&pod("p-agent=1,db-secret=2,p-pull=,p-secret=3,=4,x")).into_iter().map(|own| (own.name, own.uid)).collect();
        assert_eq!(found, [("p-agent".to_owned(), "1".to_owned()), ("p-secret".to_owned(), "3".to_owned())]);
        assert_eq!(recorded(&ObjectMeta::default()), []);
    }
}
