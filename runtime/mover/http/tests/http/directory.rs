//! Blobs in a directory, with faults on demand.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, Write};
use std::path::PathBuf;
use std::sync::Mutex;

use tempfile::TempDir;
use windlass_mover_http::Blobs;
use windlass_mover_protocol::{Blob, Sha256};

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Storing, publishing, looking up, forgetting, fetching: an error of this kind.
    All(io::ErrorKind),
    /// Fetching: an error of this kind at once.
    Fetch(io::ErrorKind),
    /// Fetching: the last byte is another one.
    WrongByte,
    /// Fetching: the last byte is missing, and nobody says so.
    Short,
    /// Fetching: there is one byte more.
    Long,
    /// Publishing: an error, after all was stored.
    Publish,
}

pub struct Directory {
    place: TempDir,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// In the order in which they were published.
    entries: Vec<(String, Blob)>,
    fault: Option<Fault>,
    fetched: usize,
}

impl Directory {
    pub fn new() -> Self {
        Self { place: TempDir::new().expect("a directory"), state: Mutex::default() }
    }

    pub fn breaks(&self, fault: impl Into<Option<Fault>>) {
        self.state().fault = fault.into();
    }

    /// All keys, sorted.
    pub fn keys(&self) -> Vec<String> {
        let mut keys: Vec<_> = self.state().entries.iter().map(|(key, _)| key.clone()).collect();
        keys.sort();
        keys
    }

    /// How many blobs are stored.
    pub fn stored(&self) -> usize {
        fs::read_dir(self.place.path()).expect("it is there").count()
    }

    /// How often a blob was fetched.
    pub fn fetched(&self) -> usize {
        self.state().fetched
    }

    /// Puts something there that nobody sent.
    pub fn has(&self, key: &str, bytes: &[u8]) -> Blob {
        let blob = Blob { digest: Sha256::of(bytes), size: bytes.len() as u64 };
        fs::write(self.path(blob), bytes).expect("it is written");
        self.publish(key, blob).expect("it is published");
        blob
    }

    fn path(&self, blob: Blob) -> PathBuf {
        self.place.path().join(blob.digest.to_string())
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().expect("no thread panicked")
    }

    fn fault(&self) -> io::Result<Option<Fault>> {
        match self.state().fault {
            Some(Fault::All(kind)) => Err(io::Error::new(kind, "at https://store/?signature=secret")),
            fault => Ok(fault),
        }
    }
}

impl Blobs for Directory {
    fn lookup(&self, key: &str, prefix: bool) -> io::Result<Option<(String, Blob)>> {
        self.fault()?;
        let fits = |found: &str| if prefix { found.starts_with(key) } else { found == key };
        Ok(self.state().entries.iter().rev().find(|(found, _)| fits(found)).cloned())
    }

    fn publish(&self, key: &str, blob: Blob) -> io::Result<()> {
        if self.fault()? == Some(Fault::Publish) {
            return Err(io::Error::other("no"));
        }
        assert!(self.path(blob).exists(), "{key} is published before it is stored");
        // At once: nobody may find the key gone in between.
        let mut state = self.state();
        state.entries.retain(|(found, _)| found != key);
        state.entries.push((key.to_owned(), blob));
        Ok(())
    }

    fn forget(&self, key: &str) -> io::Result<()> {
        self.fault()?;
        self.state().entries.retain(|(found, _)| found != key);
        Ok(())
    }

    fn store(&self, blob: Blob, mut file: &File) -> io::Result<()> {
        self.fault()?;
        file.rewind()?;
        let part = tempfile::NamedTempFile::new_in(&self.place)?;
        io::copy(&mut file, &mut part.as_file())?;
        let bytes = fs::read(part.path())?;
        assert_eq!((Sha256::of(&bytes), bytes.len() as u64), (blob.digest, blob.size), "the file has exactly the blob's bytes");
        part.persist(self.path(blob))?;
        Ok(())
    }

    fn fetch(&self, blob: Blob, to: &mut dyn Write) -> io::Result<()> {
        self.state().fetched += 1;
        let fault = self.fault()?;
        if let Some(Fault::Fetch(kind)) = fault {
            return Err(kind.into());
        }
        let (mut file, mut piece, mut left) = (File::open(self.path(blob))?, vec![0; 100_000], blob.size);
        loop {
            let read = file.read(&mut piece)?;
            left -= read as u64;
            let mut bytes = piece[..read].to_vec();
            match (fault, bytes.last_mut()) {
                (_, None) => return Ok(()),
                (Some(Fault::WrongByte), Some(last)) if left == 0 => *last ^= 1,
                (Some(Fault::Short), _) if left == 0 => drop(bytes.pop()),
                (Some(Fault::Long), _) if left == 0 => bytes.push(0),
                _ => {}
            }
            to.write_all(&bytes)?;
        }
    }
}
