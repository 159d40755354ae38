//! Taking a pod away: the parts that prove to be its own, each by its id.

use std::time::{Duration, Instant};

use bollard::errors::Error;
use bollard::query_parameters::{RemoveContainerOptionsBuilder, RemoveVolumeOptionsBuilder, StopContainerOptionsBuilder};
use futures::future::join_all;
use windlass_engine::ports::driver::DriverError;
use windlass_engine::times;

use crate::engine::Engine;
use crate::identity::{Kind, has_mark};
use crate::inventory::Part;

/// Time between two attempts while the engine is still at it.
const RETRY: Duration = Duration::from_millis(50);

/// What is to be taken away.
#[derive(Debug, Clone)]
pub(crate) struct Chosen {
    pub(crate) pod: String,
    /// Only what this creation made.
    pub(crate) mark: Option<String>,
    /// Only what was expired then (seconds since 1970).
    pub(crate) expired_at: Option<u64>,
}

impl Chosen {
    fn has(&self, part: &Part) -> bool {
        part.pod() == Some(self.pod.as_str())
            && self.mark.as_ref().is_none_or(|mark| has_mark(&part.labels, mark))
            && self.expired_at.is_none_or(|now| part.is_expired(now))
    }
}

impl Engine {
    /// Ends a pod's containers, all at once and within the grace, and removes them and its volumes. What is gone already is no error.
    ///
    /// # Errors
    /// When something is left in the end, or the engine does not answer.
    pub(crate) async fn remove_pod(&self, chosen: &Chosen, grace: Duration) -> Result<(), DriverError> {
        if !grace.is_zero() {
            let running = self.chosen(chosen).await.map_err(|e| self.error(&e))?;
            let containers = running.iter().filter(|part| part.kind == Kind::Container);
            join_all(containers.map(|container| self.stop(container, grace))).await;
        }
        let since = Instant::now();
        loop {
            let (left, cause) = self.remove_once(chosen).await.map_err(|e| self.error(&e))?;
            if left.is_empty() {
                return Ok(());
            }
            if since.elapsed() > times::DELETE_SLACK {
                return Err(DriverError::Leftover {
                    what: left.iter().map(Part::describe).collect::<Vec<_>>().join(" and "),
                    message: cause.unwrap_or_else(|| "the engine did not say why".into()),
                    command: self.removal_by_hand(&left),
                });
            }
            // Engines remove in the background and answer a second request with an error at once: there is nothing to wait on.
            tokio::time::sleep(RETRY).await;
        }
    }

    fn removal_by_hand(&self, left: &[Part]) -> String {
        let program = self.facts.flavour.program();
        let of = |kind: Kind, command: &str| {
            let names: Vec<&str> = left.iter().filter(|part| part.kind == kind).map(|part| part.name.as_str()).collect();
            (!names.is_empty()).then(|| format!("{program} {command} {}", names.join(" ")))
        };
        let commands = [of(Kind::Container, "rm --force --volumes"), of(Kind::Volume, "volume rm")];
        commands.into_iter().flatten().collect::<Vec<_>>().join("; ")
    }

    async fn chosen(&self, chosen: &Chosen) -> Result<Vec<Part>, Error> {
        Ok(self.labelled(Some(&chosen.pod)).await?.into_iter().filter(|part| chosen.has(part)).collect())
    }

    async fn stop(&self, container: &Part, grace: Duration) {
        let seconds = i32::try_from(grace.as_secs().max(1)).unwrap_or(i32::MAX);
        let options = StopContainerOptionsBuilder::default().t(seconds).build();
        // Whatever keeps it from stopping, it is killed next.
        if let Err(e) = self.docker.stop_container(&container.id, Some(options)).await {
            tracing::debug!(name = container.name, error = crate::error::message(&e), "a container was not stopped");
        }
    }

    /// Tries to remove all that is there; what is still there, and the last reason given.
    async fn remove_once(&self, chosen: &Chosen) -> Result<(Vec<Part>, Option<String>), Error> {
        let mut cause = None;
        let (volumes, containers): (Vec<_>, Vec<_>) =
            self.chosen(chosen).await?.into_iter().partition(|part| part.kind == Kind::Volume);
        let (members, owners): (Vec<_>, Vec<_>) = containers.into_iter().partition(|part| part.joins_another);
        // Podman refuses to remove a container whose network another one uses, so that one goes last.
        for group in [members, owners] {
            let removed = join_all(group.iter().map(|container| self.remove_container(container))).await;
            cause = removed.into_iter().filter_map(Result::err).next_back().map(|e| crate::error::message(&e)).or(cause);
        }
        for volume in volumes {
            let options = RemoveVolumeOptionsBuilder::default().force(true).build();
            match self.docker.remove_volume(&volume.name, Some(options)).await {
                Err(e) if !crate::error::is_missing(&e) => cause = Some(crate::error::message(&e)),
                _ => {}
            }
        }
        Ok((self.chosen(chosen).await?, cause))
    }

    async fn remove_container(&self, container: &Part) -> Result<(), Error> {
        let options = RemoveContainerOptionsBuilder::default().force(true).v(true).build();
        match self.docker.remove_container(&container.id, Some(options)).await {
            Err(e) if !crate::error::is_missing(&e) => Err(e),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::names;

    #[test]
    fn only_parts_of_the_creation_or_past_their_own_deadline_are_chosen() {
        let pod = "windlass-aaaaaaaa-0-a";
        let part = |mark: &str, deadline: &str| {
            let all = [
                (names::POD, pod),
                (names::RUN, "aaaaaaaa"),
                (names::TASK, "t"),
                (names::CREATED, "1"),
                (names::DEADLINE, deadline),
                (names::CREATION, mark),
            ];
            let labels: HashMap<String, String> = all.map(|(k, v)| (k.to_owned(), v.to_owned())).into();
            let name = names::volume(pod, "work");
            Part { kind: Kind::Volume, id: name.clone(), name, labels, state: String::new(), joins_another: false }
        };
        let made = Chosen { pod: pod.into(), mark: Some("m".into()), expired_at: None };
        assert!(made.has(&part("m", "9")) && !made.has(&part("other", "9")));
        let expired = Chosen { pod: pod.into(), mark: None, expired_at: Some(5) };
        assert!(expired.has(&part("any", "4")) && !expired.has(&part("any", "9")));
        let mut stranger = part("m", "4");
        stranger.name = "db-data".into();
        assert!(!made.has(&stranger) && !expired.has(&stranger));
    }
}
