//! The files of an artifact as one tar archive: they travel together, whatever their number.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};

use sha2::{Digest as _, Sha256 as Hash};
use tar::{Archive, Builder, EntryType, Header};
use windlass_cache_store::{Blob, Incoming as Archived, Sha256};
use windlass_model::artifact::ArtifactFile;
use windlass_model::digest::Digest;

use super::RemoteError;
use crate::store::Files;
use crate::{Artifact, Incoming, StoreError};

/// Bytes that are copied at once.
const PIECE: usize = 256 << 10;

/// What the archive will be.
pub(super) fn measure(files: &Files, artifact: &Artifact) -> Result<Blob, StoreError> {
    let mut measured = Measured { size: 0, hash: Hash::new() };
    pack(files, artifact, &mut measured)?;
    Ok(Blob { digest: Sha256(measured.hash.finalize().into()), size: measured.size })
}

/// Writes it.
pub(super) fn write(files: &Files, artifact: &Artifact, to: &mut Archived) -> Result<(), StoreError> {
    pack(files, artifact, to)
}

fn pack(files: &Files, artifact: &Artifact, to: impl Write) -> Result<(), StoreError> {
    let failed = |error: io::Error| StoreError::from(RemoteError::of_writing(error, "the artifact store"));
    let mut builder = Builder::new(BufWriter::with_capacity(PIECE, to));
    for file in &artifact.files {
        let source = files.open(&artifact.directory, &file.path)?;
        let mut header = Header::new_gnu();
        header.set_entry_type(EntryType::Regular);
        header.set_mode(0o644);
        header.set_size(file.size);
        let mut reader = Checked { from: BufReader::with_capacity(PIECE, source).take(file.size), size: 0, hash: Hash::new() };
        builder.append_data(&mut header, file.path.as_str(), &mut reader).map_err(failed)?;
        if reader.size != file.size || Digest::from_sha256(reader.hash.finalize().into()) != file.digest {
            return Err(StoreError::Changed { path: file.path.clone() });
        }
    }
    builder.into_inner().and_then(|mut to| to.flush()).map_err(failed)
}

/// Writes the files of an archive, which has to hold these and no others, in this order. The digest of each is checked by whoever takes them.
pub(super) fn read(archive: File, artifact: &Artifact, incoming: &mut Incoming) -> Result<(), StoreError> {
    let reading = |error: io::Error| StoreError::from(RemoteError::other(format!("reading {}: {error}", artifact.directory)));
    let changed = |file: &ArtifactFile| StoreError::Changed { path: file.path.clone() };
    let mut archive = Archive::new(BufReader::with_capacity(PIECE, archive));
    let mut entries = archive.entries().map_err(reading)?;
    let mut bytes = vec![0; PIECE];
    for file in &artifact.files {
        let mut entry = entries.next().ok_or_else(|| changed(file))?.map_err(reading)?;
        let fits = entry.header().entry_type() == EntryType::Regular
            && entry.size() == file.size
            && *entry.path_bytes() == *file.path.as_str().as_bytes();
        if !fits {
            return Err(changed(file));
        }
        incoming.file(file.path.clone(), file.size)?;
        loop {
            match entry.read(&mut bytes).map_err(reading)? {
                0 => break,
                count => incoming.write(&bytes[..count])?,
            }
        }
    }
    Ok(())
}

/// Counts and digests what it is given.
struct Measured {
    size: u64,
    hash: Hash,
}

impl Write for Measured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.size += bytes.len() as u64;
        self.hash.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Counts and digests what it passes on.
struct Checked<R> {
    from: R,
    size: u64,
    hash: Hash,
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let count = self.from.read(bytes)?;
        self.size += count as u64;
        self.hash.update(&bytes[..count]);
        Ok(count)
    }
}
