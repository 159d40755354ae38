//! Processes that outlive their step.

use tokio_util::task::AbortOnDropHandle;
use windlass_agent_client::AgentClient;
use windlass_agent_client::protocol::CommandId;

use crate::times;

/// A process that lives until its task ends.
pub(super) struct Background {
    pub(super) agent: AgentClient,
    pub(super) command: CommandId,
    pub(super) output: AbortOnDropHandle<()>,
}

impl Background {
    /// Asks it to end, and waits a moment for that and for its last output.
    pub(super) async fn end(self) {
        let stopped = self.agent.stop(&self.command, times::BACKGROUND_GRACE);
        match tokio::time::timeout(times::BACKGROUND_NEWS, stopped).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(%error, command = %self.command, "a background process was not stopped"),
            Err(_) => tracing::debug!(command = %self.command, "nobody says that a background process was stopped"),
        }
        let _ = tokio::time::timeout(times::BACKGROUND_NEWS, self.output).await;
    }
}
