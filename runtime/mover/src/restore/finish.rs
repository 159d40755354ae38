//! What comes after all bytes are there.

use windlass_mover_protocol::Failed;

use super::target::Target;
use crate::blobs::Store;
use crate::tree::{Kind, Tree};

/// Completes files of several chunks, then makes links, so that nothing was ever written through one, and completes directories from the innermost on.
pub(super) fn finish(store: &Store, tree: &Tree, target: &mut Target<'_>) -> Result<(), Failed> {
    for (number, entry) in tree.entries.iter().enumerate() {
        match &entry.kind {
            Kind::File(content) if !content.is_one_chunk() => target.complete(number, entry)?,
            _ => {}
        }
    }
    store.errand.check()?;
    for (number, entry) in tree.entries.iter().enumerate() {
        match &entry.kind {
            Kind::Link(to) => target.make_link(number, entry, to)?,
            Kind::HardLink(to) => {
                let to = usize::try_from(*to).ok().and_then(|to| Some((to, tree.entries.get(to)?)));
                target.make_hard_link(number, entry, to.ok_or_else(|| Failed::Corrupt("a link leads nowhere".into()))?)?;
            }
            Kind::Directory | Kind::File(_) => {}
        }
    }
    store.errand.check()?;
    let directories = tree.entries.iter().rev().filter(|entry| entry.kind == Kind::Directory);
    directories.into_iter().try_for_each(|entry| target.complete_directory(entry))
}
