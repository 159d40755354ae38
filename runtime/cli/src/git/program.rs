//! The `git` program.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::Git;

/// The `git` program, run in one directory.
#[derive(Debug, Clone)]
pub struct Program {
    directory: PathBuf,
}

/// Why git gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// It could not be started.
    #[error("git cannot be run")]
    Start(#[source] io::Error),
    /// The directory is in no working copy.
    #[error("not a git checkout")]
    NoRepository,
    /// It refused, in its own words.
    #[error("git: {0}")]
    Refused(String),
}

impl Program {
    /// Git for the working copy that a directory lies in.
    pub fn new(directory: &Path) -> Self {
        Self { directory: directory.to_owned() }
    }
}

impl Git for Program {
    fn ask(&self, arguments: &[&str]) -> Result<Option<String>, ProgramError> {
        let output = Command::new("git")
            .args(arguments)
            .current_dir(&self.directory)
            .env("LC_ALL", "C")
            // Looking must not write: no refreshed index, no lock that stops a commit next door.
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_TERMINAL_PROMPT", "0")
            .stdin(Stdio::null())
            .output()
            .map_err(ProgramError::Start)?;
        if output.status.success() {
            return Ok(Some(String::from_utf8_lossy(&output.stdout).into_owned()));
        }
        if output.status.code() == Some(1) {
            return Ok(None);
        }
        let message = String::from_utf8_lossy(&output.stderr);
        if message.contains("not a git repository") {
            return Err(ProgramError::NoRepository);
        }
        let first = message.lines().next().unwrap_or("it ended without a word");
        Err(ProgramError::Refused(first.trim_start_matches("fatal: ").to_owned()))
    }
}
