//! The program that goes into every supervised container: the real one.

use std::path::Path;
use std::process::Command;
use std::sync::{Arc, OnceLock};

use windlass_agent_client::{AgentClient, ConnectError, Connection, Connector, Options};
use windlass_container_engine::EngineDriver;
use windlass_engine::ports::driver::Driver;
use windlass_model::pod::{PodPlan, paths};

/// Builds it once for all tests.
pub fn agent() -> &'static [u8] {
    static PROGRAM: OnceLock<Vec<u8>> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../agent/build.sh");
        let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("agent-{}", std::process::id()));
        let built = Command::new(&script).arg(&program).output();
        assert!(built.as_ref().is_ok_and(|o| o.status.success()), "{}: {built:?}", script.display());
        let bytes = std::fs::read(&program).unwrap_or_else(|e| panic!("{}: {e}", program.display()));
        std::fs::remove_file(&program).unwrap_or_else(|e| panic!("{}: {e}", program.display()));
        bytes
    })
}

/// Speaks to the agent of a pod's main container, as a run does.
pub async fn client(driver: Arc<EngineDriver>, pod: &PodPlan) -> Result<AgentClient, windlass_agent_client::ClientError> {
    AgentClient::connect(Exec { driver, pod: pod.clone() }, Options::default()).await
}

struct Exec {
    driver: Arc<EngineDriver>,
    pod: PodPlan,
}

impl Connector for Exec {
    async fn connect(&self) -> Result<Connection, ConnectError> {
        let argv = [paths::AGENT.to_owned(), "connect".to_owned()];
        let exec = self.driver.exec(&self.pod, "main", &argv).await.map_err(|e| ConnectError::Failed(Box::new(e)))?;
        Ok(Connection::new(exec.stdout, exec.stdin))
    }
}
