//! Writes an archive's entries into a directory, and nowhere else.

use std::error::Error;
use std::fs::{self, Permissions};
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Component, Path, PathBuf};

use tar::{Archive, EntryType};

/// Why an archive was not unpacked.
#[derive(Debug, thiserror::Error)]
pub enum UnpackError {
    /// The directory cannot be made.
    #[error("making the directory {path:?}")]
    Directory {
        /// Which.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
    /// What stands there leads elsewhere: whoever put it there would choose where everything is written.
    #[error("{path:?} is a link; set CIRRUS_WORKING_DIR to the directory that it leads to, or remove it")]
    Link {
        /// Which.
        path: PathBuf,
    },
    /// The stream is no archive, or a damaged one.
    #[error("reading the archive after {entries} entries")]
    Archive {
        /// How many were good.
        entries: u64,
        /// What is wrong.
        source: io::Error,
    },
    /// The entry would be written outside of the directory.
    #[error("the entry {path:?} leads out of the directory")]
    Escape {
        /// The entry.
        path: PathBuf,
    },
    /// Device files, sockets and the like.
    #[error("the entry {path:?} is not a file, a directory or a link")]
    Kind {
        /// The entry.
        path: PathBuf,
    },
    /// The entry cannot be written.
    #[error("writing {path:?}")]
    Write {
        /// The entry.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
}

/// An error with its causes, in one line.
#[must_use]
pub fn in_words(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words = format!("{words}: {error}");
        cause = error.source();
    }
    words
}

/// Unpacks a tar stream. Modes and times are kept, owners are not. Gives the number of entries.
///
/// # Errors
/// When the archive is damaged, an entry would leave the directory or is of a strange kind, or the system refuses.
pub fn unpack(directory: &Path, stream: impl Read) -> Result<u64, UnpackError> {
    let about_directory = |source| UnpackError::Directory { path: directory.to_owned(), source };
    fs::create_dir_all(directory).map_err(about_directory)?;
    // A slash at the end would have the link followed.
    let itself: PathBuf = directory.components().collect();
    if fs::symlink_metadata(&itself).map_err(about_directory)?.is_symlink() {
        return Err(UnpackError::Link { path: itself });
    }
    let mut archive = Archive::new(stream);
    archive.set_preserve_permissions(true);
    archive.set_preserve_mtime(true);
    let mut entries = 0;
    // Directories get their modes last: one without write permission would refuse its own entries.
    let mut closed = Vec::new();
    for entry in archive.entries().map_err(|source| UnpackError::Archive { entries, source })? {
        let damaged = |source| UnpackError::Archive { entries, source };
        let mut entry = entry.map_err(damaged)?;
        let path = entry.path().map_err(damaged)?.into_owned();
        if !stays_inside(&path) {
            return Err(UnpackError::Escape { path });
        }
        let kind = entry.header().entry_type();
        match kind {
            EntryType::XGlobalHeader => continue,
            EntryType::Regular
            | EntryType::Continuous
            | EntryType::GNUSparse
            | EntryType::Directory
            | EntryType::Link
            | EntryType::Symlink => {}
            _ => return Err(UnpackError::Kind { path }),
        }
        if kind == EntryType::Link {
            // Files and links are replaced by the library, hard links are not.
            make_way(directory, &path)?;
        }
        match entry.unpack_in(directory) {
            Ok(true) => {}
            Ok(false) => return Err(UnpackError::Escape { path }),
            Err(source) => return Err(UnpackError::Write { path, source }),
        }
        if kind.is_dir() {
            let mode = entry.header().mode().map_err(damaged)?;
            if mode & 0o700 != 0o700 {
                let target = directory.join(&path);
                set_mode(&target, mode | 0o700)?;
                closed.push((target, mode));
            }
        }
        entries += 1;
    }
    for (path, mode) in closed.into_iter().rev() {
        set_mode(&path, mode)?;
    }
    Ok(entries)
}

/// Removes a file that is there already, if it is inside of the directory.
fn make_way(directory: &Path, path: &Path) -> Result<(), UnpackError> {
    let remove = || -> io::Result<()> {
        let target = directory.join(path);
        let parent = target.parent().unwrap_or(directory).canonicalize()?;
        if parent.starts_with(directory.canonicalize()?) {
            fs::remove_file(target)?;
        }
        Ok(())
    };
    match remove() {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(UnpackError::Write { path: path.to_owned(), source }),
        _ => Ok(()),
    }
}

fn set_mode(path: &Path, mode: u32) -> Result<(), UnpackError> {
    fs::set_permissions(path, Permissions::from_mode(mode & 0o7777)).map_err(|source| {
        let path = path.to_owned();
        UnpackError::Write { path, source }
    })
}

fn stays_inside(path: &Path) -> bool {
    path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
}
