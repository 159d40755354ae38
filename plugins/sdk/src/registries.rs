//! How registries are reached, and the credentials of the task's login steps as handles. Power `registries`.

use crate::bindings::powers::windlass::plugin::registries as wit;
use crate::error::Error;

pub use wit::{Credentials, Registry};

/// The registries that windlass.yaml describes, and those that a login step logged in to.
///
/// # Errors
/// When the power was not granted.
pub fn known() -> Result<Vec<Registry>, Error> {
    wit::known()
}
