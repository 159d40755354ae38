//! What this program has restored, and how it left it: such files need not be read to know that they are as they were.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use windlass_mover_protocol::Sha256;

use crate::stamp::Stamp;
use crate::sync::lock;

/// So many restored trees are remembered.
const TREES: usize = 64;

/// By place and tree.
#[derive(Default)]
pub(crate) struct Memory {
    restored: Mutex<VecDeque<Restored>>,
}

struct Restored {
    base: String,
    tree: Sha256,
    left: Arc<Vec<Option<Stamp>>>,
}

impl Memory {
    /// Remembers how the files of a tree were left, by their places in it.
    pub(crate) fn remember(&self, base: &str, tree: Sha256, left: Vec<Option<Stamp>>) {
        let mut restored = lock(&self.restored);
        // What was restored at a place before may be changed by what was restored there now.
        restored.retain(|known| known.tree != tree || known.base != base);
        if restored.len() == TREES {
            restored.pop_front();
        }
        restored.push_back(Restored { base: base.to_owned(), tree, left: Arc::new(left) });
    }

    /// How the files of a tree were left, if it was restored here.
    pub(crate) fn left(&self, base: &str, tree: Sha256) -> Option<Arc<Vec<Option<Stamp>>>> {
        let restored = lock(&self.restored);
        restored.iter().find(|known| known.tree == tree && known.base == base).map(|known| Arc::clone(&known.left))
    }
}
