//! Opens a file below a directory, and no other, whatever the links are like that lead to it.

use std::fs::{self, File, Metadata};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{Mode, OFlags};
use windlass_agent_protocol::{FoundFile, Stamp};

/// A file that lies elsewhere.
#[derive(Debug, thiserror::Error)]
#[error("it leads out of the directory")]
struct LeadsOut;

/// Whether an error means that a file lies elsewhere.
#[must_use]
pub fn leads_out(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<LeadsOut>())
}

/// Where a path below `base` really leads, from `base`, which has no links in it.
///
/// # Errors
/// When it leads nowhere, or out of the directory ([`leads_out`]).
pub fn place(base: &Path, path: &Path) -> io::Result<PathBuf> {
    let place = base.join(path).canonicalize()?;
    place.strip_prefix(base).map(Path::to_owned).map_err(|_| io::Error::other(LeadsOut))
}

/// Opens a regular file below `base`, which has no links in it; `None` when there is another thing by now. Somebody may change links between the question where a path leads and the
/// opening: so each part is opened in the one before it, and none may be a link.
///
/// # Errors
/// As [`place`], and when the system refuses.
pub fn open(base: &Path, path: &Path) -> io::Result<Option<File>> {
    let place = place(base, path)?;
    let mut names = place.components().peekable();
    let directory = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut at: OwnedFd = rustix::fs::open(base, directory, Mode::empty())?;
    while let Some(Component::Normal(name)) = names.next() {
        if names.peek().is_some() {
            at = rustix::fs::openat(&at, name, directory, Mode::empty())?;
            continue;
        }
        // A pipe does not wait for its other end, and a device is not opened at all.
        if !fs::symlink_metadata(base.join(&place))?.is_file() {
            return Ok(None);
        }
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let file = File::from(rustix::fs::openat(&at, name, flags, Mode::empty())?);
        return Ok(file.metadata()?.is_file().then_some(file));
    }
    Ok(None)
}

/// What tells a file from another.
#[must_use]
pub fn stamp(metadata: &Metadata) -> Stamp {
    let modified = (metadata.mtime(), metadata.mtime_nsec());
    Stamp { device: metadata.dev(), inode: metadata.ino(), modified }
}

/// Whether a file is the one that was found: the same, and as it was or with more at its end. That is how logs grow whose writer lives on.
#[must_use]
pub fn is_still(metadata: &Metadata, found: &FoundFile) -> bool {
    let now = stamp(metadata);
    let same = (now.device, now.inode) == (found.stamp.device, found.stamp.inode);
    same && (metadata.len() > found.size || metadata.len() == found.size && now.modified == found.stamp.modified)
}
