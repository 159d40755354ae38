//! What the `git` program says of a working copy: the facts behind the `CIRRUS_*` variables of a change and its repository.
//!
//! A directory that is no git checkout is fine: the variables are unset, and a remark says so once.

mod confinement;
mod facts;
mod program;
mod remote;
mod variables;

pub use facts::{Absent, Facts, gather};
pub use program::{Program, ProgramError};
pub use remote::Remote;

/// The port to git: one question, one answer.
pub trait Git {
    /// Runs `git` with these arguments in the working copy and returns what it prints; `None` when it exits with 1, by which
    /// git says "there is none".
    ///
    /// # Errors
    /// When git is not installed, or exits with another code.
    fn ask(&self, arguments: &[&str]) -> Result<Option<String>, ProgramError>;
}
