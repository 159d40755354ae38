//! Connections to the agents of a pod: one per supervised container, opened again when it breaks.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use secrecy::ExposeSecret as _;
use tokio::task::JoinHandle;
use windlass_agent_client::protocol::SecretName;
use windlass_agent_client::{AgentClient, ClientError, ConnectError, Connection, Connector, Options};
use windlass_model::plan::TaskPlan;
use windlass_model::pod::paths;

use crate::ports::driver::{Driver, DriverError, SecretValues};

/// Time that an agent gets to say how its container fares. It is asked when something failed, so it may be what failed.
const STATS_TIME: Duration = Duration::from_secs(2);

/// The agents that answer, by container.
#[derive(Default)]
pub(super) struct Agents(Mutex<BTreeMap<String, Reached>>);

struct Reached {
    client: AgentClient,
    /// Processes of the container that were killed for want of memory, as far as anybody has asked.
    oom_kills: u64,
}

impl Agents {
    /// The agent of a container, when it was reached before.
    pub(super) fn get(&self, container: &str) -> Option<AgentClient> {
        self.lock().get(container).map(|reached| reached.client.clone())
    }

    /// Whether every one of these containers' agents was reached.
    pub(super) fn has(&self, containers: &[String]) -> bool {
        let agents = self.lock();
        containers.iter().all(|container| agents.contains_key(container))
    }

    /// All agents that were reached.
    pub(super) fn all(&self) -> Vec<AgentClient> {
        self.lock().values().map(|reached| reached.client.clone()).collect()
    }

    /// The containers in which processes were killed for want of memory since this was last asked.
    pub(super) async fn short_of_memory(&self) -> Vec<String> {
        let clients: Vec<_> =
            self.lock().iter().map(|(container, reached)| (container.clone(), reached.client.clone())).collect();
        let mut found = Vec::new();
        for (container, client) in clients {
            let Ok(Ok(stats)) = tokio::time::timeout(STATS_TIME, client.stats()).await else { continue };
            let kills = stats.oom_kills.unwrap_or_default();
            let known = self.lock().get_mut(&container).map(|reached| std::mem::replace(&mut reached.oom_kills, kills));
            if known.is_some_and(|known| kills > known) {
                found.push(container);
            }
        }
        found
    }

    /// Forgets every agent, which ends the connections.
    pub(super) fn close(&self) {
        self.lock().clear();
    }

    /// Reaches the agent of a container that runs, and tells it these secrets before anyone uses it.
    pub(super) async fn reach(
        &self,
        driver: Arc<dyn Driver>,
        task: Arc<TaskPlan>,
        container: &str,
        secrets: &SecretValues,
    ) -> Result<AgentClient, ClientError> {
        let exec = ExecConnector { driver, task, container: container.to_owned() };
        let agent = AgentClient::connect(exec, Options::default()).await?;
        for (name, value) in secrets {
            // A name that the agent does not take is told when a command wants it.
            if let Ok(name) = SecretName::new(name.as_str()) {
                agent.put_secret(name, value.expose_secret().to_vec()).await?;
            }
        }
        self.lock().insert(container.to_owned(), Reached { client: agent.clone(), oom_kills: 0 });
        Ok(agent)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Reached>> {
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
        let container = self.container.clone();
        let done = exec.done;
        let watcher = tokio::spawn(async move {
            match done.await {
                Ok(code) => tracing::debug!(container, code, "a connection to an agent ended"),
                Err(error) => tracing::debug!(container, %error, "a connection to an agent broke"),
            }
        });
        let connection = Connection { reader: exec.stdout, writer: exec.stdin, guard: None };
        Ok(connection.guarded_by(AbortOnDrop(watcher)))
    }
}

struct AbortOnDrop(JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
