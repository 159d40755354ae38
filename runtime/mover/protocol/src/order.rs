//! What the mover is told to do.

use serde::{Deserialize, Serialize};

use crate::Blob;

/// Work for the mover.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Order {
    /// Brings what a tree describes to a place. Answer: [`Outcome::Restored`].
    Restore {
        /// Where to.
        place: Place,
        /// The tree, as [`Kept::tree`] named it.
        tree: Blob,
        /// The packs that the host knows to belong to it; a tree that names another one is refused.
        packs: Vec<Blob>,
    },
    /// Puts what is at a place into the store: only what the store lacks of it. Answer: [`Outcome::Kept`], [`Outcome::Unchanged`] or
    /// [`Outcome::Empty`].
    Keep {
        /// What.
        place: Place,
        /// A tree to compare with, and its packs: that of the entry that was restored, else the newest of the name.
        base: Option<(Blob, Vec<Blob>)>,
        /// Whether nothing is to be done when the place is as `base` says: `base` was restored there.
        unless_unchanged: bool,
        /// The most bytes that the files may have together.
        most_bytes: u64,
        /// Values that no file should hold; which files do is told in [`Kept::secret_files`].
        secrets: Vec<Secret>,
    },
    /// Answers the HTTP cache protocols on a port of the loopback, until the stream ends. Answer, once it listens: [`Outcome::Serves`].
    Serve {
        /// The port; another free one is taken when this one is not.
        port: u16,
    },
}

/// The files of a cache in the container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// An absolute directory. Names in a tree count from it, and nothing is written outside of it.
    pub base: String,
    /// Folders or patterns (`*`, `**`) below it. Empty: all of it.
    pub folders: Vec<String>,
}

/// A value that is masked. Never shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret(#[serde(with = "serde_bytes")] pub Vec<u8>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("secret")
    }
}

/// How an order ended well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// All is there.
    Restored(Restored),
    /// It is in the store.
    Kept(Kept),
    /// The place is as it was when it was restored.
    Unchanged,
    /// There is no file.
    Empty,
    /// It listens.
    Serves {
        /// Where.
        port: u16,
        /// What clients of the Actions cache show it. It gives no access.
        token: String,
    },
}

/// What was restored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restored {
    /// Files, directories and links.
    pub entries: u64,
    /// The bytes of the files.
    pub bytes: u64,
    /// The bytes that came from the store.
    pub fetched: u64,
}

/// What was stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The tree: names, modes, times, and which bytes of which pack they have.
    pub tree: Blob,
    /// All packs that it names.
    pub packs: Vec<Blob>,
    /// Files, directories and links.
    pub entries: u64,
    /// The bytes of the files.
    pub bytes: u64,
    /// The bytes that went to the store.
    pub sent: u64,
    /// Files that hold a secret's value, a few of them; names that are not UTF-8 are shown as well as they can be.
    pub secret_files: Vec<String>,
    /// What could not be kept and was passed over (sockets, devices, pipes), a few of them.
    pub passed_over: Vec<String>,
}

/// Why an order was not carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Failed {
    /// The store did not give or take something, and the host may try again.
    Store(String),
    /// What the store gave is not what was asked for: the entry is of no use.
    Corrupt(String),
    /// The container could not: a full disk, a place that cannot be written, a folder over its bound.
    Container(String),
    /// It was cancelled.
    Cancelled,
}

/// Why, in words.
impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Store(why) | Self::Corrupt(why) | Self::Container(why) => f.write_str(why),
            Self::Cancelled => f.write_str("it was cancelled"),
        }
    }
}
