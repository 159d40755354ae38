//! Requests and responses.
//!
//! Every request has a number that its responses carry back. One request may have many responses
//! ([`Request::Follow`], [`Request::OpenUpload`]); a few have none and say so. All of
//! them may be repeated after a lost stream.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Command, CommandId, Failure, Found, Glob, Part, Probe, Readiness, Record, SecretName, UploadId};

/// A request, numbered by the host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Unique among the calls of one connection.
    pub number: u32,
    /// What is asked.
    pub request: Request,
}

/// A response, with the number of its request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// The request's number.
    pub number: u32,
    /// What is answered.
    pub response: Response,
}

/// What the host can ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Request {
    /// Answer: [`Response::Done`]. It proves that the stream works, and that the host lives.
    Ping,
    /// Starts a command, once. Answer: [`Response::Done`], also when the command cannot be started: its record says so.
    Start(Box<Command>),
    /// Sends a command's output from `offset` on as [`Response::Data`], and at last
    /// [`Response::Finished`]. It acknowledges all bytes before `acknowledged`.
    Follow {
        /// Whose output.
        id: CommandId,
        /// The first byte wanted.
        offset: u64,
        /// The first byte not yet consumed: between it and `offset` lies what the host has received and holds.
        acknowledged: u64,
        /// How many bytes may be under way that were not acknowledged.
        window: u64,
    },
    /// Waits for a command's end. Answer: [`Response::Finished`].
    Wait {
        /// The command.
        id: CommandId,
    },
    /// The bytes before `offset` have arrived for good; the agent may drop them. No answer.
    Acknowledge {
        /// Whose output.
        id: CommandId,
        /// The first byte not yet consumed.
        offset: u64,
    },
    /// Ends a command: SIGTERM, and SIGKILL after `grace`. Answer: [`Response::Done`] at once; its record follows.
    Stop {
        /// The command.
        id: CommandId,
        /// Time between the two signals.
        grace: Duration,
    },
    /// Tries until ready. Answer: [`Response::Probed`].
    Probe(Probe),
    /// Looks a program up in the container's `PATH`. Answer: [`Response::Program`].
    FindProgram {
        /// Its name, without a slash.
        name: String,
    },
    /// Writes a file at once (it appears complete or not at all), making its directories. Answer: [`Response::Done`].
    PutFile {
        /// Where.
        path: String,
        /// Permission bits.
        mode: u32,
        /// What.
        content: Content,
    },
    /// Reads part of a file. Answer: [`Response::File`].
    ReadFile {
        /// Which.
        path: String,
        /// First byte.
        offset: u64,
        /// At most that many; the agent may send fewer.
        max: u32,
    },
    /// Removes a file if it is there. Answer: [`Response::Done`].
    RemoveFile {
        /// Which.
        path: String,
    },
    /// Removes a directory and all in it if it is there. Answer: [`Response::Done`].
    RemoveDirectory {
        /// Which.
        path: String,
    },
    /// Gives the agent secrets, which it keeps in memory and masks from now on. One of a name that it knows is replaced; the old value
    /// stays masked. Answer: [`Response::Done`].
    PutSecrets(Vec<(SecretName, Secret)>),
    /// Begins or resumes an archive (tar in an LZ4 frame) that is unpacked into a directory.
    /// Answers: [`Response::Received`] at once and whenever bytes were taken off the stream.
    OpenUpload {
        /// Its name.
        id: UploadId,
        /// Where to; made if missing.
        directory: String,
    },
    /// The next bytes of an archive, at most [`UPLOAD_WINDOW`] beyond the last [`Response::Received`]. No answer.
    Upload {
        /// Which archive.
        id: UploadId,
        /// Place of the first byte.
        offset: u64,
        /// The bytes.
        #[serde(with = "serde_bytes")]
        bytes: Vec<u8>,
    },
    /// All was sent. Answer: [`Response::Unpacked`] when all is written.
    FinishUpload {
        /// Which archive.
        id: UploadId,
        /// The number of bytes sent, compressed.
        bytes: u64,
        /// Their SHA-256.
        sha256: [u8; 32],
    },
    /// Answer: [`Response::Stats`].
    Stats,
    /// Answer: [`Response::Architecture`].
    Architecture,
    /// Finds the files below a directory that match a pattern. Answer: [`Response::Found`].
    FindFiles {
        /// Where. One that is not there has no files.
        directory: String,
        /// Which.
        pattern: Glob,
        /// More files than that are a failure.
        most: u32,
    },
    /// Reads parts of files that were found, if all of them are still those that were found. Answer: [`Response::Parts`].
    ReadFound {
        /// The directory that they were found in.
        directory: String,
        /// Which: at most [`ANSWER`](crate::found::ANSWER) bytes together, and at most [`PARTS`](crate::found::PARTS).
        parts: Vec<Part>,
    },
    /// Ends the call of that number. No answer, to either.
    Cancel {
        /// The call.
        number: u32,
    },
}

