//! Taking a pod away, whoever made it.

use std::time::{Duration, Instant};

use bollard::errors::Error;
use bollard::models::ContainerSummary;
use bollard::query_parameters::{RemoveContainerOptionsBuilder, RemoveVolumeOptionsBuilder, StopContainerOptionsBuilder};
use futures::future::join_all;
use windlass_engine::ports::driver::DriverError;

use crate::engine::Engine;
use crate::inventory::name;
use crate::names;

/// How long the engine may take to free the names once it was told to.
const PATIENCE: Duration = Duration::from_secs(30);

/// Time between two attempts while the engine is still at it.
const RETRY: Duration = Duration::from_millis(50);

impl Engine {
    /// Ends a pod's containers, all at once and within the grace, and removes them and its volumes. What is gone already is no error.
    ///
    /// # Errors
    /// When something is left in the end, or the engine does not answer.
    pub(crate) async fn remove_pod(&self, pod: &str, grace: Duration) -> Result<(), DriverError> {
        let label = (names::POD, Some(pod));
        let running = self.containers(label.0, label.1).await.map_err(|e| self.error(&e))?;
        if !grace.is_zero() {
            join_all(running.iter().map(|container| self.stop(container, grace))).await;
        }
        let since = Instant::now();
        loop {
            let (left, cause) = self.remove_once(pod).await.map_err(|e| self.error(&e))?;
            if left.is_empty() {
                return Ok(());
            }
            if since.elapsed() > PATIENCE {
                let program = self.facts.flavour.program();
                return Err(DriverError::Leftover {
                    what: left.join(" and "),
                    message: cause.unwrap_or_else(|| "the engine did not say why".into()),
                    command: format!(
                        "{program} rm -f -v $({program} ps -aq --filter label={0}={pod}); {program} volume rm $({program} volume ls -q --filter label={0}={pod})",
                        names::POD
                    ),
                });
            }
            // Engines remove in the background and answer a second request with an error at once: there is nothing to wait on.
            tokio::time::sleep(RETRY).await;
        }
    }

    async fn stop(&self, container: &ContainerSummary, grace: Duration) {
        let Some(name) = name(container) else { return };
        let seconds = i32::try_from(grace.as_secs().max(1)).unwrap_or(i32::MAX);
        let options = StopContainerOptionsBuilder::default().t(seconds).build();
        // Whatever keeps it from stopping, it is killed next.
        if let Err(e) = self.docker.stop_container(&name, Some(options)).await {
            tracing::debug!(name, error = crate::error::message(&e), "a container was not stopped");
        }
    }

    /// Tries to remove all that is there; what is still there, and the last reason given.
    async fn remove_once(&self, pod: &str) -> Result<(Vec<String>, Option<String>), Error> {
        let mut cause = None;
        let (mut members, mut owners): (Vec<_>, Vec<_>) =
            self.containers(names::POD, Some(pod)).await?.into_iter().partition(joins_another);
        // Podman refuses to remove a container whose network another one uses, so that one goes last.
        for group in [&mut members, &mut owners] {
            let removed = join_all(group.iter().map(|container| self.remove_container(container))).await;
            cause = removed.into_iter().filter_map(Result::err).next_back().map(|e| crate::error::message(&e)).or(cause);
        }
        for volume in self.volumes(names::POD, Some(pod)).await? {
            let options = RemoveVolumeOptionsBuilder::default().force(true).build();
            match self.docker.remove_volume(&volume.name, Some(options)).await {
                Err(e) if !crate::error::is_missing(&e) => cause = Some(crate::error::message(&e)),
                _ => {}
            }
        }
        let containers = self.containers(names::POD, Some(pod)).await?;
        let volumes = self.volumes(names::POD, Some(pod)).await?;
        let left = containers.iter().filter_map(name).map(|name| format!("container {name}"));
        Ok((left.chain(volumes.into_iter().map(|v| format!("volume {}", v.name))).collect(), cause))
    }

    async fn remove_container(&self, container: &ContainerSummary) -> Result<(), Error> {
        let Some(name) = name(container) else { return Ok(()) };
        let options = RemoveContainerOptionsBuilder::default().force(true).v(true).build();
        match self.docker.remove_container(&name, Some(options)).await {
            Err(e) if !crate::error::is_missing(&e) => Err(e),
            _ => Ok(()),
        }
    }
}

/// Whether a container lives in another one's network namespace.
fn joins_another(container: &ContainerSummary) -> bool {
    let mode = container.host_config.as_ref().and_then(|host| host.network_mode.as_deref());
    mode.is_some_and(|mode| mode.starts_with("container:"))
}
