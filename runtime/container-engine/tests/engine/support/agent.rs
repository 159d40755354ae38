//! The agent of a pod's main container.

use std::sync::Arc;

use windlass_agent_client::{AgentClient, ClientError};
use windlass_container_engine::EngineDriver;
use windlass_engine::ports::driver::Driver;
use windlass_model::pod::PodPlan;

/// Speaks to it, as a run does.
pub async fn client(driver: Arc<EngineDriver>, pod: &PodPlan) -> Result<AgentClient, ClientError> {
    let driver: Arc<dyn Driver> = driver;
    windlass_contract::client(&driver, pod).await
}
