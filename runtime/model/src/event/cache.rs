//! How a cache of a step fared.

use serde::{Deserialize, Serialize};

/// How a cache fared: when its instruction ran, or when it was to be stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "result")]
pub enum CacheOutcome {
    /// What is stored under its key was restored.
    Restored {
        /// Files, directories and links.
        entries: u64,
        /// The bytes of the files.
        size: u64,
        /// The bytes that came from the store.
        fetched: u64,
    },
    /// Nothing is stored under its key, and what is stored under another key of its name was restored.
    RestoredOther {
        /// That key.
        from: String,
        /// Files, directories and links.
        entries: u64,
        /// The bytes of the files.
        size: u64,
        /// The bytes that came from the store.
        fetched: u64,
    },
    /// Nothing was restored.
    Missed {
        /// Why, in a few words.
        why: String,
    },
    /// It was stored.
    Stored {
        /// Files, directories and links.
        entries: u64,
        /// The bytes of the files.
        size: u64,
        /// The bytes that went to the store.
        sent: u64,
    },
    /// There was no reason to store it.
    NotStored {
        /// Why, in a few words.
        why: String,
    },
}
