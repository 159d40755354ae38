//! Trees: what the files of a cache are called, and where their bytes are.

mod check;
mod format;

use serde::{Deserialize, Serialize};
use windlass_mover_protocol::{Blob, Sha256};

pub(crate) use check::in_order;

/// The most entries of a tree.
pub(crate) const ENTRIES: usize = 1_000_000;

/// The longest path from the base, and the longest target of a link.
pub(crate) const LONGEST_PATH: usize = 4096;

/// The most bytes of a tree as it is stored.
pub(crate) const LARGEST: u64 = 128 << 20;

/// What a cache is made of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tree {
    pub(crate) packs: Vec<Pack>,
    /// In the order of their paths, name by name: a directory comes before what is in it.
    pub(crate) entries: Vec<Entry>,
}

/// A pack that the entries name by its place in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pack {
    pub(crate) blob: Blob,
    /// How many bytes it stands for.
    pub(crate) raw: u64,
}

/// A file, a directory or a link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// From the base.
    #[serde(with = "serde_bytes")]
    pub(crate) path: Vec<u8>,
    pub(crate) mode: u32,
    /// When it was modified, in nanoseconds since 1970.
    pub(crate) modified: i64,
    pub(crate) kind: Kind,
}

/// What an entry is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind {
    Directory,
    File(Content),
    /// A symbolic link, and where it leads.
    Link(#[serde(with = "serde_bytes")] Vec<u8>),
    /// Another name of the file that is this entry.
    HardLink(u32),
}

/// The content of a file. What no extent covers is zeros.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Content {
    pub(crate) size: u64,
    /// In the order of the file, apart.
    pub(crate) extents: Vec<Extent>,
}

/// A chunk of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Extent {
    /// Where in the file.
    pub(crate) at: u64,
    pub(crate) chunk: Sha256,
    /// In which pack.
    pub(crate) pack: u32,
    /// Where in what the pack stands for.
    pub(crate) offset: u32,
    pub(crate) length: u32,
}

impl Content {
    /// Whether one chunk is all of the file.
    pub(crate) fn is_one_chunk(&self) -> bool {
        matches!(self.extents.as_slice(), [only] if u64::from(only.length) == self.size)
    }
}

/// Bytes that are no tree.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TreeError {
    #[error("its list of files is of format {0}, which this windlass does not know")]
    Version(u8),
    #[error("its list of files is damaged")]
    Damaged,
    #[error("its list of files is too long")]
    TooLong,
    #[error("its list of files names a pack that is not among those of the entry")]
    UnknownPack,
    #[error("its list of files names a pack of an impossible size")]
    PackSize,
    #[error("its list of files names `{0}`, which is no name below a directory")]
    Name(String),
    #[error("its list of files is not in order at `{0}`")]
    Order(String),
    #[error("its list of files has `{0}` below what is not a directory")]
    Parent(String),
    #[error("its list of files has impossible bytes for `{0}`")]
    Content(String),
    #[error("its list of files has an impossible link at `{0}`")]
    Link(String),
}

#[cfg(test)]
mod tests;
