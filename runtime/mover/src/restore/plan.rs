//! Which bytes of which pack go where.

use windlass_mover_protocol::Blob;

use crate::tree::{Kind, Tree};

/// What has to be fetched.
pub(super) struct Plan {
    pub(super) packs: Vec<PackPlan>,
}

/// A pack that is needed.
pub(super) struct PackPlan {
    pub(super) blob: Blob,
    /// By their place in the pack.
    pub(super) writes: Vec<Write>,
}

/// A chunk of a pack, and where it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Write {
    pub(super) offset: u32,
    pub(super) length: u32,
    /// The number of the file.
    pub(super) file: usize,
    /// Where in it.
    pub(super) at: u64,
}

impl Plan {
    /// Everything that a tree names.
    pub(super) fn of(tree: &Tree) -> Self {
        let mut packs: Vec<PackPlan> = tree.packs.iter().map(|pack| PackPlan { blob: pack.blob, writes: Vec::new() }).collect();
        for (file, entry) in tree.entries.iter().enumerate() {
            let Kind::File(content) = &entry.kind else { continue };
            for extent in &content.extents {
                // The tree was checked: it names no pack that it does not list.
                if let Some(pack) = usize::try_from(extent.pack).ok().and_then(|pack| packs.get_mut(pack)) {
                    pack.writes.push(Write { offset: extent.offset, length: extent.length, file, at: extent.at });
                }
            }
        }
        packs.retain(|pack| !pack.writes.is_empty());
        for pack in &mut packs {
            pack.writes.sort_unstable();
        }
        Self { packs }
    }
}
