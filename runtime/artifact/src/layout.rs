//! An OCI image layout: plugins, bundles and their signatures in a directory or a `.tar`, as any tool of registries copies it.
//!
//! `index.json` alone has no digest, and is believed only in this: which content there is. Every content is checked against its digest
//! each time it is read. A directory is read through [`windlass_files`], so that links, pipes and devices in it do no harm; of an archive,
//! regular files alone are looked at, and nothing is unpacked.

mod archive;
mod contents;
mod error;
mod referrers;
mod write;

use std::fs::File;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use windlass_files::{FileError, Tree};
use windlass_model::digest::Digest;

use crate::blob::{Artifact, BlobError, Descriptor, MAX_DOCUMENT};
use crate::collect::CollectError;
use crate::document::{Document, DocumentError};
use crate::media;
pub use archive::ArchiveError;
pub use contents::Contents;
pub use error::LayoutError;
pub use referrers::{Beside, referrers_tag};

/// The file that says that a directory is a layout.
const MARKER: &str = "oci-layout";
/// The file that says what is in it.
const INDEX: &str = "index.json";

/// What stands in [`MARKER`].
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Marker {
    image_layout_version: String,
}

/// A layout that is open to be read.
#[derive(Debug)]
pub struct Layout {
    path: PathBuf,
    entries: Vec<Descriptor>,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Directory(Tree),
    Archive(archive::Archive),
}

impl Layout {
    /// Opens a layout, which is a directory or a `.tar`.
    ///
    /// # Errors
    /// When it is none.
    pub fn open(path: &Path) -> Result<Self, LayoutError> {
        let metadata = std::fs::metadata(path).map_err(|source| LayoutError::Io { path: path.to_owned(), source })?;
        let place = if metadata.is_dir() {
            Place::Directory(Tree::open(path).map_err(|source| LayoutError::Io { path: path.to_owned(), source })?)
        } else {
            let file: File =
                windlass_files::open_named(path).map_err(|e| LayoutError::File { path: path.to_owned(), source: e })?;
            let archive = archive::Archive::scan(file);
            Place::Archive(archive.map_err(|source| LayoutError::Archive { path: path.to_owned(), source })?)
        };
        let mut layout = Self { path: path.to_owned(), entries: Vec::new(), place };
        layout.check_version()?;
        let index = layout.file(INDEX, MAX_DOCUMENT)?;
        let document = |source| LayoutError::Document { path: path.join(INDEX), source };
        match Document::read(&index).map_err(document)? {
            Document::Index(index) => layout.entries = index.manifests,
            Document::Manifest(_) => return Err(document(DocumentError::Type(media::MANIFEST.to_owned()))),
        }
        Ok(layout)
    }

    /// Whether a directory or a file can be a layout, by its name and marker alone: for whoever decides how to read a path that a person gave.
    pub fn is_at(path: &Path) -> bool {
        if path.is_dir() { path.join(MARKER).symlink_metadata().is_ok() } else { path.extension().is_some_and(|e| e == "tar") }
    }

    fn check_version(&self) -> Result<(), LayoutError> {
        let bytes = self.file(MARKER, 4096)?;
        let version = serde_json::from_slice::<Marker>(&bytes).map(|marker| marker.image_layout_version).unwrap_or_default();
        if version.starts_with("1.") { Ok(()) } else { Err(LayoutError::Version { path: self.path.clone(), version }) }
    }

    /// Everything that its index names, signatures among it.
    pub fn entries(&self) -> &[Descriptor] {
        &self.entries
    }

    /// The artifact of a name, which is a tag or a whole reference; without a name the only one that it holds.
    ///
    /// # Errors
    /// When there is none of that name; without one, when there are none or several.
    pub fn find(&self, name: Option<&str>) -> Result<Descriptor, LayoutError> {
        let artifacts = self.artifacts()?;
        let names = || artifacts.iter().filter_map(|entry| entry.annotation(media::REF_NAME).map(str::to_owned)).collect();
        let path = self.path.clone();
        if let Some(name) = name {
            let of_name = |entry: &&Descriptor| entry.annotation(media::REF_NAME) == Some(name);
            let found: Vec<&Descriptor> = artifacts.iter().filter(of_name).collect();
            return match found.as_slice() {
                [] => Err(LayoutError::NoSuchName { path, name: name.to_owned(), names: names() }),
                [first, others @ ..] if others.iter().all(|other| other.digest == first.digest) => Ok((*first).clone()),
                _ => Err(LayoutError::Twice { path, name: name.to_owned() }),
            };
        }
        match artifacts.as_slice() {
            [] => Err(LayoutError::Empty { path }),
            [first, others @ ..] if others.iter().all(|other| other.digest == first.digest) => Ok(first.clone()),
            _ => Err(LayoutError::Several { path, names: names() }),
        }
    }

