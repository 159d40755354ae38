//! Content by its digest: `blobs/sha256/…` in a directory that only the user can write, shared by every run on the machine.
//!
//! Content is written beside and renamed, so that it is there whole or not at all: of two processes that write the same, both succeed, and
//! a full disk or a lost power supply leaves nothing half. It is checked against its digest each time it is read; what does not fit is
//! removed, and told as missing, so that it is fetched again.

mod incoming;
mod prune;
mod referrers;

use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use bytes::Bytes;
use cap_std::fs::Dir;
use windlass_artifact::blob::{Artifact, BlobError, Descriptor, MAX_DOCUMENT};
use windlass_artifact::bundle::Bundle;
use windlass_artifact::collect::CollectError;
use windlass_artifact::document::DocumentError;
use windlass_artifact::media;
use windlass_files::own::{self, OwnError};
use windlass_files::{FileError, Tree};
use windlass_model::digest::Digest;

pub use incoming::Incoming;
pub use prune::{Pruned, Usage};

/// Content on disk.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    blobs: Dir,
    /// Where content is until it is whole.
    temporary: Dir,
    referrers: Dir,
}

/// Why content cannot be kept or read. That it is not there is no error.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The directory cannot be used.
    #[error(transparent)]
    Own(#[from] OwnError),
    /// The system refused.
    #[error("{path}", path = .path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// No space.
    #[error(
        "there is no space left for {path}; free some, as `windlass plugin prune` does, or name another disk in XDG_CACHE_HOME",
        path = .path.display()
    )]
    Full {
        /// The store.
        path: PathBuf,
    },
    /// A manifest that is kept is none.
    #[error("{digest}: {source}")]
    Document {
        /// The content.
        digest: Digest,
        /// Why not.
        source: DocumentError,
    },
    /// An index that is kept holds another one.
    #[error("{0} is an index in an index, which no artifact of windlass has")]
    Nested(Digest),
    /// What was to be kept is not what its digest says, or is too large.
    #[error(transparent)]
    Blob(#[from] BlobError),
}

impl Store {
    /// Opens a store, and makes it when it is not there.
    ///
    /// # Errors
    /// When it cannot be made, is another user's, or others can write it.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let directory = own::directory(path)?;
        let below = |parent: &Dir, name: &str| own::below(parent, Path::new(name), &path.join(name));
        let blobs = below(&below(&directory, "blobs")?, "sha256")?;
        let (temporary, referrers) = (below(&directory, "tmp")?, below(&directory, "referrers")?);
        Ok(Self { path: path.to_owned(), blobs, temporary, referrers })
    }

    /// Whether there is content of this digest. It is not read.
    pub fn has(&self, digest: &Digest) -> bool {
        self.blobs.symlink_metadata(name(digest)).is_ok_and(|metadata| metadata.is_file())
    }

    /// Content that a document describes; `None` when it is not there, or is there no more because it was damaged.
    ///
    /// # Errors
    /// When the document says that it has more than `most` bytes, or the disk fails.
    pub fn get(&self, descriptor: &Descriptor, most: u64) -> Result<Option<Bytes>, StoreError> {
        descriptor.within(most)?;
        match self.find(&descriptor.digest, descriptor.size)? {
            // It has that digest: it was just held against it.
            Some(bytes) if u64::try_from(bytes.len()) == Ok(descriptor.size) => Ok(Some(bytes)),
            // Of another length: the document is what is wrong.
            Some(bytes) => Ok(descriptor.check(&bytes).map(|()| Some(bytes))?),
            None => Ok(None),
        }
    }

    /// Content of which nothing but the digest is known, as a lock has it.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn find(&self, digest: &Digest, most: u64) -> Result<Option<Bytes>, StoreError> {
        let failed = |error: FileError| self.failed(error.into());
        let path = Path::new(name(digest));
        let file = match Tree::of(&self.blobs).map_err(|e| self.failed(e))?.file(path, false) {
            Err(error) if error.is_not_found() => return Ok(None),
            // A link or a pipe is none of ours.
            Err(FileError::NotAFile(_) | FileError::Outside) => return Ok(self.damaged(digest, None)),
            opened => opened.map_err(failed)?,
        };
        let inode = file.metadata().map_err(|e| self.failed(e))?.ino();
        let bytes = match windlass_files::read_open(&file, most) {
            Err(FileError::TooLarge(_)) => return Ok(self.damaged(digest, Some(inode))),
            read => read.map_err(failed)?,
        };
        if Digest::of(&bytes) != *digest {
            return Ok(self.damaged(digest, Some(inode)));
        }
        // Where that cannot be noted, it goes a little earlier.
        let _ = file.set_modified(SystemTime::now());
        Ok(Some(bytes.into()))
    }

    /// Keeps content.
    ///
    /// # Errors
    /// When it cannot be written. Then nothing of it is there.
    pub fn put(&self, bytes: &[u8]) -> Result<Digest, StoreError> {
        let digest = Digest::of(bytes);
        let mut incoming = self.receive(&digest, u64::try_from(bytes.len()).unwrap_or(u64::MAX))?;
        incoming.add(bytes)?;
        incoming.finish()?;
        Ok(digest)
    }

    /// Keeps all of an artifact, what it refers to first.
    ///
    /// # Errors
    /// As [`Store::put`].
    pub fn put_all(&self, artifact: &Artifact) -> Result<(), StoreError> {
        artifact.parts().try_for_each(|blob| self.put(&blob.bytes).map(drop))
    }

    /// All of an artifact, by the digest that a lock has of it; `None` when a part is missing.
    ///
    /// # Errors
    /// When a document that it is made of cannot be read, or the disk fails.
    pub fn artifact(&self, digest: &Digest) -> Result<Option<Artifact>, StoreError> {
        let Some(bytes) = self.find(digest, MAX_DOCUMENT)? else { return Ok(None) };
        let media_type = if Bundle::is_index(&bytes) { media::INDEX } else { media::MANIFEST };
        let root = Descriptor::of(media_type, &bytes);
        let part = |descriptor: &Descriptor, most| self.get(descriptor, most).map_err(Some)?.ok_or(None);
        match Artifact::collect(&root, part) {
            Ok(artifact) => Ok(Some(artifact)),
            Err(CollectError::Fetch(None)) => Ok(None),
            Err(CollectError::Fetch(Some(error))) => Err(error),
            Err(CollectError::Document { digest, source }) => Err(StoreError::Document { digest, source }),
            Err(CollectError::Nested(digest)) => Err(StoreError::Nested(digest)),
        }
    }

    /// Removes what is not what its name says, if it is still the file that was read: another process may have written it anew.
    fn damaged(&self, digest: &Digest, inode: Option<u64>) -> Option<Bytes> {
        use cap_std::fs::MetadataExt as _;
        let there = self.blobs.symlink_metadata(name(digest)).map(|metadata| metadata.ino()).ok();
        if inode.is_none() || there == inode {
            tracing::warn!(%digest, store = %self.path.display(), "a stored plugin was damaged, and is removed");
            let _ = self.blobs.remove_file(name(digest));
        }
        None
    }

    fn failed(&self, source: io::Error) -> StoreError {
        use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        let path = self.path.clone();
        match source.kind() {
            StorageFull | QuotaExceeded | FileTooLarge => StoreError::Full { path },
            _ => StoreError::Io { path, source },
        }
    }
}

/// The name of the file that holds content.
fn name(digest: &Digest) -> &str {
    digest.as_str().trim_start_matches("sha256:")
}

#[cfg(test)]
mod tests;
