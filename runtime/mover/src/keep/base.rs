//! The tree that a place is compared with.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use windlass_mover_protocol::{Blob, Failed, Place};

use super::reading::Read;
use crate::blobs::Store;
use crate::memory::Memory;
use crate::stamp::Stamp;
use crate::tree::{self, Content, Entry, Kind, Tree, in_order};
use crate::walk::{Found, What};

/// A tree, and how its files were left if this program has restored it here.
pub(super) struct Base {
    pub(super) tree: Tree,
    left: Option<Arc<Vec<Option<Stamp>>>>,
}

impl Base {
    /// The base that the host names. One that the store has not got, or that is of no use, is as good as none: more is sent then.
    ///
    /// # Errors
    /// When the order is cancelled.
    pub(super) fn fetch(
        store: &Store,
        memory: &Memory,
        place: &Place,
        base: Option<&(Blob, Vec<Blob>)>,
    ) -> Result<Option<Self>, Failed> {
        let Some((blob, packs)) = base else { return Ok(None) };
        let bytes = match store.fetch(*blob, tree::LARGEST) {
            Ok(bytes) => bytes,
            Err(Failed::Store(_) | Failed::Corrupt(_)) => return Ok(None),
            Err(failed) => return Err(failed),
        };
        let tree = Tree::decode(&bytes).and_then(|tree| tree.check(packs).map(|()| tree));
        Ok(tree.ok().map(|tree| Self { tree, left: memory.left(&place.base, blob.digest) }))
    }

    /// The content of those files, by their numbers, that are as this program has left them.
    pub(super) fn unchanged(&self, found: &[Found]) -> HashMap<usize, Read> {
        let mut unchanged = HashMap::new();
        let Some(left) = &self.left else { return unchanged };
        let mut known = self.tree.entries.iter().zip(left.iter()).peekable();
        for (number, found) in found.iter().enumerate() {
            while known.next_if(|(entry, _)| in_order(&entry.path, &found.path) == Ordering::Less).is_some() {}
            let Some((entry, Some(stamp))) = known.peek() else { continue };
            let same = entry.path == found.path && *stamp == found.stamp && matches!(found.what, What::File);
            if let (true, Kind::File(content)) = (same, &entry.kind) {
                unchanged.insert(number, Read { content: content.clone(), stamp: *stamp });
            }
        }
        unchanged
    }

    /// Whether a place with these entries is as the tree says. When a directory or a link was modified is no difference: whoever makes a file and
    /// removes it again changes that.
    pub(super) fn is_as(&self, entries: &[Entry]) -> bool {
        let content = |one: &Entry, other: &Entry| match (&one.kind, &other.kind) {
            (Kind::File(one_has), Kind::File(other_has)) => one.modified == other.modified && is_same(one_has, other_has),
            (one, other) => one == other,
        };
        let same = |(one, other): (&Entry, &Entry)| one.path == other.path && one.mode == other.mode && content(one, other);
        self.tree.entries.len() == entries.len() && self.tree.entries.iter().zip(entries).all(same)
    }
}

/// Whether two files have the same bytes, wherever those are packed.
fn is_same(one: &Content, other: &Content) -> bool {
    let chunks = |content: &Content| content.extents.iter().map(|extent| (extent.at, extent.chunk)).collect::<Vec<_>>();
    one.size == other.size && chunks(one) == chunks(other)
}
