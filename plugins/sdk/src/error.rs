//! Errors as the WIT package has them, and the short ways to make one.

use std::fmt;

use crate::bindings::powers::windlass::plugin::types;

/// Why a plugin does not do what was asked.
pub use types::Error;

/// What [`Error::Failed`] tells: a sentence, and the exit code of the command that failed, if one did.
pub use types::Failure;

/// The work itself failed; `message` is one sentence for a person.
pub fn failed(message: impl Into<String>) -> Error {
    Error::Failed(types::Failure { message: message.into(), exit_code: None })
}

/// The request asks for something that the plugin cannot do. `field` is its path in the request, such as `cache.to`.
pub fn unsupported(field: impl Into<String>, reason: impl fmt::Display) -> Error {
    Error::Unsupported(types::Unsupported { field: field.into(), reason: reason.to_string() })
}
