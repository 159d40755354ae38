//! Blobs to and from the store: over the host's stream, or by requests of our own.

use std::fs::File;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use windlass_mover_protocol::{Answer, Ask, Blob, Failed, PIECE, Sha256};

use crate::errand::Errand;
use crate::web::{Trouble, Web};

/// How often a blob is tried without getting any further.
const ATTEMPTS: u32 = 5;

/// How often it is tried at all: a server that cuts each answer after a few bytes is as good as gone.
const ATTEMPTS_WITH_PROGRESS: u32 = 50;

/// The first pause between two attempts; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// The store, as one order sees it.
#[derive(Clone)]
pub(crate) struct Store {
    pub(crate) errand: Arc<Errand>,
    pub(crate) web: Arc<Web>,
}

/// Where the bytes of a blob are read, as often as it takes.
pub(crate) trait Source: Sync {
    /// Reads from a place on; as many bytes as there are.
    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<usize>;
}

impl Source for [u8] {
    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<usize> {
        let rest = usize::try_from(offset).ok().and_then(|offset| self.get(offset..)).unwrap_or_default();
        io::Read::read(&mut &*rest, bytes)
    }
}

impl Source for File {
    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(self, bytes, offset)
    }
}

/// Counts attempts, and pauses between them.
struct Attempts {
    in_vain: u32,
    all: u32,
}

impl Store {
    /// The bytes of a blob, which are those that its digest names.
    ///
    /// # Errors
    /// When there are none, or others, or it is larger than `most`.
    pub(crate) fn fetch(&self, blob: Blob, most: u64) -> Result<Vec<u8>, Failed> {
        let mut bytes = Vec::new();
        self.fetch_in(&mut bytes, blob, most)?;
        Ok(bytes)
    }

    /// As [`Store::fetch`], in a buffer that was used before: memory that is new each time costs more than the copying.
    pub(crate) fn fetch_in(&self, bytes: &mut Vec<u8>, blob: Blob, most: u64) -> Result<(), Failed> {
        let length = usize::try_from(blob.size).ok().filter(|_| blob.size <= most);
        let length =
            length.ok_or_else(|| Failed::Corrupt(format!("{} has {} bytes, more than it can have", blob.digest, blob.size)))?;
        bytes.clear();
        bytes.reserve(length);
        self.fetch_to(blob, bytes)?;
        if Sha256::of(bytes) != blob.digest {
            return Err(Failed::Corrupt(format!("the store gave other bytes than those of {}", blob.digest)));
        }
        Ok(())
    }

    /// Writes as many bytes as a blob has. Whether they are the right ones is for the caller to find out.
    ///
    /// # Errors
    /// When they cannot be had; when they cannot be written, it is the container's fault.
    pub(crate) fn fetch_to(&self, blob: Blob, to: &mut dyn Write) -> Result<(), Failed> {
        let mut had = 0;
        let mut attempts = Attempts::new();
        loop {
            let before = had;
            let trouble = match self.errand.ask(Ask::Fetch(blob))? {
                Answer::Here => return self.read_here(blob, had, to),
                Answer::No(why) => return Err(Failed::Store(why)),
                Answer::Go(request) => match self.web.get(&self.errand, &request, blob.size, &mut had, to) {
                    Ok(()) => return Ok(()),
                    Err(trouble) => trouble,
                },
                _ => return Err(nonsense()),
            };
            attempts.after(&self.errand, trouble, had > before)?;
        }
    }

    fn read_here(&self, blob: Blob, from: u64, to: &mut dyn Write) -> Result<(), Failed> {
        let mut offset = from;
        while offset < blob.size {
            let most = u32::try_from((blob.size - offset).min(PIECE as u64)).unwrap_or(u32::MAX);
            let bytes = match self.errand.ask(Ask::Read { blob: blob.digest, offset, most })? {
                Answer::Bytes(bytes) if !bytes.is_empty() && bytes.len() as u64 <= u64::from(most) => bytes,
                Answer::Bytes(_) => return Err(Failed::Corrupt(format!("the store has not all bytes of {}", blob.digest))),
                Answer::No(why) => return Err(Failed::Store(why)),
                _ => return Err(nonsense()),
            };
            to.write_all(&bytes).map_err(|error| Failed::Container(error.to_string()))?;
            offset += bytes.len() as u64;
            self.errand.moved(bytes.len() as u64);
        }
        Ok(())
    }

    /// Puts a blob into the store. Says how many bytes went there: none when it was there already.
    ///
    /// # Errors
    /// When the store does not take it.
    pub(crate) fn store(&self, blob: Blob, source: &(impl Source + ?Sized)) -> Result<u64, Failed> {
        let mut attempts = Attempts::new();
        loop {
            let sent = match self.errand.ask(Ask::Store(blob))? {
                Answer::Done => return Ok(0),
                Answer::Here => self.write_here(blob, source).map_err(Trouble::Lasting),
                Answer::No(why) => return Err(Failed::Store(why)),
                Answer::Go(request) => {
                    self.web.put(&self.errand, &request, blob.size, &|offset, bytes| source.read_at(offset, bytes))
                }
                _ => return Err(nonsense()),
            };
            if let Err(trouble) = sent {
                attempts.after(&self.errand, trouble, false)?;
                continue;
            }
            return match self.errand.ask(Ask::Stored(blob))? {
                Answer::Done => Ok(blob.size),
                Answer::No(why) => Err(Failed::Store(why)),
                _ => Err(nonsense()),
            };
        }
    }

    fn write_here(&self, blob: Blob, source: &(impl Source + ?Sized)) -> Result<(), Failed> {
        let mut offset = 0;
        while offset < blob.size {
            let mut bytes = vec![0; usize::try_from(blob.size - offset).unwrap_or(PIECE).min(PIECE)];
            let count = source.read_at(offset, &mut bytes).map_err(|error| Failed::Container(error.to_string()))?;
            if count == 0 {
                return Err(Failed::Container(format!("{} has become shorter", blob.digest)));
            }
            bytes.truncate(count);
            match self.errand.ask(Ask::Write { blob: blob.digest, offset, bytes })? {
                Answer::Done => {}
                Answer::No(why) => return Err(Failed::Store(why)),
                _ => return Err(nonsense()),
            }
            offset += count as u64;
            self.errand.moved(count as u64);
        }
        Ok(())
    }
}

impl Attempts {
    fn new() -> Self {
        Self { in_vain: 0, all: 0 }
    }

    /// Waits after an attempt that failed.
    ///
    /// # Errors
    /// When there is to be no other.
    fn after(&mut self, errand: &Errand, trouble: Trouble, got_further: bool) -> Result<(), Failed> {
        let (why, asked) = match trouble {
            Trouble::Lasting(failed) => return Err(failed),
            Trouble::Passing { why, pause } => (why, pause),
        };
        self.all += 1;
        self.in_vain = if got_further { 0 } else { self.in_vain + 1 };
        if self.in_vain >= ATTEMPTS || self.all >= ATTEMPTS_WITH_PROGRESS {
            return Err(Failed::Store(why));
        }
        errand.pause(asked.unwrap_or(FIRST_PAUSE * (1 << self.in_vain.min(4))))
    }
}

fn nonsense() -> Failed {
    Failed::Store("the host gave an answer to another question".into())
}
