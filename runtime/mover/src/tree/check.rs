//! Whether a tree can be believed: nobody is harmed by what it says then.

use std::cmp::Ordering;
use std::collections::HashSet;

use windlass_mover_protocol::Blob;

use super::{Content, ENTRIES, Entry, Kind, LONGEST_PATH, Tree, TreeError};
use crate::stamp::DIRECTORY_MODE;
use crate::words::shown;
use crate::{chunk, pack};

/// The order of entries: name by name, so that what is in a directory follows it at once.
pub(crate) fn in_order(one: &[u8], other: &[u8]) -> Ordering {
    one.split(is_slash).cmp(other.split(is_slash))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "what `split` wants")]
fn is_slash(byte: &u8) -> bool {
    *byte == b'/'
}

impl Tree {
    /// Looks at everything that a tree says. It names no other packs than these.
    ///
    /// # Errors
    /// When anything cannot be.
    pub(crate) fn check(&self, packs: &[Blob]) -> Result<(), TreeError> {
        if self.entries.len() > ENTRIES {
            return Err(TreeError::TooLong);
        }
        let known: HashSet<&Blob> = packs.iter().collect();
        for pack in &self.packs {
            if !known.contains(&pack.blob) {
                return Err(TreeError::UnknownPack);
            }
            if pack.raw > pack::LARGEST_RAW || pack.blob.size > pack::LARGEST {
                return Err(TreeError::PackSize);
            }
        }
        self.check_names()?;
        self.entries.iter().enumerate().try_for_each(|(number, entry)| self.check_entry(number, entry))
    }

    /// Each path is below the base, comes once, and has nothing but directories above it.
    fn check_names(&self) -> Result<(), TreeError> {
        let fine = |name: &[u8]| !matches!(name, b"" | b"." | b"..") && !name.contains(&0);
        // The last entry, and those that it is below of.
        let mut line: Vec<&Entry> = Vec::new();
        for entry in &self.entries {
            let path = &entry.path;
            if path.len() > LONGEST_PATH || !path.split(is_slash).all(fine) {
                return Err(TreeError::Name(shown(path)));
            }
            if line.last().is_some_and(|last| in_order(&last.path, path) != Ordering::Less) {
                return Err(TreeError::Order(shown(path)));
            }
            while line.pop_if(|above| !is_below(path, &above.path)).is_some() {}
            if line.last().is_some_and(|above| above.kind != Kind::Directory) {
                return Err(TreeError::Parent(shown(path)));
            }
            line.push(entry);
        }
        Ok(())
    }

    fn check_entry(&self, number: usize, entry: &Entry) -> Result<(), TreeError> {
        if entry.mode & !DIRECTORY_MODE != 0 {
            return Err(TreeError::Content(shown(&entry.path)));
        }
        let link = || TreeError::Link(shown(&entry.path));
        match &entry.kind {
            Kind::Directory => Ok(()),
            Kind::File(content) if self.is_possible(content) => Ok(()),
            Kind::File(_) => Err(TreeError::Content(shown(&entry.path))),
            Kind::Link(target) if target.is_empty() || target.len() > LONGEST_PATH || target.contains(&0) => Err(link()),
            Kind::Link(_) => Ok(()),
            Kind::HardLink(to) => {
                let to = usize::try_from(*to).ok().filter(|to| *to < number).and_then(|to| self.entries.get(to));
                if to.is_some_and(|to| matches!(to.kind, Kind::File(_))) { Ok(()) } else { Err(link()) }
            }
        }
    }

    /// Whether extents are in the file and in their packs, in order and apart.
    fn is_possible(&self, content: &Content) -> bool {
        let mut end = 0;
        content.size <= i64::MAX as u64
            && content.extents.iter().all(|extent| {
                let length = u64::from(extent.length);
                let pack = usize::try_from(extent.pack).ok().and_then(|pack| self.packs.get(pack));
                let is_packed = pack.is_some_and(|pack| u64::from(extent.offset) + length <= pack.raw);
                let is_apart = extent.at >= end && length > 0 && length <= chunk::LARGEST;
                end = extent.at.saturating_add(length);
                is_packed && is_apart && end <= content.size
            })
    }
}

/// Whether a path is below another.
fn is_below(path: &[u8], above: &[u8]) -> bool {
    path.strip_prefix(above).is_some_and(|rest| rest.first() == Some(&b'/'))
}
