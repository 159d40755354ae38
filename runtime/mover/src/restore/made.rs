//! What was made so far, and how it was left.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::AtFlags;

use crate::beneath::Beneath;
use crate::stamp::Stamp;
use crate::sync::{into_inner, lock};
use crate::tree::{Entry, Kind};

/// The entries of a tree, by their numbers.
pub(super) struct Made {
    made: Vec<AtomicBool>,
    left: Mutex<Vec<Option<Stamp>>>,
}

impl Made {
    pub(super) fn new(entries: usize) -> Self {
        Self { made: (0..entries).map(|_| AtomicBool::new(false)).collect(), left: Mutex::new(vec![None; entries]) }
    }

    /// This one was not there before.
    pub(super) fn is_new(&self, number: usize) {
        if let Some(made) = self.made.get(number) {
            made.store(true, Ordering::Relaxed);
        }
    }

    /// A file is complete, and nobody has touched it since.
    pub(super) fn is_left(&self, number: usize, stamp: Stamp) {
        if let Some(left) = lock(&self.left).get_mut(number) {
            *left = Some(stamp);
        }
    }

    /// How the files were left.
    pub(super) fn left(self) -> Vec<Option<Stamp>> {
        into_inner(self.left)
    }

    /// Removes what was made. What cannot be removed stays: there is a failure to be told already.
    pub(super) fn undo(&self, entries: &[Entry], mut beneath: Beneath) {
        let made = entries.iter().zip(&self.made).rev().filter(|(_, made)| made.load(Ordering::Relaxed));
        for (entry, _) in made {
            let flags = if entry.kind == Kind::Directory { AtFlags::REMOVEDIR } else { AtFlags::empty() };
            let removed = beneath.parent(&entry.path).and_then(|(parent, name)| Ok(rustix::fs::unlinkat(parent, name, flags)?));
            drop(removed);
        }
    }
}
