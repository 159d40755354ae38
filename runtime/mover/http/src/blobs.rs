//! What the cache needs from whoever knows the store.

use std::fs::File;
use std::io::{self, Write};

use windlass_mover_protocol::Blob;

/// Keys, and the bytes that they stand for. Several threads call it at once.
///
/// An error is told to the client as a status after its kind, and build tools go on without their cache then: 404 for `NotFound`, 403 for
/// `PermissionDenied`, 413 for `FileTooLarge`, 507 for `StorageFull`, else 502. Its words are not told. Whatever is called may block.
pub trait Blobs: Send + Sync + 'static {
    /// What is under a key, and which key it was. Of a prefix, the newest of the keys that begin with it.
    ///
    /// # Errors
    /// When nobody can say. That there is nothing is no error.
    fn lookup(&self, key: &str, prefix: bool) -> io::Result<Option<(String, Blob)>>;

    /// This is under a key from now on. [`Blobs::store`] has taken it before.
    ///
    /// # Errors
    /// When it is not.
    fn publish(&self, key: &str, blob: Blob) -> io::Result<()>;

    /// Nothing is under a key any more.
    ///
    /// # Errors
    /// When something still is.
    fn forget(&self, key: &str) -> io::Result<()>;

    /// Takes the bytes of a file, from its first: exactly those of the blob, which the cache has counted and hashed. The file has no name, so that no other
    /// program opens it, and is gone afterwards. Nobody else reads it meanwhile.
    ///
    /// # Errors
    /// When the store has not all of them.
    fn store(&self, blob: Blob, file: &File) -> io::Result<()>;

    /// Writes all bytes of a blob, in order, piece by piece. The cache counts and hashes them: a wrong one need not be noticed here.
    ///
    /// # Errors
    /// When they cannot be had, and when writing fails: the client may have gone. The error of the writer is given back then.
    fn fetch(&self, blob: Blob, to: &mut dyn Write) -> io::Result<()>;
}