/// How many bytes of an archive may be under way, compressed.
pub const UPLOAD_WINDOW: u64 = 4 << 20;

/// What a file is filled with.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Content {
    /// Bytes. At most [`LARGEST_PAYLOAD`](crate::frame::LARGEST_PAYLOAD).
    Bytes(#[serde(with = "serde_bytes")] Vec<u8>),
    /// The value of a secret.
    Secret(SecretName),
}

impl fmt::Debug for Content {
    /// Shows the size only: files may hold credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(bytes) => write!(f, "{} bytes", bytes.len()),
            Self::Secret(name) => write!(f, "secret {name}"),
        }
    }
}

/// A secret's value. Never shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret(#[serde(with = "serde_bytes")] pub Vec<u8>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("secret")
    }
}

/// What the agent can answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Response {
    /// Who the agent is: its first word on every connection, under no request's number. That it can say it proves it.
    Hello(Greeting),
    /// Done, and nothing to say about it.
    Done,
    /// Bytes of a followed command.
    Data {
        /// Place of the first byte.
        offset: u64,
        /// The bytes, masked.
        #[serde(with = "serde_bytes")]
        bytes: Vec<u8>,
    },
    /// The command has ended, and this was all of its output.
    Finished(Box<Record>),
    /// What a probe found.
    Probed(Readiness),
    /// Path of a program, if there is one.
    Program(Option<String>),
    /// Part of a file.
    File {
        /// The bytes, not masked.
        #[serde(with = "serde_bytes")]
        bytes: Vec<u8>,
        /// Whether the file ends after them.
        end: bool,
    },
    /// Parts of files: their bytes, one after the other, as they were asked for.
    Parts {
        /// The bytes, not masked.
        #[serde(with = "serde_bytes")]
        bytes: Vec<u8>,
        /// Whether they are one block of LZ4, because that is shorter.
        packed: bool,
    },
    /// All bytes of an upload before this offset have been taken.
    Received {
        /// The first byte not yet taken.
        offset: u64,
    },
    /// An archive is unpacked.
    Unpacked {
        /// The number of files, directories and links.
        entries: u64,
    },
    /// The files that match.
    Found(Found),
    /// How the container fares.
    Stats(Stats),
    /// What programs the container runs: `amd64` or `arm64`, as images name it.
    Architecture(String),
    /// The request was refused.
    Failed(Failure),
}

/// Who the agent is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Greeting {
    /// Time since its start.
    pub uptime: Duration,
}

/// How the container fares, as far as its kernel tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stats {
    /// Time since the agent's start.
    pub uptime: Duration,
    /// The most memory that the container has used, in bytes.
    pub memory_peak: Option<u64>,
    /// How much it may use, in bytes; `None` without a limit.
    pub memory_limit: Option<u64>,
    /// How many processes were killed for want of memory.
    pub oom_kills: Option<u64>,
    /// Output held for want of acknowledgement, in bytes.
    pub spooled: u64,
}
