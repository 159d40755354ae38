//! Reads files that anybody may have put there.
//!
//! Whoever writes a repository chooses what its files are: a link to somebody's key, a pipe that nobody writes to, a device, a gigabyte
//! of nothing. There are two ways to a file, and both take regular files alone, up to a size, and never wait for another process:
//!
//! - [`Tree`]: what is found in a project by itself. A path, whatever links it leads over, stays in the project.
//! - [`named()`]: what a person named. It may lie anywhere.
//!
//! What windlass keeps for itself between runs lies in directories that nobody else can write: [`own`].
//!
//! What kind of file it is, is asked of the open file: between a question about a path and its opening, the path may become another file.

mod atomic;
mod kind;
mod named;
pub mod own;
mod tree;

use std::fs::File;
use std::io::{self, Read as _};

pub use atomic::write_whole;
pub use kind::Kind;
pub use named::{exists, named, open_named, put_named, write_named};
pub use tree::Tree;

/// Bytes of a file that people write by hand, and more than any has.
pub const TEXT: u64 = 8 << 20;

/// Why a file was not taken. No message holds anything of what is in the file.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The system refused.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It is something else.
    #[error("it is {0}, and not a file")]
    NotAFile(Kind),
    /// It is too large.
    #[error("it has more than {0} bytes")]
    TooLarge(u64),
    /// It is a link, or lies behind one, that leads out of the project.
    #[error("it leads out of the project; only files in the project are taken")]
    Outside,
}

impl FileError {
    /// Whether there is no such file.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Io(error) if error.kind() == io::ErrorKind::NotFound)
    }
}

impl From<FileError> for io::Error {
    fn from(error: FileError) -> Self {
        match error {
            FileError::Io(error) => error,
            other => Self::other(other),
        }
    }
}

/// The whole of an open file, which is a regular one: of [`Tree::file`] or [`open_named`], for whoever asks more of it than its bytes.
///
/// # Errors
/// When it has more than `longest` bytes, or the disk fails.
pub fn read_open(file: &File, longest: u64) -> Result<Vec<u8>, FileError> {
    contents(file, longest)
}

/// The whole of an open file that is known to be regular.
fn contents(file: &File, longest: u64) -> Result<Vec<u8>, FileError> {
    if file.metadata()?.len() > longest {
        return Err(FileError::TooLarge(longest));
    }
    bounded(file, longest)
}

/// All that comes, as long as it is not too much: a file may grow while it is read.
fn bounded(file: &File, longest: u64) -> Result<Vec<u8>, FileError> {
    let mut bytes = Vec::new();
    file.take(longest.saturating_add(1)).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length <= longest) { Ok(bytes) } else { Err(FileError::TooLarge(longest)) }
}

/// The flags of every opening: a pipe does not wait for its other end, a terminal does not become the process's own.
fn flags() -> i32 {
    let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
    flags.bits().cast_signed()
}

#[cfg(test)]
mod tests;
