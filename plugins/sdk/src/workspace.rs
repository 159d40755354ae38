//! The working copy on the user's machine. Paths are relative to its root and cannot leave it.

use crate::bindings::powers::windlass::plugin::{workspace_read, workspace_write};
use crate::error::{Error, failed};

/// A file or directory of the working copy.
pub use workspace_read::Entry;

/// Reads a file of at most `max` bytes. Power `workspace-read`.
///
/// # Errors
/// When the power was not granted, there is no such file, or it is larger.
pub fn read(path: &str, max: u32) -> Result<Vec<u8>, Error> {
    workspace_read::read(path, max)
}

/// Reads a UTF-8 file of at most `max` bytes. Power `workspace-read`.
///
/// # Errors
/// When the power was not granted, there is no such file, it is larger, or it is not UTF-8.
pub fn read_text(path: &str, max: u32) -> Result<String, Error> {
    String::from_utf8(read(path, max)?).map_err(|_| failed(format!("{path} is not UTF-8 text")))
}

/// What a directory holds, by name. Power `workspace-read`.
///
/// # Errors
/// When the power was not granted or there is no such directory.
pub fn entries(path: &str) -> Result<Vec<Entry>, Error> {
    workspace_read::entries(path)
}

/// Writes a file, in place of the one that was there. Power `workspace-write`.
///
/// # Errors
/// When the power was not granted or the file cannot be written.
pub fn write(path: &str, contents: &[u8]) -> Result<(), Error> {
    workspace_write::write(path, contents)
}
