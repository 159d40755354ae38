//! The end of a step: nothing that it started lives on beside the steps that follow, unless it handed it to the task.

use futures::future::join_all;
use windlass_agent_client::AgentClient;
use windlass_agent_client::protocol::CommandId;

use super::{Backend, Use};
use crate::ports::plugin::StepBackend;
use crate::times;

impl Backend {
    /// Ends what the step left running and removes its private files. What it handed to the task lives on; credentials do not.
    pub(in super::super) async fn finish(&self) {
        let mut left: Vec<(CommandId, AgentClient)> = std::mem::take(&mut *self.asked.lock().await).into_iter().collect();
        for running in std::mem::take(&mut *self.processes.lock().await).into_values() {
            let running = running.lock().await;
            if !running.is_over() {
                left.push((running.id.clone(), running.agent.clone()));
            }
        }
        join_all(left.iter().map(|(id, agent)| end(agent, id))).await;
        let used = std::mem::take(&mut *self.used.lock().await);
        join_all(used.into_iter().map(|(container, left)| self.tidy(container, left))).await;
    }

    /// Removes the step's files from a container.
    async fn tidy(&self, container: String, left: Use) {
        let Some(agent) = self.context.agents.get(&container) else { return };
        let directory = match left {
            Use::Over => StepBackend::private_directory(self),
            Use::Kept => self.credentials_directory(),
        };
        match tokio::time::timeout(times::TIDY, agent.remove_directory(&directory)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(%error, directory, "private files were not removed; they go with the container"),
            Err(_) => tracing::debug!(directory, "nobody says that private files were removed"),
        }
    }
}

/// Ends a command, and waits until it has ended.
async fn end(agent: &AgentClient, id: &CommandId) {
    let ended = async {
        agent.stop(id, times::KILL_GRACE).await?;
        agent.wait(id).await
    };
    match tokio::time::timeout(times::KILL_GRACE + times::KILL_NEWS, ended).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => tracing::debug!(%error, command = %id, "a command of a step that is over was not stopped"),
        Err(_) => tracing::debug!(command = %id, "nobody says that a command of a step that is over has ended"),
    }
}
