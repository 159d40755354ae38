//! A blob that comes in pieces: in a file without a name that anybody looks for, until it is whole and right. Whoever writes it holds a lock on it, so
//! what a killed windlass has left is told from what another one is at.

use std::fs::{File, TryLockError};
use std::io::{self, Write as _};
use std::path::PathBuf;

use cap_std::fs::{Dir, OpenOptions, OpenOptionsExt as _};
use sha2::{Digest as _, Sha256};
use windlass_model::digest::Digest;
use windlass_mover_client::protocol::Blob;

use crate::StoreError;

/// How each of them ends.
const ENDING: &str = ".part";

/// A blob on its way.
#[derive(Debug)]
pub(crate) struct Spool {
    blob: Blob,
    directory: Dir,
    /// What messages call the directory.
    path: PathBuf,
    name: String,
    file: File,
    size: u64,
    hash: Sha256,
    /// It has got another name.
    named: bool,
}

impl Spool {
    /// Begins one.
    pub(crate) fn begin(directory: &Dir, path: PathBuf, blob: Blob) -> Result<Self, StoreError> {
        let shown = path.display().to_string();
        let made = directory.try_clone().and_then(|directory| {
            let (name, file) = make(&directory)?;
            Ok((directory, name, file))
        });
        let (directory, name, file) = made.map_err(StoreError::io("writing in", shown))?;
        Ok(Self { blob, directory, path, name, file, size: 0, hash: Sha256::new(), named: false })
    }

    /// What it is to be.
    pub(crate) fn blob(&self) -> Blob {
        self.blob
    }

    /// How much of it is there.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Where it lies.
    pub(crate) fn path(&self) -> PathBuf {
        self.path.join(&self.name)
    }

    /// The next bytes, no more than it has.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        let size = self.size.saturating_add(bytes.len() as u64);
        if size > self.blob.size {
            return Err(self.wrong("more bytes than announced".into()));
        }
        self.file.write_all(bytes).map_err(StoreError::io("writing in", self.path.display().to_string()))?;
        self.hash.update(bytes);
        self.size = size;
        Ok(())
    }

    /// Checks that all is there, and right.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        if self.size < self.blob.size {
            return Err(self.wrong(format!("{} of {} bytes", self.size, self.blob.size)));
        }
        let found: [u8; 32] = self.hash.clone().finalize().into();
        if found == self.blob.digest.0 { Ok(()) } else { Err(self.wrong(Digest::from_sha256(found).to_string())) }
    }

    /// Gives it its place, which replaces what is there.
    pub(crate) fn name(mut self, directory: &Dir, name: &str) -> io::Result<()> {
        self.directory.rename(&self.name, directory, name)?;
        self.named = true;
        Ok(())
    }

    fn wrong(&self, found: String) -> StoreError {
        StoreError::Corrupt { store: self.path.display().to_string(), expected: format!("sha256:{}", self.blob.digest), found }
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        if !self.named {
            // What cannot be removed has no name that anybody looks for, and is swept later.
            let _ = self.directory.remove_file(&self.name);
        }
    }
}

fn make(directory: &Dir) -> io::Result<(String, File)> {
    loop {
        let mut random = [0; 12];
        getrandom::fill(&mut random).map_err(io::Error::other)?;
        let name = format!("{}{ENDING}", hex::encode(random));
        let made = directory.open_with(&name, OpenOptions::new().read(true).write(true).create_new(true).mode(0o600));
        let file = match made {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
            made => made?.into_std(),
        };
        match file.try_lock() {
            // Somebody has swept it before it was locked.
            Err(TryLockError::WouldBlock) => continue,
            // A file system without locks: then nobody takes it for left, either.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        if directory.symlink_metadata(&name).is_ok() {
            return Ok((name, file));
        }
    }
}

/// Removes those that nobody writes any more.
pub(crate) fn sweep(directory: &Dir) {
    let names = directory.entries().into_iter().flatten().flatten().filter_map(|entry| entry.file_name().into_string().ok());
    for name in names.filter(|name| name.ends_with(ENDING)) {
        let Ok(file) = directory.open(&name) else { continue };
        if file.into_std().try_lock().is_ok() {
            let _ = directory.remove_file(&name);
        }
    }
}
