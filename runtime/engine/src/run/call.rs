//! The call of one plugin.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use windlass_model::event::{Failure, StepRef};
use windlass_model::plan::PluginCall;

use super::backend::Backend;
use super::captured::SharedCapture;
use super::cause;
use super::context::TaskContext;
use super::supervised::supervised;
use crate::ports::plugin::{PluginError, StepBackend, StepInput, StepResult};

/// Runs a plugin for a step, and nothing more: what it leaves is the caller's. What it writes is taken down, if that is asked for.
pub(super) async fn call(
    context: &Arc<TaskContext>,
    step: StepRef,
    call: &PluginCall,
    cancel: &CancellationToken,
    captured: Option<SharedCapture>,
) -> Result<StepResult, Failure> {
    let backend = Arc::new(Backend::new(Arc::clone(context), step, cancel.clone()).capturing(captured));
    let input = StepInput { built: context.built() };
    let result = supervised(context.plugins.run(call, input, Arc::clone(&backend) as Arc<dyn StepBackend>)).await;
    backend.finish().await;
    match result? {
        Ok(left) => Ok(left),
        Err(PluginError::Infrastructure { message, .. }) => {
            let autopsy = context.driver.autopsy(&context.task.pod).await;
            Err(cause::of_lost_agent(&context.task.pod, &autopsy, message))
        }
        Err(error) => Err(cause::of_plugin(error, &call.grants.files)),
    }
}
