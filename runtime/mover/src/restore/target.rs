//! Entries as the system makes them.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::BorrowedFd;
use std::os::unix::fs::FileExt as _;

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Timespec, Timestamps};
use rustix::io::Errno;
use windlass_mover_protocol::Failed;

use super::made::Made;
use crate::beneath::Beneath;
use crate::stamp::{SECOND, Stamp};
use crate::tree::{Content, Entry};
use crate::words::{refused, shown};

/// Makes entries, for one thread.
pub(super) struct Target<'m> {
    beneath: Beneath,
    made: &'m Made,
}

impl<'m> Target<'m> {
    pub(super) fn new(beneath: Beneath, made: &'m Made) -> Self {
        Self { beneath, made }
    }

    /// Makes a directory, unless it is there. Its mode comes last: one that cannot be written would refuse what belongs in it.
    pub(super) fn make_directory(&mut self, number: usize, entry: &Entry) -> Result<(), Failed> {
        let open = Mode::from_raw_mode(entry.mode | 0o700);
        let is_new = self.make(entry, |parent, name| match rustix::fs::mkdirat(parent, name, open) {
            Err(Errno::EXIST) if kind(parent, name)? == FileType::Directory => Ok(false),
            made => Ok(made.map(|()| true)?),
        })?;
        if is_new {
            self.made.is_new(number);
        }
        Ok(())
    }

    /// Makes a file of zeros that is filled chunk by chunk.
    pub(super) fn make_file(&mut self, number: usize, entry: &Entry, content: &Content) -> Result<(), Failed> {
        // Whoever fills it opens it again.
        let file = self.create(number, entry, entry.mode | 0o200)?;
        file.set_len(content.size).map_err(|error| refused("writing", &entry.path, &error))
    }

    /// Makes a file of one chunk.
    pub(super) fn write_file(&mut self, number: usize, entry: &Entry, bytes: &[u8]) -> Result<(), Failed> {
        let mut file = self.create(number, entry, entry.mode)?;
        let stamp = file.write_all(bytes).and_then(|()| leave(&file, entry));
        self.made.is_left(number, stamp.map_err(|error| refused("writing", &entry.path, &error))?);
        Ok(())
    }

    /// Writes a chunk of a file that was made.
    pub(super) fn write_chunk(&mut self, entry: &Entry, at: u64, bytes: &[u8]) -> Result<(), Failed> {
        let written = self.open_made(entry).and_then(|file| file.write_all_at(bytes, at));
        written.map_err(|error| refused("writing", &entry.path, &error))
    }

    /// Gives a file that was filled its mode and its time.
    pub(super) fn complete(&mut self, number: usize, entry: &Entry) -> Result<(), Failed> {
        let left = self.open_made(entry).and_then(|file| leave(&file, entry));
        self.made.is_left(number, left.map_err(|error| refused("writing", &entry.path, &error))?);
        Ok(())
    }

    /// Makes a symbolic link.
    pub(super) fn make_link(&mut self, number: usize, entry: &Entry, to: &[u8]) -> Result<(), Failed> {
        self.make(entry, |parent, name| {
            rustix::fs::symlinkat(to, parent, name)?;
            Ok(rustix::fs::utimensat(parent, name, &times(entry), AtFlags::SYMLINK_NOFOLLOW)?)
        })?;
        self.made.is_new(number);
        Ok(())
    }

    /// Gives a file another name.
    pub(super) fn make_hard_link(&mut self, number: usize, entry: &Entry, to: (usize, &Entry)) -> Result<(), Failed> {
        let (to_number, to) = to;
        let mut of_file = self.beneath.again();
        let stamp = self.make(entry, |parent, name| {
            let (to_parent, to_name) = of_file.parent(&to.path)?;
            rustix::fs::linkat(to_parent, to_name, parent, name, AtFlags::empty())?;
            Ok(Stamp::of(&rustix::fs::statat(to_parent, to_name, AtFlags::SYMLINK_NOFOLLOW)?))
        })?;
        self.made.is_new(number);
        // Another name changes the file.
        self.made.is_left(to_number, stamp);
        Ok(())
    }

