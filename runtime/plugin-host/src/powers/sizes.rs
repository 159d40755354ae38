//! How much one argument of a call may be. What is more is an error that the plugin can tell of, and no trap.

use windlass_engine::ports::plugin::LARGEST_FILE;

use crate::bindings::powers::windlass::plugin::types::Error;
use crate::state::failed;

/// A path, as Linux has it.
pub(super) const PATH: usize = 4096;

/// A name of a container, a secret, a program, a variable.
pub(super) const NAME: usize = 1024;

/// A value of a variable; bytes that become a secret.
pub(super) const VALUE: usize = 1 << 20;

/// A file, or what a command reads.
pub(super) const FILE: usize = LARGEST_FILE;

/// The words and the variables of a command together, and how many they are.
pub(super) const COMMAND: usize = 2 << 20;
pub(super) const WORDS: usize = 16 << 10;

/// Refuses what is larger; `what` is the argument.
pub(super) fn fits(what: &str, size: usize, most: usize) -> Result<(), Error> {
    if size > most { Err(failed(format!("{what} has {size} bytes, and at most {most} are allowed"))) } else { Ok(()) }
}

/// Refuses a path that is too long or is cut by a NUL.
pub(super) fn path(path: &str) -> Result<(), Error> {
    fits("a path", path.len(), PATH)?;
    if path.contains('\0') { Err(failed("a path cannot hold a NUL")) } else { Ok(()) }
}
