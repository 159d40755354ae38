//! The real agent, and a way to speak with it as a run does.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use windlass_agent_client::protocol::Key;
use windlass_agent_client::{AgentClient, ClientError, ConnectError, Connection, Connector, Options};
use windlass_engine::ports::driver::Driver;
use windlass_model::pod::{MAIN, PodPlan, paths};

/// The agent's program, built once for all tests of a process.
///
/// # Panics
/// When it cannot be built.
pub fn program() -> &'static [u8] {
    static PROGRAM: OnceLock<Vec<u8>> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../runtime/agent/build.sh");
        let place = std::env::temp_dir().join(format!("windlass-agent-{}", std::process::id()));
        let built = Command::new(&script).arg(&place).output();
        assert!(built.as_ref().is_ok_and(|o| o.status.success()), "{}: {built:?}", script.display());
        let program = std::fs::read(&place).unwrap_or_else(|e| panic!("{}: {e}", place.display()));
        std::fs::remove_file(&place).unwrap_or_else(|e| panic!("{}: {e}", place.display()));
        program
    })
}

/// Speaks with the agent of a pod's main container, as its host: the first to do so in this process, and all after it.
///
/// # Errors
/// When it is not reached.
pub async fn client(driver: &Arc<dyn Driver>, pod: &PodPlan) -> Result<AgentClient, ClientError> {
    client_of(driver, pod, MAIN).await
}

/// The same, with the agent of another container.
pub(crate) async fn client_of(driver: &Arc<dyn Driver>, pod: &PodPlan, container: &str) -> Result<AgentClient, ClientError> {
    let exec = Exec { driver: Arc::clone(driver), pod: pod.clone(), container: container.to_owned() };
    // Said again, it is the same key, which the agent takes.
    AgentClient::adopt(exec, key(&format!("{}/{container}", pod.name)), Options::default()).await
}

/// The key of an agent.
fn key(agent: &str) -> Key {
    static KEYS: Mutex<BTreeMap<String, Key>> = Mutex::new(BTreeMap::new());
    let mut keys = KEYS.lock().unwrap_or_else(PoisonError::into_inner);
    let new = || Key::random().unwrap_or_else(|error| panic!("{error}"));
    keys.entry(agent.to_owned()).or_insert_with(new).clone()
}

struct Exec {
    driver: Arc<dyn Driver>,
    pod: PodPlan,
    container: String,
}

impl Connector for Exec {
    async fn connect(&self) -> Result<Connection, ConnectError> {
        let argv = [paths::AGENT.to_owned(), "connect".to_owned()];
        let exec = self.driver.exec(&self.pod, &self.container, &argv).await.map_err(|e| ConnectError::Failed(Box::new(e)))?;
        Ok(Connection::new(exec.stdout, exec.stdin))
    }
}
