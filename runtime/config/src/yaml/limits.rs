//! How much a file may ask for. Far above any real file, far below what would be felt.

/// Limits on one file. Each exists because a small file can otherwise ask for unbounded memory or time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Bytes of the file itself.
    pub bytes: usize,
    /// Weight of the whole tree with every alias written out.
    pub weight: u64,
    /// Levels of nesting with every alias written out; recursion over the tree relies on it.
    pub depth: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 1024 * 1024, weight: 200_000, depth: 64 }
    }
}
