//! What an error of a registry is to a store.

use windlass_registry::Error;

use crate::StoreError;
use crate::miss::causes;

/// An error of a registry.
pub(super) struct Failure(pub(super) Error);

impl Failure {
    pub(super) fn of(self, store: &str) -> StoreError {
        let (store, problem) = (store.to_owned(), causes(&self.0));
        match self.0 {
            Error::NoCredentials { .. } | Error::Unauthorized { .. } | Error::Forbidden { .. } | Error::Credentials(_) => {
                StoreError::Refused { store, problem }
            }
            Error::Refused { status: 413 | 507, .. } => StoreError::Full { store, problem },
            Error::WrongDigest { ref found, .. } => {
                StoreError::Corrupt { store, expected: "what was asked for".into(), found: found.to_string() }
            }
            Error::Write { source, .. } => StoreError::io("writing what came from", store)(source),
            Error::TooManyRequests { .. }
            | Error::Unavailable { .. }
            | Error::Unreachable { .. }
            | Error::NotListening { .. }
            | Error::Cut { .. }
            | Error::Tls { .. }
            | Error::PlainHttp { .. } => StoreError::Unreachable { store, problem },
            _ => StoreError::Protocol { store, problem },
        }
    }
}
