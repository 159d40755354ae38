//! Why artifacts could not be kept or read.

use std::io;

use windlass_files::FileError;
use windlass_model::artifact::FilePath;

use crate::RemoteError;

/// Why artifacts could not be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
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
    /// What stands in place of a directory would lead the files elsewhere, or is in their way.
    #[error("{path} is not a directory; remove it, or name another place")]
    NotADirectory {
        /// Which.
        path: String,
    },
    /// Two names that are one here, or a file and a directory of one name.
    #[error("{path} cannot be kept beside another file of the same artifact: this file system takes both names for one")]
    Taken {
        /// The later of them.
        path: FilePath,
    },
    /// It was collected before.
    #[error("there is an artifact in {path} already; remove it, or name another place")]
    Exists {
        /// Where.
        path: String,
    },
    /// A file, or more of it, than was announced.
    #[error("{path} has another size than it had when it was found")]
    Size {
        /// Which.
        path: FilePath,
    },
    /// The files did not all come.
    #[error("the files did not all come")]
    Unfinished,
    /// The list of what was collected cannot be read.
    #[error("{path} cannot be read")]
    Unreadable {
        /// Which.
        path: String,
        /// Why.
        source: FileError,
    },
    /// A file is not the one that was collected.
    #[error("{path} is not what was collected: its bytes have another digest")]
    Changed {
        /// Which.
        path: FilePath,
    },
    /// The list is that of another run.
    #[error("{path} is the list of another run, {run}")]
    OtherRun {
        /// Which.
        path: String,
        /// The run that it names.
        run: String,
    },
    /// The list says what no run of windlass writes.
    #[error("{path} is no list that windlass wrote: {why}; remove it, with the directory that it lies in")]
    Forged {
        /// Which.
        path: String,
        /// What it says.
        why: String,
    },
    /// A store did not do what was asked.
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// The list of what was collected is none.
    #[error("{path} is not a list of artifacts as windlass writes them; remove it, with the directory that it lies in")]
    NotAnIndex {
        /// Which.
        path: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

impl StoreError {
    pub(crate) fn io(action: &'static str, path: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }
}
