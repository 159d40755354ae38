//! A blob on its way: how much of it is there, and whether it is the right one.

use std::io::SeekFrom;

use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncSeekExt as _, AsyncWriteExt as _};
use windlass_model::digest::Digest;

use super::Sink;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::repository::Blob;

pub(super) struct Transfer<'a> {
    blob: &'a Blob,
    what: String,
    sink: &'a mut dyn Sink,
    progress: &'a (dyn Fn(u64) + Send + Sync),
    /// Where the sink was when it began.
    origin: u64,
    done: u64,
    hash: Sha256,
    /// The places that the bytes are from.
    sources: Vec<Endpoint>,
}

impl<'a> Transfer<'a> {
    pub(super) async fn begin(
        blob: &'a Blob,
        what: String,
        sink: &'a mut dyn Sink,
        progress: &'a (dyn Fn(u64) + Send + Sync),
    ) -> Result<Self, Error> {
        let origin = sink.stream_position().await.map_err(|source| Error::Write { host: what.clone(), source })?;
        Ok(Self { blob, what, sink, progress, origin, done: 0, hash: Sha256::new(), sources: Vec::new() })
    }

    pub(super) fn blob(&self) -> &Blob {
        self.blob
    }

    pub(super) fn what(&self) -> &str {
        &self.what
    }

    /// How many bytes are there.
    pub(super) fn done(&self) -> u64 {
        self.done
    }

    /// The next bytes come from there. One that had all of them, and the digest is another, begins anew.
    pub(super) async fn at(&mut self, endpoint: &Endpoint) -> Result<(), Error> {
        if self.done == self.blob.size && self.done > 0 {
            self.rewind().await?;
        }
        if self.done == 0 {
            self.sources.clear();
        }
        if !self.sources.contains(endpoint) {
            self.sources.push(endpoint.clone());
        }
        Ok(())
    }

    /// Begins anew, if what is there is from more than one place; whether it is so.
    pub(super) async fn restart(&mut self) -> Result<bool, Error> {
        let mixed = self.sources.len() > 1;
        if mixed {
            self.rewind().await?;
        }
        Ok(mixed)
    }

    /// Takes bytes, but no more than are due.
    pub(super) async fn take(&mut self, bytes: &[u8], host: &str) -> Result<(), Error> {
        let done = self.done.saturating_add(bytes.len() as u64);
        if done > self.blob.size {
            let found = format!("more than {}", self.blob.size);
            return Err(Error::WrongSize { host: host.to_owned(), what: self.what.clone(), expected: self.blob.size, found });
        }
        self.sink.write_all(bytes).await.map_err(|source| Error::Write { host: host.to_owned(), source })?;
        self.hash.update(bytes);
        self.done = done;
        (self.progress)(done);
        Ok(())
    }

    /// Checks that all is there, and right.
    pub(super) async fn finish(&mut self, host: &str) -> Result<(), Error> {
        if self.done < self.blob.size {
            return Err(self.cut(host, "the answer ended".into()));
        }
        let found = Digest::from_sha256(self.hash.clone().finalize().into());
        if found != self.blob.digest {
            return Err(Error::WrongDigest { host: host.to_owned(), what: self.what.clone(), found });
        }
        self.sink.flush().await.map_err(|source| Error::Write { host: host.to_owned(), source })
    }

    /// The error of an answer that ended too early.
    pub(super) fn cut(&self, host: &str, cause: String) -> Error {
        Error::Cut { host: host.to_owned(), what: self.what.clone(), done: self.done, size: self.blob.size, cause }
    }

    async fn rewind(&mut self) -> Result<(), Error> {
        let write = |source| Error::Write { host: self.what.clone(), source };
        self.sink.flush().await.map_err(write)?;
        self.sink.seek(SeekFrom::Start(self.origin)).await.map_err(write)?;
        (self.done, self.hash) = (0, Sha256::new());
        self.sources.clear();
        (self.progress)(0);
        Ok(())
    }
}
