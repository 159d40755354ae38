//! How much there may be at a place, and what is biggest when it is more.

use std::collections::BTreeMap;

use windlass_mover_protocol::Failed;

use crate::tree::ENTRIES;
use crate::words::{shown, size};

/// So many of the biggest are named.
const NAMED: usize = 3;

/// No more first names than this are counted apart; what has another one goes by that of the last.
const COUNTED: usize = 4096;

/// What was found so far, by the first two names of the paths.
pub(super) struct Bounds {
    most_bytes: u64,
    bytes: u64,
    biggest: BTreeMap<Vec<u8>, Counted>,
}

#[derive(Default, Clone, Copy)]
struct Counted {
    entries: u64,
    bytes: u64,
}

impl Bounds {
    pub(super) fn new(most_bytes: u64) -> Self {
        Self { most_bytes, bytes: 0, biggest: BTreeMap::new() }
    }

    /// Counts the room that a file takes.
    pub(super) fn add_bytes(&mut self, path: &[u8], bytes: u64) {
        self.bytes = self.bytes.saturating_add(bytes);
        let counted = self.counted(path);
        counted.bytes = counted.bytes.saturating_add(bytes);
    }

    /// Counts an entry; so many were found before.
    ///
    /// # Errors
    /// When there are too many.
    pub(super) fn add_entry(&mut self, path: &[u8], before: usize) -> Result<(), Failed> {
        self.counted(path).entries += 1;
        if before < ENTRIES {
            return Ok(());
        }
        let most = self.named(|counted| counted.entries, |entries| entries.to_string());
        Err(Failed::Container(format!("there are more than {ENTRIES} files, which is too many for a cache; most are in {most}")))
    }

    /// Whether the files take no more room than they may.
    ///
    /// # Errors
    /// When they do.
    pub(super) fn check(&self) -> Result<(), Failed> {
        if self.bytes <= self.most_bytes {
            return Ok(());
        }
        let (all, most) = (size(self.bytes), size(self.most_bytes));
        let biggest = self.named(|counted| counted.bytes, size);
        Err(Failed::Container(format!("the files have {all} together, and a cache may have {most}; the biggest: {biggest}")))
    }

    fn counted(&mut self, path: &[u8]) -> &mut Counted {
        let mut slashes = path.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at);
        let end = slashes.nth(1).unwrap_or(path.len());
        let name = path.get(..end).unwrap_or(path);
        let name = if self.biggest.len() < COUNTED || self.biggest.contains_key(name) { name } else { b"..." };
        self.biggest.entry(name.to_owned()).or_default()
    }

    fn named(&self, by: impl Fn(&Counted) -> u64, words: impl Fn(u64) -> String) -> String {
        let mut all: Vec<_> = self.biggest.iter().map(|(name, counted)| (by(counted), name)).collect();
        all.sort_unstable_by(|one, other| other.cmp(one));
        let named = all.into_iter().take(NAMED).map(|(amount, name)| format!("`{}` ({})", shown(name), words(amount)));
        named.collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_biggest_is_named_by_its_first_names() {
        let mut bounds = Bounds::new(10 << 20);
        for (path, bytes) in [(&b"a/b/c"[..], 6 << 20), (b"a/b/d", 6 << 20), (b"a/x", 1 << 20), (b"z", 2 << 20), (b"tiny", 5)] {
            bounds.add_bytes(path, bytes);
        }
        let Err(Failed::Container(why)) = bounds.check() else { panic!("it is too much") };
        assert_eq!(
            why,
            "the files have 15.0 MiB together, and a cache may have 10.0 MiB; the biggest: `a/b` (12.0 MiB), `z` (2.0 MiB), `a/x` (1.0 MiB)"
        );
    }

    #[test]
    fn a_million_entries_are_the_most() {
        let mut bounds = Bounds::new(u64::MAX);
        assert_eq!(bounds.add_entry(b"a", ENTRIES - 1), Ok(()));
        let Err(Failed::Container(why)) = bounds.add_entry(b"a", ENTRIES) else { panic!("it is too much") };
        assert!(why.contains("more than 1000000 files") && why.contains("`a` (2)"), "{why}");
    }
}
