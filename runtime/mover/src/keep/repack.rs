//! Packs of the base that are hardly used any more: what is still used of them is packed anew, so that a cache does not drag along what it was once.

use std::collections::{HashMap, HashSet};
use std::os::unix::fs::FileExt as _;

use windlass_mover_protocol::{Failed, Sha256};

use super::base::Base;
use super::known::Spot;
use super::packing::Packing;
use super::{Keep, THREADS, reading};
use crate::beneath::Beneath;
use crate::share::{Work, share};
use crate::tree::{Entry, Extent};
use crate::words::{refused, shown};

/// Leaves packs of the base that are used by less than half.
///
/// # Errors
/// When a file is no longer what it was a moment ago, or the store does not take what is packed.
pub(super) fn repack(keep: &Keep<'_>, beneath: &Beneath, base: &Base, entries: &mut [Entry]) -> Result<(), Failed> {
    let left = hardly_used(base, entries);
    if left.is_empty() {
        return Ok(());
    }
    keep.known.forget(|pack| left.contains(&pack));
    let of_left = |extent: &&Extent| left.contains(&extent.pack);
    let of_entry = |(number, entry): (usize, &Entry)| entry.extents().iter().any(|extent| of_left(&extent)).then_some(number);
    let files: Vec<usize> = entries.iter().enumerate().filter_map(of_entry).collect();
    let again = Again { keep, beneath, entries, files: &files, left: &left };
    let moved: HashMap<(usize, u64), Spot> = share(THREADS, files.len(), &again)?.into_iter().flatten().collect();
    for (number, entry) in entries.iter_mut().enumerate() {
        for extent in entry.extents_mut() {
            if let Some(spot) = moved.get(&(number, extent.at)) {
                *extent = spot.extent(extent.at, extent.chunk);
            }
        }
    }
    Ok(())
}

/// The packs of the base of which something is used, but less than half.
fn hardly_used(base: &Base, entries: &[Entry]) -> HashSet<u32> {
    let mut used: HashMap<u32, HashMap<u32, u64>> = HashMap::new();
    for extent in entries.iter().flat_map(Entry::extents) {
        used.entry(extent.pack).or_default().insert(extent.offset, u64::from(extent.length));
    }
    let packs = (0..).zip(&base.tree.packs);
    let hardly = packs.filter(|(number, pack)| used.get(number).is_some_and(|used| used.values().sum::<u64>() * 2 < pack.raw));
    hardly.map(|(number, _)| number).collect()
}

/// Reads chunks again where they are now: in the files.
struct Again<'a> {
    keep: &'a Keep<'a>,
    beneath: &'a Beneath,
    entries: &'a [Entry],
    files: &'a [usize],
    left: &'a HashSet<u32>,
}

/// A thread that reads them.
struct Reader<'a> {
    beneath: Beneath,
    packing: Packing<'a>,
    moved: Vec<((usize, u64), Spot)>,
}

impl<'a> Work for Again<'a> {
    type Worker = Reader<'a>;
    type Left = Vec<((usize, u64), Spot)>;

    fn begin(&self) -> Result<Reader<'a>, Failed> {
        Ok(Reader { beneath: self.beneath.again(), packing: Packing::new(self.keep), moved: Vec::new() })
    }

    fn job(&self, reader: &mut Reader<'a>, number: usize) -> Result<(), Failed> {
        let number = self.files.get(number).copied().unwrap_or_default();
        let Some(entry) = self.entries.get(number) else { return Ok(()) };
        let unreadable = |error| refused("reading", &entry.path, &error);
        let file = reading::open(&mut reader.beneath, &entry.path).map_err(unreadable)?;
        for extent in entry.extents().iter().filter(|extent| self.left.contains(&extent.pack)) {
            self.keep.store.errand.check()?;
            let mut chunk = vec![0; usize::try_from(extent.length).unwrap_or_default()];
            let read = file.read_exact_at(&mut chunk, extent.at);
            if read.is_err() || Sha256::of(&chunk) != extent.chunk {
                let path = shown(&entry.path);
                return Err(Failed::Container(format!(
                    "`{path}` changes while it is read: a program of the task still writes it"
                )));
            }
            let spot = reader.packing.add(extent.chunk, &chunk)?;
            reader.moved.push(((number, extent.at), spot));
        }
        Ok(())
    }

    fn end(&self, mut reader: Reader<'a>) -> Result<Self::Left, Failed> {
        reader.packing.send()?;
        Ok(reader.moved)
    }
}
