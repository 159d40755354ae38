//! Secrets as handles: passed on to commands and registries without their bytes.

use crate::bindings::powers::windlass::plugin::{secrets, secrets_reveal};
use crate::error::Error;

/// A secret that the plugin can pass on, and not read.
pub use secrets::Secret;

/// Opens a secret of the task by name. Power `secrets`.
///
/// # Errors
/// When the power was not granted for this name, or the task has no such secret.
pub fn open(name: &str) -> Result<Secret, Error> {
    secrets::open(name)
}

/// The bytes of a secret. Power `secrets-reveal`.
///
/// # Errors
/// When the power was not granted.
pub fn reveal(secret: &Secret) -> Result<Vec<u8>, Error> {
    secrets_reveal::reveal(secret)
}

/// Makes bytes a secret: masked in all output from now on. Power `secrets-reveal`.
///
/// # Errors
/// When the power was not granted.
pub fn conceal(bytes: &[u8]) -> Result<Secret, Error> {
    secrets_reveal::conceal(bytes)
}
