//! What a cache instruction says of its key and its content.

use serde::Serialize;

use crate::docker::PushPattern;

/// What the content of a cache depends on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CacheKey {
    /// What this script writes.
    Script(CacheScript),
    /// This text.
    Text(String),
    /// Nothing is said: the task, and its place among tasks like it.
    Task,
}

/// A script that runs like any other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CacheScript {
    /// The lines of one file that one process runs.
    pub lines: Vec<String>,
    /// What its commands may push.
    pub pushes: Vec<PushPattern>,
}
