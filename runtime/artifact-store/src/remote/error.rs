//! Why a store did not do what was asked.

use std::io;

use windlass_cache_store::StoreError as Answer;

/// Why a store did not do what was asked. Each is one sentence; none holds a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RemoteError {
    /// It does not answer.
    #[error("the artifact store {store} cannot be reached: {problem}")]
    Unreachable {
        /// The store.
        store: String,
        /// Why.
        problem: String,
    },
    /// It does not let us in.
    #[error("the artifact store {store} refuses the credentials: {problem}")]
    Refused {
        /// The store.
        store: String,
        /// Why.
        problem: String,
    },
    /// It, or the disk that files pass through on their way, takes no more.
    #[error("{place} is full: {problem}")]
    Full {
        /// Which.
        place: String,
        /// The system's words.
        problem: String,
    },
    /// It answers otherwise than such stores do.
    #[error("the artifact store {store} does not answer as it should: {problem}")]
    Protocol {
        /// The store.
        store: String,
        /// What it said.
        problem: String,
    },
    /// A part of an artifact is not there any more.
    #[error("{what} is not whole in {store} any more: something has removed a part of it")]
    Gone {
        /// The artifact.
        what: String,
        /// The store.
        store: String,
    },
    /// Bytes are others than their name says.
    #[error("{store} holds other bytes than what was collected: {expected} was due, {found} came")]
    Corrupt {
        /// Where.
        store: String,
        /// The digest that was due.
        expected: String,
        /// What came.
        found: String,
    },
    /// A newer windlass has written it.
    #[error(
        "an artifact in {store} was kept by a newer windlass, in a form that this one does not know; a newer windlass lists it"
    )]
    Newer {
        /// The store.
        store: String,
    },
    /// It says what no run of windlass writes.
    #[error("something in {store} is no artifact that windlass wrote: {why}")]
    Forged {
        /// The store.
        store: String,
        /// What it says.
        why: String,
    },
    /// What else there is.
    #[error("{0}")]
    Other(String),
}

impl RemoteError {
    pub(super) fn other(problem: impl ToString) -> Self {
        Self::Other(problem.to_string())
    }

    /// What was met where a part of an artifact was written on its way.
    pub(super) fn of_writing(error: io::Error, store: &str) -> Self {
        match error.downcast::<Answer>() {
            Ok(answer) => answer.into(),
            Err(error) => Self::Other(format!("writing what goes to {store}: {error}")),
        }
    }

    /// Whether it is about the store as a whole.
    pub(super) fn is_of_store(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Refused { .. } | Self::Full { .. })
    }
}

impl From<Answer> for RemoteError {
    fn from(error: Answer) -> Self {
        match error {
            Answer::Unreachable { store, problem } => Self::Unreachable { store, problem },
            Answer::Refused { store, problem } => Self::Refused { store, problem },
            Answer::Full { store, problem } => Self::Full { place: store, problem },
            Answer::Protocol { store, problem } => Self::Protocol { store, problem },
            Answer::Corrupt { store, expected, found } => Self::Corrupt { store, expected, found },
            Answer::NotAStore { path } => Self::Other(format!(
                "{} holds other things than windlass keeps; name a directory of its own in `artifacts: {{store: dir:…}}`",
                path.display()
            )),
            Answer::Location { store, problem } => {
                Self::Other(format!("`{store}` cannot be used as an artifact store: {problem}"))
            }
            Answer::Io { action, path, source } => Self::Other(format!("{action} {path}: {source}")),
            other => Self::Other(other.to_string()),
        }
    }
}

impl From<serde_json::Error> for RemoteError {
    fn from(error: serde_json::Error) -> Self {
        Self::other(error)
    }
}
