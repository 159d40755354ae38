//! Content while it comes: beside the store until it is whole and right.

use std::fmt;
use std::io::{self, Write as _};
use std::sync::atomic::{AtomicU32, Ordering};

use cap_std::fs::{Dir, File, OpenOptions, OpenOptionsExt as _};
use sha2::{Digest as _, Sha256};
use windlass_artifact::blob::BlobError;
use windlass_model::digest::Digest;

use super::{Store, StoreError, name};

/// Content that is still coming. Dropped before it is finished, nothing of it stays.
pub struct Incoming<'a> {
    store: &'a Store,
    digest: Digest,
    size: u64,
    hash: Sha256,
    found: u64,
    part: Part<'a>,
}

/// The file that holds it meanwhile.
struct Part<'a> {
    directory: &'a Dir,
    name: String,
    file: File,
    kept: bool,
}

impl Drop for Part<'_> {
    fn drop(&mut self) {
        if !self.kept {
            // What cannot be removed now goes when the store is pruned.
            let _ = self.directory.remove_file(&self.name);
        }
    }
}

impl Store {
    /// Begins to keep content that comes piece by piece, such as a download.
    ///
    /// # Errors
    /// When nothing can be written.
    pub fn receive(&self, digest: &Digest, size: u64) -> Result<Incoming<'_>, StoreError> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        loop {
            // Of a process that had this number before, something may be left.
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let name = format!("{}.{}-{number}", name(digest), std::process::id());
            match self.temporary.open_with(&name, &options) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                opened => {
                    let file = opened.map_err(|e| self.failed(e))?;
                    let part = Part { directory: &self.temporary, name, file, kept: false };
                    return Ok(Incoming { store: self, digest: digest.clone(), size, hash: Sha256::new(), found: 0, part });
                }
            }
        }
    }
}

impl Incoming<'_> {
    /// Adds the next piece.
    ///
    /// # Errors
    /// When there is more than there should be, which no further piece can mend, or it cannot be written.
    pub fn add(&mut self, piece: &[u8]) -> Result<(), StoreError> {
        self.found = self.found.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
        if self.found > self.size {
            return Err(self.size_error());
        }
        self.hash.update(piece);
        self.part.file.write_all(piece).map_err(|e| self.store.failed(e))
    }

    /// How many bytes have come.
    pub fn so_far(&self) -> u64 {
        self.found
    }

    /// Puts the content into the store, when it is what it should be.
    ///
    /// # Errors
    /// When it is too short or another, or cannot be written. Then nothing of it stays.
    pub fn finish(mut self) -> Result<(), StoreError> {
        if self.found != self.size {
            return Err(self.size_error());
        }
        let found = Digest::from_sha256(std::mem::take(&mut self.hash).finalize().into());
        if found != self.digest {
            return Err(BlobError::Digest { expected: self.digest.clone(), found }.into());
        }
        let failed = |e| self.store.failed(e);
        // Without waiting for the disk: what a power cut leaves of it is no more what its name says, and is fetched anew.
        self.store.temporary.rename(&self.part.name, &self.store.blobs, name(&self.digest)).map_err(failed)?;
        self.part.kept = true;
        Ok(())
    }

    fn size_error(&self) -> StoreError {
        BlobError::Size { digest: self.digest.clone(), expected: self.size, found: self.found }.into()
    }
}

impl fmt::Debug for Incoming<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Incoming({}, {} of {} bytes)", self.digest, self.found, self.size)
    }
}
