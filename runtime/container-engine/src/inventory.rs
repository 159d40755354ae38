//! What stands on an engine, found by its labels.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use bollard::errors::Error;
use bollard::models::{ContainerInspectResponse, ContainerSummary, Volume};
use bollard::query_parameters::{InspectContainerOptions, ListContainersOptionsBuilder, ListVolumesOptionsBuilder};
use windlass_engine::ports::driver::StandingPod;

use crate::engine::Engine;
use crate::names;

impl Engine {
    /// Containers that carry a label, running or not.
    pub(crate) async fn containers(&self, label: &str, value: Option<&str>) -> Result<Vec<ContainerSummary>, Error> {
        let filters = names::filter(label, value);
        let options = || ListContainersOptionsBuilder::default().all(true).filters(&filters).build();
        settled(|| self.docker.list_containers(Some(options()))).await
    }

    /// Volumes that carry a label.
    pub(crate) async fn volumes(&self, label: &str, value: Option<&str>) -> Result<Vec<Volume>, Error> {
        let options = ListVolumesOptionsBuilder::default().filters(&names::filter(label, value)).build();
        Ok(self.docker.list_volumes(Some(options)).await?.volumes.unwrap_or_default())
    }

    /// A container, unless it does not exist.
    pub(crate) async fn container(&self, name: &str) -> Result<Option<ContainerInspectResponse>, Error> {
        match settled(|| self.docker.inspect_container(name, None::<InspectContainerOptions>)).await {
            Ok(found) => Ok(Some(found)),
            Err(e) if crate::error::is_missing(&e) => Ok(None),
            Err(e) => Err(e),
        }
    }
}

/// How often a question is asked again that was answered in the middle of a change, and after what time.
const AGAIN: (u32, Duration) = (100, Duration::from_millis(50));

/// Asks until the answer can be read. Podman calls a container `stopped` from its end until it is cleaned up, a moment later, which is
/// no state of the Docker Engine API; nothing announces that it is over.
async fn settled<T, F: Future<Output = Result<T, Error>>>(ask: impl Fn() -> F) -> Result<T, Error> {
    for _ in 0..AGAIN.0 {
        match ask().await {
            Err(Error::JsonDataError { message, .. }) if message.contains("unknown variant") => {
                tracing::debug!(message, "an answer that cannot be read yet");
                tokio::time::sleep(AGAIN.1).await;
            }
            answer => return answer,
        }
    }
    ask().await
}

/// The name by which a container is spoken to.
pub(crate) fn name(container: &ContainerSummary) -> Option<String> {
    let own = container.names.iter().flatten().next().map(|name| name.trim_start_matches('/').to_owned());
    own.or_else(|| container.id.clone())
}

/// Its name in its pod; none for the loader.
pub(crate) fn plan_name(container: &ContainerSummary) -> Option<&str> {
    container.labels.as_ref()?.get(names::CONTAINER).map(String::as_str)
}

/// The pods that these containers and volumes make up, by name, at `now` (seconds since 1970).
pub(crate) fn standing(containers: &[ContainerSummary], volumes: &[Volume], now: u64) -> Vec<StandingPod> {
    let mut pods = BTreeMap::new();
    let states = containers.iter().filter_map(|c| Some((c.labels.as_ref()?, state(c), plan_name(c).is_some())));
    let bare = volumes.iter().map(|v| (&v.labels, "volumes only".to_owned(), false));
    for (labels, state, is_container) in states.chain(bare) {
        let Some(pod) = read(labels, state, now) else { continue };
        match pods.entry(pod.name.clone()) {
            std::collections::btree_map::Entry::Vacant(entry) => {
                entry.insert((pod, is_container));
            }
            std::collections::btree_map::Entry::Occupied(mut entry) => {
                // A running container says more of the pod than one that waits or a volume.
                let (known, known_is_container) = entry.get_mut();
                if is_container && (!*known_is_container || pod.state == "running") {
                    known.state = pod.state;
                    *known_is_container = true;
                }
            }
        }
    }
    pods.into_values().map(|(pod, _)| pod).collect()
}

fn state(container: &ContainerSummary) -> String {
    container.state.as_ref().map_or_else(|| "unknown".to_owned(), ToString::to_string)
}

fn read(labels: &HashMap<String, String>, state: String, now: u64) -> Option<StandingPod> {
    let text = |label: &str| labels.get(label).cloned().unwrap_or_default();
    let seconds = |label: &str| labels.get(label).and_then(|v| v.parse::<u64>().ok());
    Some(StandingPod {
        name: labels.get(names::POD)?.clone(),
        run: text(names::RUN),
        task: text(names::TASK),
        age: Duration::from_secs(seconds(names::CREATED).map_or(0, |created| now.saturating_sub(created))),
        state,
        // Something whose deadline cannot be read was not made by this windlass; it is shown, and left to its owner.
        expired: seconds(names::DEADLINE).is_some_and(|deadline| deadline < now),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bollard::models::ContainerSummaryStateEnum;

    fn labels(pod: &str, container: Option<&str>) -> HashMap<String, String> {
        let mut labels: HashMap<_, _> = [
            (names::POD, pod),
            (names::RUN, "aaaaaaaa"),
            (names::TASK, "build"),
            (names::CREATED, "100"),
            (names::DEADLINE, "200"),
        ]
        .map(|(k, v)| (k.to_owned(), v.to_owned()))
        .into();
        labels.extend(container.map(|name| (names::CONTAINER.to_owned(), name.to_owned())));
        labels
    }

    fn container(pod: &str, name: Option<&str>, state: ContainerSummaryStateEnum) -> ContainerSummary {
        ContainerSummary { labels: Some(labels(pod, name)), state: Some(state), ..ContainerSummary::default() }
    }

    #[test]
    fn containers_and_volumes_of_a_pod_are_one() {
        use ContainerSummaryStateEnum::{CREATED, EXITED, RUNNING};
        let containers = [
            container("a", None, CREATED),
            container("a", Some("main"), RUNNING),
            container("a", Some("side"), EXITED),
            container("b", Some("main"), EXITED),
        ];
        let volumes = ["a", "c"].map(|pod| Volume { labels: labels(pod, None), ..Volume::default() });
        let found = standing(&containers, &volumes, 150);
        let seen: Vec<_> = found.iter().map(|p| (p.name.as_str(), p.state.as_str(), p.expired)).collect();
        assert_eq!(seen, [("a", "running", false), ("b", "exited", false), ("c", "volumes only", false)]);
        assert!(found.iter().all(|p| p.age == Duration::from_secs(50) && p.run == "aaaaaaaa" && p.task == "build"));
        assert!(standing(&containers, &[], 201).iter().all(|p| p.expired));
    }
}
