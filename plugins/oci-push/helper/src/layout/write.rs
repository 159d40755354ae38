//! Writing a layout.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::digest::{Digest, Hashed};
use crate::document::{Descriptor, Index, OCI_INDEX};
use crate::error::Error;

/// A layout that is being written. It is none until [`NewLayout::finish`], because `index.json` comes last.
pub(crate) struct NewLayout {
    directory: PathBuf,
}

/// A blob that gets its name when all of it is there; dropped before that, it leaves nothing.
pub(crate) struct NewBlob {
    file: Hashed<BufWriter<File>>,
    partial: Partial,
}

/// A file without a name of its own yet.
struct Partial {
    path: PathBuf,
}

impl Drop for Partial {
    fn drop(&mut self) {
        // Gone already when the blob got its name; else an attempt to tidy up after another error.
        let _ = fs::remove_file(&self.path);
    }
}

impl NewLayout {
    /// Makes the directories. A layout that was there loses its image, not its blobs.
    pub(crate) fn create(directory: &Path) -> Result<Self, Error> {
        let blobs = directory.join("blobs/sha256");
        fs::create_dir_all(&blobs).map_err(|source| cannot_write(&blobs, source))?;
        let index = directory.join("index.json");
        match fs::remove_file(&index) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => Err(cannot_write(&index, source)),
            _ => Ok(Self { directory: directory.to_owned() }),
        }
    }

    /// Begins a blob.
    pub(crate) fn blob(&self) -> Result<NewBlob, Error> {
        let path = self.directory.join("blobs/sha256").join(format!(".partial-{}", std::process::id()));
        let file = File::create(&path).map_err(|source| cannot_write(&path, source))?;
        Ok(NewBlob { file: Hashed::new(BufWriter::with_capacity(128 << 10, file)), partial: Partial { path } })
    }

    /// Writes a small blob at once.
    pub(crate) fn document(&self, bytes: &[u8], media_type: &str) -> Result<Descriptor, Error> {
        let mut blob = self.blob()?;
        blob.write_all(bytes).map_err(|source| cannot_write(&self.directory, source))?;
        blob.finish(media_type)
    }

    /// Makes it a layout with one image.
    pub(crate) fn finish(self, image: Descriptor) -> Result<Digest, Error> {
        let digest = image.digest.clone();
        let index = Index { schema_version: 2, media_type: Some(OCI_INDEX.to_owned()), manifests: vec![image] };
        let index = serde_json::to_vec(&index).map_err(|problem| Error::Broken(format!("cannot write index.json: {problem}")))?;
        for (name, bytes) in [("oci-layout", br#"{"imageLayoutVersion":"1.0.0"}"#.as_slice()), ("index.json", &index)] {
            let path = self.directory.join(name);
            fs::write(&path, bytes).map_err(|source| cannot_write(&path, source))?;
        }
        Ok(digest)
    }
}

impl NewBlob {
    /// Gives it its name.
    pub(crate) fn finish(mut self, media_type: &str) -> Result<Descriptor, Error> {
        self.file.flush().map_err(|source| cannot_write(&self.partial.path, source))?;
        let (_, digest, size) = self.file.finish();
        let path = self.partial.path.with_file_name(digest.hex());
        fs::rename(&self.partial.path, &path).map_err(|source| cannot_write(&path, source))?;
        Ok(Descriptor { media_type: media_type.to_owned(), digest, size, urls: Vec::new() })
    }
}

impl Write for NewBlob {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.file.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn cannot_write(path: &Path, source: io::Error) -> Error {
    Error::File { what: format!("cannot write {}", path.display()), source }
}
