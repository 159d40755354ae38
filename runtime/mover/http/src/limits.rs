//! What no client may go beyond.

use std::time::Duration;

/// The most bytes of a request's line and headers.
pub const HEAD: usize = 32 << 10;

/// The most headers of a request.
pub const HEADERS: usize = 64;

/// The most bytes of a key, decoded.
pub const KEY: usize = 1024;

/// Bounds that whoever starts the server chooses.
#[derive(Debug, Clone)]
pub struct Limits {
    /// How many connections are served at once. One that waits for a request makes room for a new one; when all are busy, new ones wait.
    pub connections: usize,
    /// How long a connection may say nothing between requests, and how long a body may stand still in either direction.
    pub idle: Duration,
    /// How long the line and headers of a request may take.
    pub head: Duration,
    /// How many bytes a second a body has to bring on average, after `idle`.
    pub rate: u64,
    /// The most bytes of one value.
    pub body: u64,
    /// The most bytes that lie on the disk at once, on their way to the store or from it.
    pub spool: u64,
    /// How many uploads of the Actions cache are open at once. A new one takes the place of the one that was left alone longest.
    pub uploads: usize,
    /// How long such an upload keeps its key and its space when nobody goes on with it.
    pub alone: Duration,
    /// How many blocks they have together.
    pub blocks: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 64,
            idle: Duration::from_secs(120),
            head: Duration::from_secs(15),
            rate: 1024,
            body: 16 << 30,
            spool: 32 << 30,
            uploads: 64,
            alone: Duration::from_secs(600),
            blocks: 100_000,
        }
    }
}
