//! What stands on an engine, found by its labels.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use bollard::errors::Error;
use bollard::models::{ContainerInspectResponse, ContainerSummary, Volume};
use bollard::query_parameters::{InspectContainerOptions, ListContainersOptionsBuilder, ListVolumesOptionsBuilder};
use windlass_engine::ports::driver::{Pretender, StandingPod};
use windlass_model::text::name_of_task;

use crate::engine::Engine;
use crate::identity::{Kind, judge};
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

    /// Everything that has the label of a pod, or of this one.
    pub(crate) async fn labelled(&self, pod: Option<&str>) -> Result<Vec<Part>, Error> {
        let containers = self.containers(names::POD, pod).await?.into_iter().map(Part::container);
        let volumes = self.volumes(names::POD, pod).await?.into_iter().map(Part::volume);
        Ok(containers.chain(volumes).collect())
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
                // What the answer holds is not logged: variables of containers may be secret.
                tracing::debug!("an answer that cannot be read yet");
                tokio::time::sleep(AGAIN.1).await;
            }
            answer => return answer,
        }
    }
    ask().await
}

/// A container or a volume, with what tells whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) kind: Kind,
    /// What an engine takes for it and nothing else: a container's id; a volume has none but its name.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) labels: HashMap<String, String>,
    pub(crate) state: String,
    /// It lives in another container's network namespace.
    pub(crate) joins_another: bool,
}

impl Part {
    pub(crate) fn container(container: ContainerSummary) -> Self {
        let mode = container.host_config.as_ref().and_then(|host| host.network_mode.as_deref());
        let joins_another = mode.is_some_and(|mode| mode.starts_with("container:"));
        // Names with another `/` are those that other containers know it by.
        let mut names = container.names.iter().flatten().map(|name| name.trim_start_matches('/'));
        let name = names.find(|name| !name.contains('/')).map(str::to_owned);
        let name = name.or_else(|| container.id.clone()).unwrap_or_default();
        Self {
            kind: Kind::Container,
            id: container.id.unwrap_or_else(|| name.clone()),
            name,
            labels: container.labels.unwrap_or_default(),
            state: container.state.as_ref().map_or_else(|| "unknown".to_owned(), ToString::to_string),
            joins_another,
        }
    }

    fn volume(volume: Volume) -> Self {
        Self {
            kind: Kind::Volume,
            id: volume.name.clone(),
            name: volume.name,
            labels: volume.labels,
            state: "volumes only".to_owned(),
            joins_another: false,
        }
    }

    /// In words.
    pub(crate) fn describe(&self) -> String {
        format!("{} {}", self.kind.word(), self.name)
    }

    /// The pod that it proves to be part of.
    pub(crate) fn pod(&self) -> Option<&str> {
        judge(self.kind, &self.name, &self.labels).ok()
    }

    /// Whether its own deadline was over at `now` (seconds since 1970).
    pub(crate) fn is_expired(&self, now: u64) -> bool {
        self.seconds(names::DEADLINE).is_some_and(|deadline| deadline < now)
    }

    fn seconds(&self, label: &str) -> Option<u64> {
        self.labels.get(label)?.parse().ok()
    }

    /// Whether it is one of the plan's containers: those say most of a pod.
    fn is_planned(&self) -> bool {
        self.kind == Kind::Container && self.labels.contains_key(names::CONTAINER)
    }
}

/// The pods that these parts make up, by name, at `now` (seconds since 1970).
pub(crate) fn standing(parts: &[Part], now: u64) -> Vec<StandingPod> {
    let mut pods: BTreeMap<&str, (StandingPod, bool)> = BTreeMap::new();
    for part in parts {
        let Some(pod) = part.pod() else { continue };
        let found = describe(pod, part, now);
        match pods.entry(pod) {
            std::collections::btree_map::Entry::Vacant(entry) => {
                entry.insert((found, part.is_planned()));
            }
            std::collections::btree_map::Entry::Occupied(mut entry) => {
                // A running container says more of the pod than one that waits or a volume.
                let (known, known_is_container) = entry.get_mut();
                known.expired &= found.expired;
                if part.is_planned() && (!*known_is_container || found.state == "running") {
                    known.state = found.state;
                    *known_is_container = true;
                }
            }
        }
    }
    pods.into_values().map(|(pod, _)| pod).collect()
}

/// What has our label and is not ours.
pub(crate) fn pretenders(parts: &[Part]) -> Vec<Pretender> {
    let stranger = |part: &Part| {
        let why = judge(part.kind, &part.name, &part.labels).err()?;
        Some(Pretender { what: part.describe(), why: why.to_string() })
    };
    parts.iter().filter_map(stranger).collect()
}

fn describe(pod: &str, part: &Part, now: u64) -> StandingPod {
    let text = |label: &str| part.labels.get(label).cloned().unwrap_or_default();
    StandingPod {
        name: pod.to_owned(),
        run: text(names::RUN),
        task: name_of_task(&text(names::TASK)).into_owned(),
        age: Duration::from_secs(part.seconds(names::CREATED).map_or(0, |created| now.saturating_sub(created))),
        state: part.state.clone(),
        expired: part.is_expired(now),
    }
}

#[cfg(test)]
mod tests;
