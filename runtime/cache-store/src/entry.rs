//! What is stored under a key.

use serde::{Deserialize, Serialize};
use windlass_mover_client::protocol::Blob;

/// What is stored under a key of a scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The key, whole.
    pub key: String,
    /// The cache's name; empty of what came through the HTTP cache.
    pub name: String,
    /// The folders that it was made of, as the file names them: in others it is of no use.
    pub folders: Vec<String>,
    /// The task that stored it.
    pub task: String,
    /// The run that stored it.
    pub run: String,
    /// When, in milliseconds since 1970 by the clock of the host.
    pub created: u64,
    /// What a mover restores it from, or the bytes themselves of the HTTP cache.
    pub tree: Blob,
    /// The packs that the tree names.
    pub packs: Vec<Blob>,
    /// Files, directories and links.
    pub entries: u64,
    /// The bytes of the files.
    pub bytes: u64,
    /// What the key was made of, for `cache explain`.
    pub fingerprint: Option<Fingerprint>,
}

/// What a key was made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// What the script wrote, masked, at most 64 KiB of it.
    pub output: String,
    /// Whether that is all.
    pub whole: bool,
}

impl Entry {
    /// All that it is made of: the tree, then the packs.
    pub fn blobs(&self) -> impl Iterator<Item = &Blob> {
        std::iter::once(&self.tree).chain(&self.packs)
    }
}
