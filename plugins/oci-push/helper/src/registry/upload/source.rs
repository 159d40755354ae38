//! A blob's bytes on their way: checked against its digest before the last of them leaves, and watched.

use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};
use std::sync::atomic::Ordering;
use std::time::Instant;

use super::super::NEWS;
use super::Sending;
use crate::digest::Hasher;
use crate::error::Error;
use crate::http::SourceError;
use crate::progress::size;
use crate::tree::Blob;

/// So much is read at once to hash what the registry has already.
const CHUNK: usize = 128 << 10;

/// A reader of a blob from an offset to its end.
pub(super) struct Source<'a> {
    file: File,
    blob: &'a Blob,
    position: u64,
    hasher: Hasher,
    sending: &'a Sending<'a>,
    news: Instant,
}

impl<'a> Source<'a> {
    /// Opens it. What lies before the offset is read for the digest, and not sent.
    pub(super) fn open(blob: &'a Blob, offset: u64, sending: &'a Sending<'a>) -> Result<Self, Error> {
        let unreadable = |source: io::Error| Error::unreadable(&blob.path, &source);
        let mut file = File::open(&blob.path).map_err(unreadable)?;
        let mut hasher = Hasher::default();
        let mut buffer = vec![0; CHUNK];
        let mut before = (&file).take(offset);
        loop {
            match before.read(&mut buffer).map_err(unreadable)? {
                0 => break,
                read => hasher.update(buffer.get(..read).unwrap_or_default()),
            }
        }
        file.seek(SeekFrom::Start(offset)).map_err(unreadable)?;
        Ok(Self { file, blob, position: offset, hasher, sending, news: Instant::now() + NEWS })
    }

    fn broken(&self, what: &str) -> io::Error {
        let path = self.blob.path.display();
        io::Error::other(SourceError(Error::Broken(format!("{path} {what}; build the image again"))))
    }

    fn tell(&mut self) {
        if Instant::now() >= self.news {
            self.news = Instant::now() + NEWS;
            let so_far = format!("{} of {}", size(self.position), size(self.blob.size));
            self.sending.progress.line(&format!("{}  {so_far}", self.blob.digest.short()));
        }
    }
}

impl Read for Source<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.sending.stop.load(Ordering::Relaxed) {
            return Err(io::Error::other(SourceError(Error::Stopped)));
        }
        let left = usize::try_from(self.blob.size - self.position).unwrap_or(usize::MAX);
        let room = buffer.len().min(left);
        let Some(room) = buffer.get_mut(..room).filter(|room| !room.is_empty()) else { return Ok(0) };
        let unreadable = |source: io::Error| io::Error::other(SourceError(Error::unreadable(&self.blob.path, &source)));
        let read = self.file.read(room).map_err(unreadable)?;
        if read == 0 {
            return Err(self.broken("became shorter while it was sent"));
        }
        self.hasher.update(room.get(..read).unwrap_or_default());
        self.position += read as u64;
        if self.position == self.blob.size && self.hasher.clone().finish() != self.blob.digest {
            return Err(self.broken("does not have the digest it is named after"));
        }
        self.tell();
        Ok(read)
    }
}
