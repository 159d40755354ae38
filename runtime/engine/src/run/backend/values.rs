//! Values that a step leaves for those after it: variables, and secrets that came up.

use secrecy::{ExposeSecret as _, SecretSlice};
use windlass_model::event::Level;
use windlass_model::secret::{EnvValue, SecretName};
use windlass_model::variable::{LONGEST, can_be_secret, is_sensitive, is_too_long};
use windlass_redact::{SHORTEST_MASKED, is_masked};

use super::Backend;
use crate::ports::plugin::BackendError;

/// Sets a variable.
pub(super) async fn set(backend: &Backend, name: &str, value: &str, sensitive: bool) -> Result<(), BackendError> {
    if name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
        return Err(BackendError::Invalid(format!("`{name}` cannot be a variable")));
    }
    if is_too_long(name, value.len()) {
        let length = value.len();
        return Err(BackendError::Invalid(format!(
            "the variable {name} has {length} bytes, and Linux allows {LONGEST} in one with its name: leave long texts in files"
        )));
    }
    let by_name = is_sensitive(name) && can_be_secret(value);
    let value = match (sensitive || by_name) && !value.is_empty() {
        true => {
            let secret = new_secret(backend, value.as_bytes().to_vec().into()).await;
            EnvValue::Secret(secret.map_err(|error| of_variable(name, error))?)
        }
        false => EnvValue::Text(value.to_owned()),
    };
    backend.context.set_variable(name, value)
}

/// Takes a secret's value, and gives it a name.
pub(super) async fn new_secret(backend: &Backend, bytes: SecretSlice<u8>) -> Result<SecretName, BackendError> {
    backend.context.room_for_secret(bytes.expose_secret().len())?;
    // Before anything else, whatever becomes of it: an agent that cannot take it may repeat it in an error.
    backend.context.redactor.add([bytes.expose_secret()]);
    if !is_masked(bytes.expose_secret()) {
        let message =
            format!("step {} has a secret of fewer than {SHORTEST_MASKED} bytes, which is not masked", backend.step.name);
        backend.context.notice(None, Level::Warning, message).await;
    }
    let number = backend.context.number();
    let name = SecretName::new(format!("windlass-s{}-{number}", backend.step.index))
        .map_err(|e| BackendError::Invalid(e.to_string()))?;
    backend.context.add_secret(name.clone(), bytes);
    Ok(name)
}

/// What is wrong with a secret, with the variable that was to hold it.
fn of_variable(name: &str, error: BackendError) -> BackendError {
    match error {
        BackendError::Invalid(message) => BackendError::Invalid(format!("the variable {name}: {message}")),
        other => other,
    }
}
