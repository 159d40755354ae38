//! What a thing in a directory is.

use std::fmt;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileTypeExt as _;

use crate::FileError;

/// What a thing is that is not a regular file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A directory.
    Directory,
    /// A named pipe.
    Pipe,
    /// A socket.
    Socket,
    /// A terminal, a disk, `/dev/zero`.
    Device,
    /// A link that is not to be followed.
    Link,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Directory => "a directory",
            Self::Pipe => "a pipe",
            Self::Socket => "a socket",
            Self::Device => "a device",
            Self::Link => "a link",
        })
    }
}

/// The kind of an open file; `None` for a regular one.
pub(crate) fn of(file: &File) -> io::Result<Option<Kind>> {
    let kind = file.metadata()?.file_type();
    Ok(if kind.is_file() {
        None
    } else if kind.is_dir() {
        Some(Kind::Directory)
    } else if kind.is_fifo() {
        Some(Kind::Pipe)
    } else if kind.is_socket() {
        Some(Kind::Socket)
    } else if kind.is_symlink() {
        Some(Kind::Link)
    } else {
        Some(Kind::Device)
    })
}

/// The open file, if it is a regular one.
pub(crate) fn regular(file: File) -> Result<File, FileError> {
    match of(&file)? {
        None => Ok(file),
        Some(kind) => Err(FileError::NotAFile(kind)),
    }
}

/// What the system says where a path cannot even be opened because of what it is.
pub(crate) fn opening(error: io::Error) -> FileError {
    match rustix::io::Errno::from_io_error(&error) {
        Some(rustix::io::Errno::NXIO) => FileError::NotAFile(Kind::Socket),
        Some(rustix::io::Errno::LOOP) => FileError::NotAFile(Kind::Link),
        Some(rustix::io::Errno::ISDIR) => FileError::NotAFile(Kind::Directory),
        // Not from the system: the path was refused before the system was asked.
        None if error.kind() == io::ErrorKind::PermissionDenied => FileError::Outside,
        Some(rustix::io::Errno::XDEV) => FileError::Outside,
        _ => FileError::Io(error),
    }
}

/// The same for writing, where a pipe that nobody reads cannot be opened.
pub(crate) fn opening_to_write(error: io::Error) -> FileError {
    match rustix::io::Errno::from_io_error(&error) {
        Some(rustix::io::Errno::NXIO) => FileError::NotAFile(Kind::Pipe),
        _ => opening(error),
    }
}
