//! Files, read once and cut into chunks.

use std::fs::File;
use std::io::{self, Seek as _, SeekFrom};

use rustix::fs::{FileType, Mode, OFlags};
use rustix::io::Errno;
use windlass_mover_protocol::{Failed, Sha256};
use windlass_redact::Search;

use super::Keep;
use super::packing::Packing;
use crate::beneath::Beneath;
use crate::chunk::{ChunkError, chunks};
use crate::share::Work;
use crate::stamp::Stamp;
use crate::tree::Content;
use crate::walk::{Found, Walked};
use crate::words::{refused, shown};

/// So many files that follow each other are read by one thread, so that what lies together is packed together.
const RUN: usize = 16;

/// A file's content, and what the file was when it was read.
pub(super) struct Read {
    pub(super) content: Content,
    pub(super) stamp: Stamp,
}

/// The files that are read, in runs.
pub(super) struct Runs<'k> {
    pub(super) keep: &'k Keep<'k>,
    pub(super) walked: &'k Walked,
    /// By their numbers.
    pub(super) files: &'k [usize],
}

/// A thread that reads.
pub(super) struct Reading<'k> {
    keep: &'k Keep<'k>,
    beneath: Beneath,
    packing: Packing<'k>,
    buffer: Vec<u8>,
    read: Vec<(usize, Read)>,
}

impl Runs<'_> {
    pub(super) fn count(&self) -> usize {
        self.files.len().div_ceil(RUN)
    }
}

impl<'k> Work for Runs<'k> {
    type Worker = Reading<'k>;
    type Left = Vec<(usize, Read)>;

    fn begin(&self) -> Result<Reading<'k>, Failed> {
        let (beneath, packing) = (self.walked.beneath.again(), Packing::new(self.keep));
        Ok(Reading { keep: self.keep, beneath, packing, buffer: Vec::new(), read: Vec::new() })
    }

    fn job(&self, reading: &mut Reading<'k>, run: usize) -> Result<(), Failed> {
        for number in self.files.iter().skip(run * RUN).take(RUN).copied() {
            if let Some(found) = self.walked.found.get(number) {
                let read = reading.read(found)?;
                reading.read.push((number, read));
            }
        }
        Ok(())
    }

    fn end(&self, mut reading: Reading<'k>) -> Result<Vec<(usize, Read)>, Failed> {
        reading.packing.send()?;
        Ok(reading.read)
    }
}

impl Reading<'_> {
    /// Reads a file, and once more if it changed meanwhile.
    fn read(&mut self, found: &Found) -> Result<Read, Failed> {
        for _ in 0..2 {
            if let Some(read) = self.read_once(found)? {
                return Ok(read);
            }
        }
        Err(Failed::Container(format!(
            "`{}` changes while it is read: a program of the task still writes it",
            shown(&found.path)
        )))
    }

    /// Reads a file; `None` when it changed meanwhile.
    fn read_once(&mut self, found: &Found) -> Result<Option<Read>, Failed> {
        let path = &found.path;
        let unreadable = |error: &io::Error| refused("reading", path, error);
        let mut file = open(&mut self.beneath, path).map_err(|error| unreadable(&error))?;
        let stamp = stamp(&file).map_err(|error| unreadable(&error))?;
        if stamp.kind() != FileType::RegularFile {
            return Ok(None);
        }
        let mut content = Content { size: stamp.size, extents: Vec::new() };
        let mut search = self.keep.looks_for_secrets().then(Search::default);
        let mut at = 0;
        while let Some((start, end)) = data(&mut file, at, &stamp, found.has_holes).map_err(|error| unreadable(&error))? {
            let Self { keep, packing, buffer, .. } = self;
            let cut = chunks(&file, end - start, buffer, |offset, chunk| {
                keep.store.errand.check()?;
                if let Some(search) = &mut search {
                    search.push(&keep.patterns, chunk);
                }
                // Zeros are holes.
                if chunk.iter().any(|byte| *byte != 0) {
                    keep.count(chunk.len() as u64)?;
                    let digest = Sha256::of(chunk);
                    content.extents.push(packing.add(digest, chunk)?.extent(start + offset, digest));
                }
                Ok(())
            });
            cut.map_err(|error| match error {
                ChunkError::Read(error) => unreadable(&error),
                ChunkError::Failed(failed) => failed,
            })?;
            at = end;
        }
        if search.is_some_and(|search| search.found()) {
            self.keep.has_secret(path);
        }
        let after = self::stamp(&file).map_err(|error| unreadable(&error))?;
        Ok((after == stamp).then_some(Read { content, stamp }))
    }
}

/// Opens a file, and nothing that makes whoever opens it wait.
pub(super) fn open(beneath: &mut Beneath, path: &[u8]) -> io::Result<File> {
    let (parent, name) = beneath.parent(path)?;
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    Ok(rustix::fs::openat(parent, name, flags, Mode::empty())?.into())
}

fn stamp(file: &File) -> io::Result<Stamp> {
    Ok(Stamp::of(&rustix::fs::fstat(file)?))
}

/// The next part of a file that is no hole, from a place on; the file is left at its beginning. `None` when there is none.
fn data(file: &mut File, at: u64, stamp: &Stamp, has_holes: bool) -> io::Result<Option<(u64, u64)>> {
    if at >= stamp.size {
        return Ok(None);
    }
    if !has_holes {
        return Ok(Some((at, stamp.size)));
    }
    let start = match rustix::fs::seek(&*file, rustix::fs::SeekFrom::Data(at)) {
        Ok(start) => start,
        Err(Errno::NXIO) => return Ok(None),
        // The file system knows of no holes.
        Err(Errno::INVAL) => at,
        Err(error) => return Err(error.into()),
    };
    let end = rustix::fs::seek(&*file, rustix::fs::SeekFrom::Hole(start)).unwrap_or(stamp.size).min(stamp.size);
    file.seek(SeekFrom::Start(start))?;
    Ok((start < end).then_some((start, end)))
}