    /// All of an artifact that its index names.
    ///
    /// # Errors
    /// When a part of it is missing, was changed or cannot be read.
    pub fn artifact(&self, entry: &Descriptor) -> Result<Artifact, LayoutError> {
        Artifact::collect(entry, |descriptor, most| self.blob(descriptor, most)).map_err(|error| match error {
            CollectError::Fetch(error) => error,
            CollectError::Document { digest, source } => {
                LayoutError::Document { path: self.path.join(blob_name(&digest)), source }
            }
            CollectError::Nested(digest) => LayoutError::Nested { path: self.path.clone(), digest },
        })
    }

    /// A document that its index or another document names.
    ///
    /// # Errors
    /// As [`Layout::blob`].
    pub fn document(&self, descriptor: &Descriptor) -> Result<Bytes, LayoutError> {
        self.blob(descriptor, MAX_DOCUMENT)
    }

    /// The document of a digest that its index, or an index in it, names; `None` where none does.
    ///
    /// # Errors
    /// As [`Layout::blob`].
    pub fn find_document(&self, digest: &Digest) -> Result<Option<Bytes>, LayoutError> {
        if let Some(entry) = self.entries.iter().find(|entry| entry.digest == *digest) {
            return self.document(entry).map(Some);
        }
        for entry in self.entries.iter().filter(|entry| entry.media_type == media::INDEX) {
            let Ok(Document::Index(index)) = Document::read(&self.document(entry)?) else { continue };
            if let Some(member) = index.manifests.iter().find(|member| member.digest == *digest) {
                return self.document(member).map(Some);
            }
        }
        Ok(None)
    }

    /// Some content, checked against its digest and its size.
    ///
    /// # Errors
    /// When it is not there, has more than `most` bytes, or was changed.
    pub fn blob(&self, descriptor: &Descriptor, most: u64) -> Result<Bytes, LayoutError> {
        let wrong = |source| LayoutError::Blob { path: self.path.clone(), source };
        descriptor.within(most).map_err(wrong)?;
        let name = blob_name(&descriptor.digest);
        let bytes = match self.read(&name, descriptor.size) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return Err(LayoutError::Missing { path: self.path.clone(), digest: descriptor.digest.clone() }),
            Err(FileError::TooLarge(expected)) => {
                let digest = descriptor.digest.clone();
                return Err(wrong(BlobError::Size { digest, expected, found: expected.saturating_add(1) }));
            }
            Err(source) => return Err(LayoutError::File { path: self.path.join(name), source }),
        };
        descriptor.check(&bytes).map_err(wrong)?;
        Ok(bytes.into())
    }

    fn file(&self, name: &'static str, most: u64) -> Result<Vec<u8>, LayoutError> {
        match self.read(name, most) {
            Ok(Some(bytes)) => Ok(bytes),
            Ok(None) => Err(LayoutError::NotALayout { path: self.path.clone(), missing: name }),
            Err(source) => Err(LayoutError::File { path: self.path.join(name), source }),
        }
    }

    /// The whole of a file; `None` when it is not there.
    fn read(&self, name: &str, most: u64) -> Result<Option<Vec<u8>>, FileError> {
        match &self.place {
            Place::Directory(tree) => match tree.read(Path::new(name), most) {
                Err(error) if error.is_not_found() => Ok(None),
                read => read.map(Some),
            },
            Place::Archive(archive) => archive.read(name, most),
        }
    }
}

/// Where content lies in a layout.
fn blob_name(digest: &Digest) -> String {
    format!("blobs/{}", digest.as_str().replace(':', "/"))
}

#[cfg(test)]
mod tests;
