//! Why a store did not do what was asked.

use std::io;
use std::path::PathBuf;

use windlass_files::own::OwnError;

/// Why a store did not do what was asked. Each is one sentence, with what to do; none holds a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// It does not answer.
    #[error("the cache store {store} cannot be reached: {problem}")]
    Unreachable {
        /// The store.
        store: String,
        /// Why.
        problem: String,
    },
    /// It does not let us in.
    #[error("the cache store {store} refuses the credentials: {problem}")]
    Refused {
        /// The store.
        store: String,
        /// Why.
        problem: String,
    },
    /// It takes no more.
    #[error("the cache store {store} is full: {problem}; windlass cache prune makes room")]
    Full {
        /// The store.
        store: String,
        /// The system's words.
        problem: String,
    },
    /// Bytes are others than their name says.
    #[error("the cache store {store} was given other bytes than {expected} has: their digest is {found}")]
    Corrupt {
        /// The store.
        store: String,
        /// The digest that is due.
        expected: String,
        /// That of the bytes.
        found: String,
    },
    /// More than is taken.
    #[error("{what} has more than {limit}, the most that `cache: {{max_size}}` allows")]
    TooLarge {
        /// What.
        what: String,
        /// In words.
        limit: String,
    },
    /// An entry names bytes that the task did not store.
    #[error("{what} was not stored by this task, nor was it told of it")]
    NotOwn {
        /// What.
        what: String,
    },
    /// It holds what windlass does not put there.
    #[error("{path} holds other things than caches of windlass; name a directory of its own in `cache: {{store: dir:…}}`")]
    NotAStore {
        /// The directory.
        path: PathBuf,
    },
    /// A newer windlass has made it.
    #[error("{path} was made by a newer windlass, in a form that this one does not know")]
    Newer {
        /// The directory.
        path: PathBuf,
    },
    /// The system refuses.
    #[error("{action} {path}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// Where.
        path: String,
        /// The system's words.
        source: io::Error,
    },
    /// A directory is not the user's own.
    #[error(transparent)]
    Own(#[from] OwnError),
    /// The key that seals entries cannot be had.
    #[error("{0}")]
    Key(String),
    /// The location names no store that there can be.
    #[error("`{store}` cannot be used as a cache store: {problem}")]
    Location {
        /// The store.
        store: String,
        /// What is wrong.
        problem: String,
    },
    /// It answers otherwise than such stores do.
    #[error("the cache store {store} does not answer as it should: {problem}")]
    Protocol {
        /// The store.
        store: String,
        /// What it said.
        problem: String,
    },
}

impl StoreError {
    /// Of the system, where a full disk is told from everything else.
    pub(crate) fn io(action: &'static str, path: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                Self::Full { store: path, problem: source.to_string() }
            }
            _ => Self::Io { action, path, source },
        }
    }
}