    /// Gives a directory its mode and its time.
    pub(super) fn complete_directory(&mut self, entry: &Entry) -> Result<(), Failed> {
        let done = self.beneath.list(&entry.path).and_then(|directory| {
            let stamp = Stamp::of(&rustix::fs::fstat(&directory)?);
            if !stamp.has_mode(entry.mode) {
                rustix::fs::fchmod(&directory, Mode::from_raw_mode(entry.mode))?;
            }
            Ok(rustix::fs::futimens(&directory, &times(entry))?)
        });
        done.map_err(|error| refused("completing", &entry.path, &error))
    }

    fn open_made(&mut self, entry: &Entry) -> io::Result<File> {
        let (parent, name) = self.beneath.parent(&entry.path)?;
        let flags = OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        Ok(rustix::fs::openat(parent, name, flags, Mode::empty())?.into())
    }

    fn create(&mut self, number: usize, entry: &Entry, mode: u32) -> Result<File, Failed> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mode = Mode::from_raw_mode(mode);
        let file = self.make(entry, |parent, name| Ok(rustix::fs::openat(parent, name, flags, mode)?.into()))?;
        self.made.is_new(number);
        Ok(file)
    }

    /// Makes an entry; what stands in its place gives way, unless it is a directory.
    fn make<T>(&mut self, entry: &Entry, mut make: impl FnMut(BorrowedFd<'_>, &[u8]) -> io::Result<T>) -> Result<T, Failed> {
        let path = &entry.path;
        let in_the_way = |error: &io::Error| match error.raw_os_error().map(Errno::from_raw_os_error) {
            Some(Errno::NOTDIR | Errno::LOOP) => Failed::Container(format!(
                "`{}` is below a link or a file, where the cache has a directory; remove that",
                shown(path)
            )),
            _ => refused("making", path, error),
        };
        let (parent, name) = self.beneath.made_parent(path).map_err(|error| in_the_way(&error))?;
        let mut made = make(parent, name);
        if made.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::AlreadyExists) {
            made = match rustix::fs::unlinkat(parent, name, AtFlags::empty()) {
                Ok(()) | Err(Errno::NOENT) => make(parent, name),
                Err(Errno::ISDIR | Errno::PERM) if kind(parent, name).is_ok_and(|kind| kind == FileType::Directory) => {
                    return Err(Failed::Container(format!(
                        "`{}` is a directory, where the cache has a file; remove it",
                        shown(path)
                    )));
                }
                Err(error) => Err(error.into()),
            };
        }
        made.map_err(|error| refused("making", path, &error))
    }
}

fn kind(parent: BorrowedFd<'_>, name: &[u8]) -> io::Result<FileType> {
    let stat = rustix::fs::statat(parent, name, AtFlags::SYMLINK_NOFOLLOW)?;
    Ok(FileType::from_raw_mode(stat.st_mode))
}

/// Gives a file its mode and its time. Nothing of it is changed afterwards.
fn leave(file: &File, entry: &Entry) -> io::Result<Stamp> {
    rustix::fs::futimens(file, &times(entry))?;
    let stamp = Stamp::of(&rustix::fs::fstat(file)?);
    if stamp.has_mode(entry.mode) {
        return Ok(stamp);
    }
    rustix::fs::fchmod(file, Mode::from_raw_mode(entry.mode))?;
    Ok(Stamp::of(&rustix::fs::fstat(file)?))
}

fn times(entry: &Entry) -> Timestamps {
    let (seconds, nanoseconds) = (entry.modified.div_euclid(SECOND), entry.modified.rem_euclid(SECOND));
    Timestamps {
        last_access: Timespec { tv_sec: 0, tv_nsec: rustix::fs::UTIME_OMIT },
        last_modification: Timespec { tv_sec: seconds, tv_nsec: nanoseconds },
    }
}
