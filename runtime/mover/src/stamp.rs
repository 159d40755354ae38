//! What tells a file from what it was.

use rustix::fs::{FileType, Stat};

/// Nanoseconds in a second.
pub(crate) const SECOND: i64 = 1_000_000_000;

/// The bits of a mode that are kept. Owners are not, so neither are the bits that lend an owner's rights.
pub(crate) const MODE: u32 = 0o777;
/// Those of a directory: that others' files in it are not removed is kept, too.
pub(crate) const DIRECTORY_MODE: u32 = 0o1777;

/// A file at a moment. Whoever changes a file changes its stamp: nobody but the clock sets the time of the last change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) device: u64,
    pub(crate) inode: u64,
    pub(crate) size: u64,
    /// With its kind.
    mode: u32,
    /// When its content was changed, in nanoseconds since 1970; what does not fit is cut.
    pub(crate) modified: i64,
    /// When anything of it was changed.
    changed: i64,
}

impl Stamp {
    /// What the system says.
    pub(crate) fn of(stat: &Stat) -> Self {
        Self {
            device: stat.st_dev,
            inode: stat.st_ino,
            size: u64::try_from(stat.st_size).unwrap_or_default(),
            mode: stat.st_mode,
            modified: nanoseconds(stat.st_mtime, stat.st_mtime_nsec),
            changed: nanoseconds(stat.st_ctime, stat.st_ctime_nsec),
        }
    }

    /// What it is.
    pub(crate) fn kind(&self) -> FileType {
        FileType::from_raw_mode(self.mode)
    }

    /// The bits of its mode that are kept.
    pub(crate) fn mode(&self) -> u32 {
        self.mode & if self.kind() == FileType::Directory { DIRECTORY_MODE } else { MODE }
    }

    /// Whether something of the mode would have to be set for it to be this one.
    pub(crate) fn has_mode(&self, mode: u32) -> bool {
        self.mode & 0o7777 == mode
    }
}

fn nanoseconds(seconds: i64, fraction: impl TryInto<i64>) -> i64 {
    seconds.saturating_mul(SECOND).saturating_add(fraction.try_into().unwrap_or_default())
}
