//! The task's variables.

use crate::bindings::powers::windlass::plugin::{environment, environment_set};
use crate::error::Error;

/// A variable as the task file has it, before the container expands it; `None` when it is not set or is a secret. Power
/// `environment`.
///
/// # Errors
/// When the power was not granted.
pub fn get(name: &str) -> Result<Option<String>, Error> {
    environment::get(name)
}

/// Sets a variable for the steps that follow; the value of a sensitive one is masked in output. Power `environment-set`.
///
/// # Errors
/// When the power was not granted or the name is not a variable's.
pub fn set(name: &str, value: &str, sensitive: bool) -> Result<(), Error> {
    environment_set::set(name, value, sensitive)
}
