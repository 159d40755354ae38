//! Why nothing is restored.

use serde::{Deserialize, Serialize};

use crate::StoreError;
use crate::seal::Unfit;

/// Why there is no entry to restore. None of them is an error of the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "miss", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Miss {
    /// Nobody has stored it where the run reads.
    #[error("nothing is stored under this key")]
    Absent,
    /// There is one, which a host with another key has stored.
    #[error("what is stored under this key in {scope} was stored by a host with another key")]
    Foreign {
        /// Where.
        scope: String,
    },
    /// There is one, which a newer windlass has stored.
    #[error("what is stored under this key in {scope} was stored by a newer windlass")]
    Newer {
        /// Where.
        scope: String,
    },
    /// There is one, which was changed since it was stored, or comes from elsewhere in the store.
    #[error("what is stored under this key in {scope} is not what a host stored there")]
    Broken {
        /// Where.
        scope: String,
    },
    /// There is one, which was made of other folders.
    #[error("what is stored under this key in {scope} was made of other folders")]
    Folders {
        /// Where.
        scope: String,
    },
    /// There is one whose bytes are not there any more, or are others.
    #[error("the bytes of what is stored under this key in {scope} are not there, or are others")]
    Bytes {
        /// Where.
        scope: String,
    },
    /// The store could not be asked.
    #[error("{problem}")]
    Store {
        /// Why, as [`StoreError`] says it.
        problem: String,
        /// Whether it refused the credentials.
        refused: bool,
    },
}

impl Miss {
    pub(crate) fn unfit(unfit: Unfit, scope: impl ToString) -> Self {
        let scope = scope.to_string();
        match unfit {
            Unfit::Foreign => Self::Foreign { scope },
            Unfit::Newer => Self::Newer { scope },
            Unfit::Broken => Self::Broken { scope },
        }
    }
}

impl From<StoreError> for Miss {
    fn from(error: StoreError) -> Self {
        let refused = matches!(error, StoreError::Refused { .. });
        Self::Store { problem: causes(&error), refused }
    }
}

/// An error with all that caused it.
pub(crate) fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(below) = cause {
        text.push_str(&format!(": {below}"));
        cause = below.source();
    }
    text
}
