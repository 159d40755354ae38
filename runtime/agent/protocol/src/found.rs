//! Files that were found in a container, for the host to read.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The most bytes of names in one answer.
pub const NAMES: usize = 4 << 20;

/// The most names of what was passed over in one answer.
pub const TOLD: usize = 20;

/// How deep directories are looked into.
pub const DEEPEST: usize = 256;

/// The most bytes of files that one answer carries. What is read for one answer is all that the agent holds of them.
pub const ANSWER: usize = 256 << 10;

/// The most parts of files in one answer.
pub const PARTS: usize = 1024;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Found {
    /// The files, by their paths in order, each once.
    pub files: Vec<FoundFile>,
    /// What matches and is no file: the first of them.
    pub passed_over: Vec<PassedOver>,
    /// How many more were passed over.
    pub more: u64,
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundFile {
    /// Its path below the directory, as bytes: names need not be text.
    #[serde(with = "serde_bytes")]
    pub path: Vec<u8>,
    /// Its length in bytes when it was found.
    pub size: u64,
    /// What tells it from another that takes its place.
    pub stamp: Stamp,
}

/// A part of a file that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Which file.
    pub file: FoundFile,
    /// First byte.
    pub offset: u64,
    /// How many bytes: no more than the file had from there on when it was found.
    pub length: u32,
}

/// What tells a file from another, and one that is as it was from one that was written again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// The file system's number.
    pub device: u64,
    /// The file's number in it.
    pub inode: u64,
    /// When it was last written, in seconds and nanoseconds since 1970.
    pub modified: (i64, i64),
}

/// Something that matches and is no file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassedOver {
    /// Its path below the directory.
    #[serde(with = "serde_bytes")]
    pub path: Vec<u8>,
    /// What it is.
    pub why: Why,
}

/// Why something was passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Why {
    /// A directory that a pattern names without a `*`.
    Directory,
    /// A link that leads nowhere.
    Dangling,
    /// A pipe.
    Pipe,
    /// A socket.
    Socket,
    /// A device.
    Device,
}

/// What goes behind "it is".
impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Directory => "a directory",
            Self::Dangling => "a link that leads nowhere",
            Self::Pipe => "a pipe",
            Self::Socket => "a socket",
            Self::Device => "a device",
        })
    }
}
