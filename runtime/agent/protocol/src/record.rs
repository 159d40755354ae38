//! How a command ended, and the proof that its output is complete.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{CommandId, SecretName};

/// The last word on a command. Only a record makes a command successful, never the end of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Whose record it is.
    pub id: CommandId,
    /// How it ended.
    pub outcome: Outcome,
    /// All that it wrote, masked.
    pub output: Extent,
    /// From start to end.
    pub elapsed: Duration,
    /// The largest resident set of one of its processes, in bytes.
    pub max_rss: u64,
}

impl Record {
    /// Whether the command ended by itself with exit code 0.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.outcome == Outcome::Exited(0)
    }
}

/// How much was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extent {
    /// Number of bytes.
    pub bytes: u64,
    /// Their SHA-256.
    pub sha256: [u8; 32],
}

/// How a command ended. A command that the agent made end is never `Exited`, whatever code it
/// returned: programs that exit with 0 on SIGTERM have not finished their work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// By itself, with this exit code.
    Exited(i32),
    /// By a signal that was not the agent's doing: number 9 is often the kernel's, out of memory.
    Signaled(i32),
    /// Its time was up.
    TimedOut,
    /// The host stopped it.
    Stopped,
    /// The whole container had to end.
    Interrupted(Interruption),
    /// The disk failed the agent, so that its output is not complete.
    OutputLost {
        /// The system's words.
        reason: String,
    },
    /// It never ran.
    NotStarted(StartFailure),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exited(code) => write!(f, "exited with code {code}"),
            Self::Signaled(signal) => write!(f, "was ended by signal {signal}"),
            Self::TimedOut => f.write_str("ran out of time"),
            Self::Stopped => f.write_str("was stopped"),
            Self::Interrupted(why) => write!(f, "was interrupted: {why}"),
            Self::OutputLost { reason } => write!(f, "has lost output: {reason}"),
            Self::NotStarted(why) => write!(f, "could not be started: {why}"),
        }
    }
}

/// Why the agent ended everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Interruption {
    /// SIGTERM from outside: the container was deleted or evicted.
    #[error("the container was told to end")]
    Terminated,
    /// The deadline that the container was given.
    #[error("the container's deadline has passed")]
    Deadline,
    /// The host was not heard of for too long.
    #[error("the host has gone silent")]
    HostLost,
}

/// Why a command could not be started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum StartFailure {
    /// No such program.
    #[error("there is no program {program:?} (looked in {searched:?}); does the image have it?")]
    ProgramNotFound {
        /// As given, after expansion.
        program: String,
        /// The `PATH`, or the working directory when the program is a path.
        searched: String,
    },
    /// The file is there, and the kernel refuses to run it.
    #[error("{program:?} cannot be executed: {reason}")]
    NotExecutable {
        /// Path of the file.
        program: String,
        /// The system's words.
        reason: String,
    },
    /// A secret that the agent was never given.
    #[error("the container has no secret named {0}")]
    UnknownSecret(SecretName),
    /// A value that no process can be given.
    #[error("{what} holds a NUL byte or, as a variable's name, is empty or has '='")]
    InvalidValue {
        /// Which value.
        what: String,
    },
    /// The working directory cannot be made or entered.
    #[error("the working directory {path:?} cannot be used: {reason}")]
    WorkingDirectory {
        /// After expansion.
        path: String,
        /// The system's words.
        reason: String,
    },
    /// Something that is not the command's fault.
    #[error("{action}: {reason}")]
    System {
        /// What was tried.
        action: String,
        /// The system's words.
        reason: String,
    },
}
