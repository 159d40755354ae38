//! What keeps a working copy from being packed.

use std::io;
use std::path::PathBuf;

use crate::git::ProgramError;

/// Why the working copy could not be packed.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// A directory could not be walked or an ignore file read.
    #[error("the working copy cannot be read")]
    Walk(#[from] ignore::Error),
    /// Git does not end.
    #[error("Git cannot say which files are part of the working copy")]
    Git(#[source] ProgramError),
    /// A file could not be read.
    #[error("{} cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The receiving end went away.
    #[error("the archive cannot be sent")]
    Write(#[source] io::Error),
}
