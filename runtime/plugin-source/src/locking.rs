//! Whether a plugin of a registry runs that nobody has locked yet.

use crate::SourceError;

/// Who wants plugins locked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Locking {
    /// Nobody: what the lock does not know is added to it.
    #[default]
    Open,
    /// `--locked`.
    Option,
    /// The policy of a settings file. A reference that names a digest is as good as a lock to it.
    Policy {
        /// The file.
        file: String,
    },
}

impl Locking {
    /// Whether something may be used that the lock does not know.
    pub(crate) fn allows(&self, names_digest: bool) -> bool {
        match self {
            Self::Open => true,
            Self::Option => false,
            Self::Policy { .. } => names_digest,
        }
    }

    /// Why not.
    pub(crate) fn refuses(&self, reference: String) -> SourceError {
        match self {
            Self::Open | Self::Option => SourceError::NotLocked(reference),
            Self::Policy { file } => SourceError::LockedByPolicy { reference, file: file.clone() },
        }
    }
}
