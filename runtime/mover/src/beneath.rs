//! Names below a directory: each part is opened in the one before it, and none may be a link. So whatever links there are, and whoever changes them
//! meanwhile, nothing outside of the directory is read or written.

use std::io;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::path::Path;
use std::sync::Arc;

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

/// The mode of a directory that has to be there and that nobody said more of.
const USUAL: u32 = 0o755;

/// A directory, and the one below it that was looked into last: most names come in the order of their directories.
pub(crate) struct Beneath {
    base: Arc<OwnedFd>,
    last: Option<(Vec<u8>, OwnedFd)>,
}

impl Beneath {
    /// Below a directory; links that lead to it are followed.
    pub(crate) fn open(base: &Path) -> io::Result<Self> {
        let base = rustix::fs::open(base, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        Ok(Self { base: Arc::new(base), last: None })
    }

    /// Below the same directory, for another thread.
    pub(crate) fn again(&self) -> Self {
        Self { base: Arc::clone(&self.base), last: None }
    }

    /// The directory in which a path's last name is, and that name.
    ///
    /// # Errors
    /// When it is not there, or a part of the way is no directory: links are none.
    pub(crate) fn parent<'p>(&mut self, path: &'p [u8]) -> io::Result<(BorrowedFd<'_>, &'p [u8])> {
        self.find(path, false)
    }

    /// As [`Beneath::parent`], but directories that are missing are made.
    pub(crate) fn made_parent<'p>(&mut self, path: &'p [u8]) -> io::Result<(BorrowedFd<'_>, &'p [u8])> {
        self.find(path, true)
    }

    /// Opens a directory to list what is in it; an empty path is the base.
    pub(crate) fn list(&mut self, path: &[u8]) -> io::Result<OwnedFd> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        if path.is_empty() {
            return Ok(rustix::fs::openat(&self.base, c".", flags, Mode::empty())?);
        }
        let (parent, name) = self.parent(path)?;
        Ok(rustix::fs::openat(parent, name, flags, Mode::empty())?)
    }

    fn find<'p>(&mut self, path: &'p [u8], make: bool) -> io::Result<(BorrowedFd<'_>, &'p [u8])> {
        let Some(slash) = path.iter().rposition(|byte| *byte == b'/') else { return Ok((self.base.as_fd(), path)) };
        let (directory, name) = (path.get(..slash).unwrap_or_default(), path.get(slash + 1..).unwrap_or_default());
        let opened = match self.last.take() {
            Some((last, opened)) if last == directory => opened,
            _ => self.walk(directory, make)?,
        };
        let (_, opened) = self.last.insert((directory.to_owned(), opened));
        Ok((OwnedFd::as_fd(opened), name))
    }

    fn walk(&self, directory: &[u8], make: bool) -> io::Result<OwnedFd> {
        let mut at: Option<OwnedFd> = None;
        for name in directory.split(|byte| *byte == b'/') {
            let parent = at.as_ref().map_or(self.base.as_fd(), |at| at.as_fd());
            let mut next = enter(parent, name);
            if make && matches!(next, Err(Errno::NOENT)) {
                match rustix::fs::mkdirat(parent, name, Mode::from_raw_mode(USUAL)) {
                    Ok(()) | Err(Errno::EXIST) => next = enter(parent, name),
                    Err(error) => return Err(error.into()),
                }
            }
            at = Some(next?);
        }
        at.ok_or_else(|| io::ErrorKind::InvalidInput.into())
    }
}

fn enter(parent: BorrowedFd<'_>, name: &[u8]) -> Result<OwnedFd, Errno> {
    rustix::fs::openat(parent, name, OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())
}
