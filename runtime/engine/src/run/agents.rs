//! Connections to the agents of a pod: one per supervised container, opened again when it breaks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use tokio_util::task::AbortOnDropHandle;
use windlass_agent_client::protocol::{Key, SecretName};
use windlass_agent_client::{AgentClient, ClientError, ConnectError, Connection, Connector, Options};
use windlass_model::plan::TaskPlan;
use windlass_model::pod::paths;

use crate::ports::driver::{Driver, DriverError};

/// Time that an agent gets to say how its container fares. It is asked when something failed, so it may be what failed.
const STATS_TIME: Duration = Duration::from_secs(2);

/// The agents of a pod, by container.
#[derive(Default)]
pub(super) struct Agents(Mutex<State>);

#[derive(Default)]
struct State {
    /// What each agent was handed, or is about to be, at first contact. Whoever has these can go on with the task.
    keys: BTreeMap<String, Key>,
    /// Those that answer.
    reached: BTreeMap<String, Reached>,
}

struct Reached {
    client: AgentClient,
    /// The secrets that it was told.
    secrets: BTreeSet<SecretName>,
    /// Processes of the container that were killed for want of memory, as far as anybody has asked.
    oom_kills: u64,
}

impl Agents {
    /// The agent of a container, when it was reached before.
    pub(super) fn get(&self, container: &str) -> Option<AgentClient> {
        self.lock().reached.get(container).map(|reached| reached.client.clone())
    }

    /// Whether every one of these containers' agents was reached.
    pub(super) fn has(&self, containers: &[String]) -> bool {
        let agents = self.lock();
        containers.iter().all(|container| agents.reached.contains_key(container))
    }

    /// Those of these secrets that the agent of a container was not told.
    pub(super) fn untold(&self, container: &str, secrets: BTreeSet<SecretName>) -> BTreeSet<SecretName> {
        match self.lock().reached.get(container) {
            Some(reached) => secrets.difference(&reached.secrets).cloned().collect(),
            None => secrets,
        }
    }

    /// The secrets that the agent of a container was told.
    pub(super) fn told_so_far(&self, container: &str) -> BTreeSet<SecretName> {
        self.lock().reached.get(container).map(|reached| reached.secrets.clone()).unwrap_or_default()
    }

    /// Notes what the agent of a container was told.
    pub(super) fn told(&self, container: &str, secrets: BTreeSet<SecretName>) {
        if let Some(reached) = self.lock().reached.get_mut(container) {
            reached.secrets.extend(secrets);
        }
    }

    /// The containers in which processes were killed for want of memory since this was last asked.
    pub(super) async fn short_of_memory(&self) -> Vec<String> {
        let clients: Vec<_> =
            self.lock().reached.iter().map(|(container, reached)| (container.clone(), reached.client.clone())).collect();
        let mut found = Vec::new();
        for (container, client) in clients {
            let Ok(Ok(stats)) = tokio::time::timeout(STATS_TIME, client.stats()).await else { continue };
            let kills = stats.oom_kills.unwrap_or_default();
            let known = self.lock().reached.get_mut(&container).map(|reached| std::mem::replace(&mut reached.oom_kills, kills));
            if known.is_some_and(|known| kills > known) {
                found.push(container);
            }
        }
        found
    }

    /// When the agent of a container was started, by this machine's clock.
    pub(super) async fn began(&self, container: &str) -> Option<Instant> {
        let agent = self.get(container)?;
        let Ok(Ok(stats)) = tokio::time::timeout(STATS_TIME, agent.stats()).await else { return None };
        Instant::now().checked_sub(stats.uptime)
    }

    /// Forgets every agent, which ends the connections.
    pub(super) fn close(&self) {
        self.lock().reached.clear();
    }

    /// Meets the agent of a container that runs, before any command does. Says whether it was this call that did: it is met once, however
    /// often its container is said to run, for the key that it is handed can be heard by commands.
    pub(super) async fn reach(&self, driver: Arc<dyn Driver>, task: Arc<TaskPlan>, container: &str) -> Result<bool, ClientError> {
        let key = Key::random().map_err(|error| ClientError::Unexpected { what: error.to_string() })?;
        {
            let mut state = self.lock();
            if state.keys.contains_key(container) {
                return Ok(false);
            }
            state.keys.insert(container.to_owned(), key.clone());
        }
        let options = Options { patience: driver.patience(), ..Options::default() };
        let exec = ExecConnector { driver, task, container: container.to_owned() };
        let client = AgentClient::adopt(exec, key, options).await?;
        let reached = Reached { client, secrets: BTreeSet::new(), oom_kills: 0 };
        self.lock().reached.insert(container.to_owned(), reached);
        Ok(true)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Opens streams by running `agent connect` in a container.
struct ExecConnector {
    driver: Arc<dyn Driver>,
    task: Arc<TaskPlan>,
    container: String,
}

impl Connector for ExecConnector {
    async fn connect(&self) -> Result<Connection, ConnectError> {
        let argv = [paths::AGENT.to_owned(), "connect".to_owned()];
        let exec = self.driver.exec(&self.task.pod, &self.container, &argv).await.map_err(|error| match error {
            DriverError::NotRunning { .. } | DriverError::NotFound { .. } | DriverError::Forbidden { .. } => {
                ConnectError::Gone(Box::new(error))
            }
            other => ConnectError::Failed(Box::new(other)),
        })?;
        let watcher = watched(exec.done, &self.container);
        let connection = Connection { reader: exec.stdout, writer: exec.stdin, guard: None };
        Ok(connection.guarded_by(watcher))
    }
}

/// Notes how a program ended whose streams are held. The driver ends its side when this is dropped.
pub(super) fn watched(done: BoxFuture<'static, Result<i32, DriverError>>, container: &str) -> AbortOnDropHandle<()> {
    let container = container.to_owned();
    AbortOnDropHandle::new(tokio::spawn(async move {
        match done.await {
            Ok(code) => tracing::debug!(container, code, "a connection into a container ended"),
            Err(error) => tracing::debug!(container, %error, "a connection into a container broke"),
        }
    }))
}

#[cfg(test)]
mod tests {
    use windlass_agent_client::protocol::paths as of_agents;

    use super::*;

    /// Drivers mount what agents expect to find, and share no code with them.
    #[test]
    fn agents_and_drivers_know_the_same_places() {
        assert_eq!((paths::RUN, paths::SPOOL), (of_agents::RUN, of_agents::SPOOL));
        assert_eq!(of_agents::HANDOVER.strip_prefix(paths::SHARED), Some("/.windlass"));
        assert_eq!(paths::AGENT.strip_prefix(paths::BIN), Some("/agent"));
    }
}
