//! Which chunks need not be packed, and which packs there are.

use std::collections::HashMap;
use std::sync::Mutex;

use windlass_mover_protocol::{Failed, Sha256};

use crate::sync::{into_inner, lock};
use crate::tree::{Entry, Extent, Kind, Pack, Tree};

/// Where a chunk is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot {
    pub(super) pack: u32,
    pub(super) offset: u32,
    pub(super) length: u32,
}

/// All chunks and packs: first those of the base, then those that are made.
pub(super) struct Known {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    chunks: HashMap<Sha256, Spot>,
    /// By their numbers; one that is being filled is not there yet.
    packs: Vec<Option<Pack>>,
}

impl Spot {
    /// A chunk at a place in a file.
    pub(super) fn extent(self, at: u64, chunk: Sha256) -> Extent {
        Extent { at, chunk, pack: self.pack, offset: self.offset, length: self.length }
    }
}

impl Known {
    /// What the base knows.
    pub(super) fn of(base: Option<&Tree>) -> Self {
        let mut state = State::default();
        for extent in base.into_iter().flat_map(|tree| &tree.entries).flat_map(Entry::extents) {
            let spot = Spot { pack: extent.pack, offset: extent.offset, length: extent.length };
            state.chunks.entry(extent.chunk).or_insert(spot);
        }
        state.packs.extend(base.into_iter().flat_map(|tree| &tree.packs).cloned().map(Some));
        Self { state: Mutex::new(state) }
    }

    /// Where a chunk is, if anywhere.
    pub(super) fn find(&self, chunk: Sha256) -> Option<Spot> {
        lock(&self.state).chunks.get(&chunk).copied()
    }

    /// Says that a chunk will be in a spot. Somebody else may have been quicker: that spot is it then.
    pub(super) fn claim(&self, chunk: Sha256, spot: Spot) -> Result<(), Spot> {
        let mut state = lock(&self.state);
        match state.chunks.get(&chunk) {
            Some(other) => Err(*other),
            None => {
                state.chunks.insert(chunk, spot);
                Ok(())
            }
        }
    }

    /// No chunk of these packs is known any more.
    pub(super) fn forget(&self, is_forgotten: impl Fn(u32) -> bool) {
        lock(&self.state).chunks.retain(|_, spot| !is_forgotten(spot.pack));
    }

    /// Begins a pack, and gives its number.
    pub(super) fn begin(&self) -> u32 {
        let mut state = lock(&self.state);
        state.packs.push(None);
        u32::try_from(state.packs.len() - 1).unwrap_or(u32::MAX)
    }

    /// The store has a pack.
    pub(super) fn complete(&self, number: u32, pack: Pack) {
        let mut state = lock(&self.state);
        if let Some(place) = usize::try_from(number).ok().and_then(|number| state.packs.get_mut(number)) {
            *place = Some(pack);
        }
    }

    /// A tree of these entries, and of those packs that they name.
    ///
    /// # Errors
    /// When a pack is not there.
    pub(super) fn into_tree(self, mut entries: Vec<Entry>) -> Result<Tree, Failed> {
        let all = into_inner(self.state).packs;
        let mut packs = Vec::new();
        let mut numbers: HashMap<u32, u32> = HashMap::new();
        for extent in entries.iter_mut().flat_map(Entry::extents_mut) {
            let number = match numbers.get(&extent.pack) {
                Some(number) => *number,
                None => {
                    let pack = usize::try_from(extent.pack).ok().and_then(|pack| all.get(pack)?.clone());
                    packs.push(pack.ok_or_else(|| Failed::Container("a pack was not sent".into()))?);
                    let number = u32::try_from(packs.len() - 1).unwrap_or(u32::MAX);
                    numbers.insert(extent.pack, number);
                    number
                }
            };
            extent.pack = number;
        }
        Ok(Tree { packs, entries })
    }
}

impl Entry {
    /// The chunks of a file.
    pub(super) fn extents(&self) -> &[Extent] {
        match &self.kind {
            Kind::File(content) => &content.extents,
            _ => &[],
        }
    }

    /// As [`Entry::extents`].
    pub(super) fn extents_mut(&mut self) -> &mut [Extent] {
        match &mut self.kind {
            Kind::File(content) => &mut content.extents,
            _ => &mut [],
        }
    }
}
