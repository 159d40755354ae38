//! Files that a person named.

use std::fs::{File, OpenOptions};
use std::io::{Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use cap_std::ambient_authority;
use cap_std::fs::Dir;

use crate::{FileError, Kind, atomic, bounded, contents, flags, kind};

/// The whole of a file that a person named, wherever it lies.
///
/// Of pipes, those are taken that a shell opened for this process (`<(command)`, `/dev/stdin`): they have a writer, and the person who typed
/// them waits for it.
///
/// # Errors
/// When it is not there, no file, or larger than `longest` bytes.
pub fn named(path: &Path, longest: u64) -> Result<Vec<u8>, FileError> {
    let file = OpenOptions::new().read(true).custom_flags(flags()).open(path).map_err(kind::opening)?;
    match kind::of(&file)? {
        None => contents(&file, longest),
        Some(Kind::Pipe) if is_descriptor(path) => bounded(&waiting(file)?, longest),
        Some(kind) => Err(FileError::NotAFile(kind)),
    }
}

/// A file that a person named, open to be read: for what is too large to be read whole. No pipe is taken.
///
/// # Errors
/// When it is not there, or no file.
pub fn open_named(path: &Path) -> Result<File, FileError> {
    kind::regular(OpenOptions::new().read(true).custom_flags(flags()).open(path).map_err(kind::opening)?)
}

/// Whether a file is there to be read with [`named`]. It is not read, and neither is a pipe.
///
/// # Errors
/// When it is not there, or no file.
pub fn exists(path: &Path) -> Result<(), FileError> {
    let file = OpenOptions::new().read(true).custom_flags(flags()).open(path).map_err(kind::opening)?;
    match kind::of(&file)? {
        Some(Kind::Pipe) if is_descriptor(path) => Ok(()),
        None => Ok(()),
        Some(kind) => Err(FileError::NotAFile(kind)),
    }
}

/// Replaces a file that a person named, at once. A link stays one: what it leads to is replaced.
///
/// # Errors
/// When it cannot be written, or is no file.
pub fn write_named(path: &Path, contents: &[u8]) -> Result<(), FileError> {
    let path = path.canonicalize()?;
    let old = OpenOptions::new().read(true).custom_flags(flags()).open(&path).map_err(kind::opening)?;
    let old = kind::regular(old)?;
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { return Err(FileError::NotAFile(Kind::Directory)) };
    let directory = Dir::open_ambient_dir(parent, ambient_authority())?;
    atomic::replace(&directory, name, &old, contents)
}

/// Replaces a file that a person named, or makes it, at once. What is replaced keeps its mode; a new file has the one that the process gives
/// to its files.
///
/// # Errors
/// As [`write_named`].
pub fn put_named(path: &Path, contents: &[u8]) -> Result<(), FileError> {
    match write_named(path, contents) {
        Err(FileError::Io(error)) if error.kind() == std::io::ErrorKind::NotFound && path.symlink_metadata().is_err() => {
            let Some(name) = path.file_name() else { return Err(FileError::NotAFile(Kind::Directory)) };
            let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let directory = Dir::open_ambient_dir(parent, ambient_authority())?;
            Ok(atomic::write_whole(&directory, name, 0o666, contents)?)
        }
        written => written,
    }
}

/// Replaces what an open file holds.
pub(crate) fn replace(mut file: File, contents: &[u8]) -> Result<(), FileError> {
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(contents)?;
    Ok(())
}

/// Whether a path names an open file of this process.
fn is_descriptor(path: &Path) -> bool {
    path == Path::new("/dev/stdin") || path.starts_with("/dev/fd") || path.starts_with("/proc/self/fd")
}

/// The same file, whose reads wait.
fn waiting(file: File) -> Result<File, FileError> {
    let flags = rustix::fs::fcntl_getfl(&file).map_err(std::io::Error::from)?;
    rustix::fs::fcntl_setfl(&file, flags - rustix::fs::OFlags::NONBLOCK).map_err(std::io::Error::from)?;
    Ok(file)
}
