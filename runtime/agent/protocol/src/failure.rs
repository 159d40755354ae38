//! Why the agent refused a request.

use serde::{Deserialize, Serialize};

use crate::found::{DEEPEST, NAMES};
use crate::{CommandId, SecretName, UploadId};

/// A request that was refused. Asking again changes nothing, except after [`Failure::Busy`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Failure {
    /// No command was started under this name.
    #[error("no command named {0} was started")]
    UnknownCommand(CommandId),
    /// The name is taken by a command that differs.
    #[error("another command was started under the name {0}")]
    Conflict(CommandId),
    /// These bytes were acknowledged before, so they are gone.
    #[error("output before byte {available_from} was acknowledged and dropped")]
    Trimmed {
        /// The first byte that is still there.
        available_from: u64,
    },
    /// The offset lies after the end of what was written.
    #[error("byte {offset} was not written yet: output ends at {end}")]
    AheadOfOutput {
        /// What was asked for.
        offset: u64,
        /// Where output ends now.
        end: u64,
    },
    /// A secret that the agent was never given.
    #[error("the container has no secret named {0}")]
    UnknownSecret(SecretName),
    /// A file could not be read, written or removed.
    #[error("{action} {path:?}: {reason}")]
    File {
        /// What was tried.
        action: String,
        /// Where.
        path: String,
        /// The system's words.
        reason: String,
        /// Whether it was because there is no such file.
        missing: bool,
    },
    /// An archive was refused or could not be unpacked.
    #[error("unpacking the archive: {reason}")]
    Archive {
        /// What is wrong with it, and in which entry.
        reason: String,
    },
    /// Bytes of an upload arrived out of order, too many at once, or under an unknown name.
    #[error("upload {id}: {reason}")]
    Upload {
        /// The upload.
        id: UploadId,
        /// What is wrong.
        reason: String,
    },
    /// Too many requests are under way.
    #[error("too many requests are under way in the container")]
    Busy,
    /// The agent is ending and starts nothing more.
    #[error("the container is shutting down")]
    ShuttingDown,
    /// The request makes no sense.
    #[error("the request was refused: {reason}")]
    Invalid {
        /// Why.
        reason: String,
    },
    /// The container's system failed the agent.
    #[error("{action}: {reason}")]
    System {
        /// What was tried.
        action: String,
        /// The system's words.
        reason: String,
    },
    /// A file that a pattern names lies elsewhere.
    #[error("{path:?} is a link that leads out of the working directory; copy what it leads to into that directory")]
    Outside {
        /// Which.
        path: String,
    },
    /// A file is not what it was when it was found.
    #[error("{path:?} was changed while it was read")]
    Changed {
        /// Which.
        path: String,
    },
    /// More files match than were asked for, or their names are longer than a message.
    #[error(
        "the pattern matches more than {most} files, or files whose names have more than {NAMES} bytes together; name fewer files, or pack them into an archive"
    )]
    TooMany {
        /// The most files.
        most: u32,
    },
    /// Directories that a pattern leads through are in each other too deeply.
    #[error("{path:?} lies more than {DEEPEST} directories deep; name files above it")]
    TooDeep {
        /// The directory.
        path: String,
    },
}
