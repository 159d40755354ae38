//! Results of a step: told, and kept for the steps that follow.

use std::borrow::Cow;
use std::sync::Arc;

use windlass_model::event::{RunEvent, StepRef};
use windlass_model::result::{ResultName, ResultValue};
use windlass_model::secret::EnvValue;
use windlass_model::variable::{LONGEST, is_too_long};

use crate::ports::plugin::BackendError;
use crate::run::context::TaskContext;

/// Sets the variable of a result, and tells the result. A secret in it is masked in both: what is told is what later steps have.
pub(super) async fn set(
    context: &Arc<TaskContext>,
    step: &StepRef,
    name: &ResultName,
    mut value: ResultValue,
) -> Result<(), BackendError> {
    if let Some(text) = value.text_mut()
        && let Cow::Owned(masked) = context.redactor.text(text)
    {
        *text = masked;
    }
    let variable = name.variable(&step.name);
    if is_too_long(&variable, value.in_variable().len()) {
        return Err(BackendError::Invalid(format!("the result {name} would be a variable of more than {LONGEST} bytes")));
    }
    context.claim_result(&variable, step.index).map_err(|by| {
        let by = by.and_then(|step| context.task.steps.get(step));
        BackendError::Invalid(match by {
            Some(other) => format!("the result {name} would be the variable {variable}, which step {} has set", other.name),
            None => format!("the result {name} would be the variable {variable}, which the task itself sets"),
        })
    })?;
    context.set_variable(&variable, EnvValue::Text(value.in_variable()))?;
    context.send(RunEvent::ResultSet { step: step.clone(), name: name.to_string(), variable, value }).await;
    Ok(())
}
