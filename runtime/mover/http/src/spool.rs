//! Bytes on the disk, on their way to the store or from it. The files have no names: no program of the pod can open or change what another one sends.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::{Mode, OFlags};
use sha2::{Digest, Sha256};
use windlass_mover_protocol as protocol;
use windlass_mover_protocol::Blob;

use crate::body::Body;
use crate::refusal::Refusal;

/// How many bytes are moved at once.
pub const PIECE: usize = 64 << 10;

/// Where the files are, and how many bytes they may have together.
#[derive(Debug)]
pub struct Spool {
    directory: PathBuf,
    most: u64,
    taken: AtomicU64,
    names: AtomicU64,
}

/// A file, and its share of the space.
#[derive(Debug)]
pub struct Spooled {
    file: File,
    taken: AtomicU64,
    spool: Arc<Spool>,
}

impl Spool {
    pub fn new(directory: &Path, most: u64) -> io::Result<Self> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
        Ok(Self { directory: directory.to_owned(), most, taken: AtomicU64::new(0), names: AtomicU64::new(0) })
    }

    /// An empty file.
    pub fn file(self: &Arc<Self>) -> io::Result<Spooled> {
        Ok(Spooled { file: self.nameless()?, taken: AtomicU64::new(0), spool: Arc::clone(self) })
    }

    /// Where the file system makes no file without a name, one that loses its name at once.
    fn nameless(&self) -> io::Result<File> {
        let (flags, mode) = (OFlags::RDWR | OFlags::CLOEXEC, Mode::RUSR | Mode::WUSR);
        if let Ok(file) = rustix::fs::open(&self.directory, flags | OFlags::TMPFILE, mode) {
            return Ok(file.into());
        }
        let name = format!("{}-{}", std::process::id(), self.names.fetch_add(1, Ordering::Relaxed));
        let path = self.directory.join(name);
        let file = rustix::fs::open(&path, flags | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW, mode)?;
        fs::remove_file(path)?;
        Ok(file.into())
    }

    fn take(&self, bytes: u64) -> io::Result<()> {
        let more = |taken: u64| taken.checked_add(bytes).filter(|sum| *sum <= self.most);
        match self.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more) {
            Ok(_) => Ok(()),
            Err(_) => Err(io::Error::new(io::ErrorKind::StorageFull, "too many bytes are on their way")),
        }
    }
}

impl Spooled {
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Asks for the space of so many bytes.
    pub fn take(&self, bytes: u64) -> io::Result<()> {
        self.spool.take(bytes)?;
        self.taken.fetch_add(bytes, Ordering::Relaxed);
        Ok(())
    }

    /// Gives the space of so many bytes back.
    pub fn give(&self, bytes: u64) {
        self.taken.fetch_sub(bytes, Ordering::Relaxed);
        self.spool.taken.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// So many of its bytes, from one on, piece by piece.
    pub fn each(&self, from: u64, bytes: u64, mut each: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        let (mut piece, mut at, end) = (vec![0; PIECE], from, from.saturating_add(bytes));
        while at < end {
            let most = usize::try_from(end - at).unwrap_or(PIECE).min(PIECE);
            let into = piece.get_mut(..most).unwrap_or_default();
            self.file.read_exact_at(into, at)?;
            each(into)?;
            at += most as u64;
        }
        Ok(())
    }
}

impl Drop for Spooled {
    fn drop(&mut self) {
        self.spool.taken.fetch_sub(self.taken.load(Ordering::Relaxed), Ordering::Relaxed);
    }
}

/// Writes a body to a file, and says what it was. Of a body that was cut nothing remains.
pub fn spooled(spool: &Arc<Spool>, body: &mut Body<'_, '_>) -> Result<(Spooled, Blob), Refusal> {
    let file = spool.file().map_err(|e| Refusal::of_store(&e))?;
    let (mut hash, mut size, mut piece) = (Sha256::new(), 0, vec![0; PIECE]);
    loop {
        let read = body.read(&mut piece)?;
        let bytes = piece.get(..read).unwrap_or_default();
        if bytes.is_empty() {
            break;
        }
        hash.update(bytes);
        file.take(read as u64).and_then(|()| file.file.write_all_at(bytes, size)).map_err(|e| Refusal::of_store(&e))?;
        size += read as u64;
    }
    Ok((file, Blob { digest: digest(hash), size }))
}

/// What a hash came to.
pub fn digest(hash: Sha256) -> protocol::Sha256 {
    protocol::Sha256(hash.finalize().into())
}

/// Random bytes.
pub fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes)
}
