//! Directories in which windlass keeps what it made itself, and that nobody but the user can write.
//!
//! What is found there is used with less suspicion than what comes from elsewhere: compiled code is run, a stored plugin is not fetched
//! again. That holds only as long as no one else could have put it there.

use std::io;
use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::{Dir, DirBuilder, DirBuilderExt as _, Metadata, MetadataExt as _, PermissionsExt as _};

/// Why a directory, or a file in it, is not the user's own.
#[derive(Debug, thiserror::Error)]
pub enum OwnError {
    /// The system refused.
    #[error("{path}")]
    Io {
        /// The directory or file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Somebody else's.
    #[error("{path} belongs to another user; delete it, or name a directory of your own in XDG_CACHE_HOME")]
    Owner {
        /// The directory or file.
        path: PathBuf,
    },
    /// The user's, and open to others.
    #[error(
        "{path} can be written by others, so what is in it may be theirs; delete it with everything in it, and windlass makes it again: \
         rm -r {path}"
    )]
    Open {
        /// The directory or file.
        path: PathBuf,
    },
}

/// Opens a directory of the user's own, and makes it, closed to everybody else, when it is not there.
///
/// # Errors
/// When it cannot be made or opened, is somebody else's, or others can write it.
pub fn directory(path: &Path) -> Result<Dir, OwnError> {
    let io = |source| OwnError::Io { path: path.to_owned(), source };
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io(io::Error::from(io::ErrorKind::InvalidInput)));
    };
    Dir::create_ambient_dir_all(parent, ambient_authority()).map_err(io)?;
    let parent = Dir::open_ambient_dir(parent, ambient_authority()).map_err(io)?;
    below(&parent, Path::new(name), path)
}

/// The same below an open directory. `path` is what messages call it.
///
/// # Errors
/// As [`directory`].
pub fn below(parent: &Dir, name: &Path, path: &Path) -> Result<Dir, OwnError> {
    let io = |source| OwnError::Io { path: path.to_owned(), source };
    match parent.create_dir_with(name, DirBuilder::new().mode(0o700)) {
        Err(e) if e.kind() != io::ErrorKind::AlreadyExists => return Err(io(e)),
        _ => {}
    }
    let directory = parent.open_dir(name).map_err(io)?;
    check(&directory.dir_metadata().map_err(io)?, path)?;
    Ok(directory)
}

/// Whether nobody but the user can have written it. The metadata are those of what is open, so that it is what is used.
///
/// # Errors
/// When it is somebody else's, or others can write it.
pub fn check(metadata: &Metadata, path: &Path) -> Result<(), OwnError> {
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        return Err(OwnError::Owner { path: path.to_owned() });
    }
    if metadata.permissions().mode() & 0o022 != 0 {
        return Err(OwnError::Open { path: path.to_owned() });
    }
    Ok(())
}
