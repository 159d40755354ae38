//! Why a lock cannot be used.

use windlass_files::FileError;
use windlass_model::text;

use super::{FILE_NAME, MAX_BYTES, VERSION};

/// Why a lock cannot be used. None of them names the file: whoever read it knows its path.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// It cannot be read or written as a file.
    #[error("{0}")]
    File(#[from] FileError),
    /// Too large.
    #[error("it has more than {}, which no lock has", text::size(MAX_BYTES))]
    TooLarge,
    /// A merge was left in the middle.
    #[error(
        "line {line}: a merge was not finished here (`{marker}`); take the {FILE_NAME} of either side whole, as `git checkout --theirs \
         {FILE_NAME}` does, and run `windlass plugin update`"
    )]
    Conflict {
        /// The line, from 1.
        line: usize,
        /// What stands there.
        marker: &'static str,
    },
    /// Written by a later windlass.
    #[error("it is of version {0}, and this windlass reads version {VERSION}; use a newer windlass")]
    Newer(u64),
    /// Not what a lock holds.
    #[error("line {line}: {what}; `windlass plugin update` writes the file anew")]
    Wrong {
        /// The line, from 1.
        line: usize,
        /// What is wrong there.
        what: String,
    },
}

impl LockError {
    /// Whether `windlass plugin update` may write the file anew: what it holds is of no use, and none of it is of a newer windlass.
    pub fn is_mended_by_update(&self) -> bool {
        matches!(self, Self::Conflict { .. } | Self::Wrong { .. })
    }
}
