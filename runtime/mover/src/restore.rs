//! Brings what a tree describes to a place.

mod finish;
mod made;
mod plan;
mod target;
mod unpack;

use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

use windlass_mover_protocol::{Blob, Failed, Outcome, Place, Restored};

use crate::beneath::Beneath;
use crate::blobs::Store;
use crate::memory::Memory;
use crate::share::share;
use crate::tree::{self, Kind, Tree};
use crate::words::refused;
use made::Made;
use plan::Plan;
use target::Target;
use unpack::Packs;

/// So many packs are fetched and written at once. Each is in memory as it is stored.
const THREADS: usize = 3;

/// Carries the order out. What was made until a failure is removed again: half a cache is worse than none.
///
/// # Errors
/// When the store has not got everything, what it has is not what it should be, or the system refuses.
pub(crate) fn restore(store: &Store, memory: &Memory, place: &Place, tree: Blob, packs: &[Blob]) -> Result<Outcome, Failed> {
    let bytes = store.fetch(tree, tree::LARGEST)?;
    let described = Tree::decode(&bytes).and_then(|tree| tree.check(packs).map(|()| tree));
    let described = described.map_err(|error| Failed::Corrupt(error.to_string()))?;
    let mut fetched = bytes.len() as u64;
    drop(bytes);

    let made = Made::new(described.entries.len());
    let is_new = !Path::new(&place.base).exists();
    let restored = open_base(place).and_then(|beneath| {
        let result = fill(store, &described, &beneath, &made);
        if result.is_err() {
            made.undo(&described.entries, beneath.again());
            if is_new {
                // What others have put there meanwhile keeps it.
                drop(std::fs::remove_dir(&place.base));
            }
        }
        result
    })?;
    fetched += restored.fetched;
    let bytes = described.entries.iter().map(|entry| if let Kind::File(content) = &entry.kind { content.size } else { 0 }).sum();
    let entries = described.entries.len() as u64;
    memory.remember(&place.base, tree.digest, made.left());
    Ok(Outcome::Restored(Restored { entries, bytes, fetched }))
}

/// What came from the store besides the tree.
struct Filled {
    fetched: u64,
}

fn open_base(place: &Place) -> Result<Beneath, Failed> {
    let base = Path::new(&place.base);
    if !base.is_absolute() {
        return Err(Failed::Container(format!("`{}` is not absolute", place.base)));
    }
    // The program's umask leaves modes as they are given.
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o755).create(base).and_then(|()| Beneath::open(base));
    made.map_err(|error| refused("making the directory", place.base.as_bytes(), &error))
}

/// Directories first, then files, then what refers to them, and at last what making those has changed.
fn fill(store: &Store, tree: &Tree, beneath: &Beneath, made: &Made) -> Result<Filled, Failed> {
    let plan = Plan::of(tree);
    let mut target = Target::new(beneath.again(), made);
    for (number, entry) in tree.entries.iter().enumerate() {
        store.errand.check()?;
        match &entry.kind {
            Kind::Directory => target.make_directory(number, entry)?,
            Kind::File(content) if !content.is_one_chunk() => target.make_file(number, entry, content)?,
            _ => {}
        }
    }
    let packs = Packs { store, tree, plan: &plan, beneath, made };
    share(THREADS, plan.packs.len(), &packs)?;
    finish::finish(store, tree, &mut target)?;
    Ok(Filled { fetched: plan.packs.iter().map(|pack| pack.blob.size).sum() })
}
