//! All that an image consists of, read from its layout.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use crate::digest::Digest;
use crate::document::{Descriptor, Manifest};
use crate::error::Error;
use crate::layout;

/// Deeper nested indexes are taken for a mistake.
const MAX_DEPTH: usize = 4;

/// A manifest or index, as it is to be sent.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) digest: Digest,
    pub(crate) media_type: String,
    pub(crate) bytes: Vec<u8>,
}

/// A configuration or layer.
#[derive(Debug)]
pub(crate) struct Blob {
    pub(crate) digest: Digest,
    pub(crate) size: u64,
    pub(crate) path: PathBuf,
}

/// An image with all its parts.
#[derive(Debug)]
pub(crate) struct Image {
    /// What gets the tags.
    pub(crate) top: Document,
    /// What `top` refers to, each before what refers to it.
    pub(crate) inner: Vec<Document>,
    /// Each blob once.
    pub(crate) blobs: Vec<Blob>,
}

impl Image {
    /// Reads the documents, and checks that the blobs are there.
    pub(crate) fn read(layout: &Path, select: Option<&Digest>) -> Result<Self, Error> {
        let top = layout::top(layout, select)?;
        let mut walk = Walk { layout, seen: HashSet::new(), documents: Vec::new(), blobs: Vec::new() };
        walk.document(&top, 0)?;
        let Walk { mut documents, blobs, .. } = walk;
        match documents.pop() {
            Some(top) => Ok(Self { top, inner: documents, blobs }),
            None => Err(Error::Broken(format!("{} has no manifest", layout.display()))),
        }
    }

    /// The bytes of all its parts.
    pub(crate) fn size(&self) -> u64 {
        let documents = self.inner.iter().chain([&self.top]).map(|document| document.bytes.len() as u64);
        documents.chain(self.blobs.iter().map(|blob| blob.size)).sum()
    }
}

struct Walk<'a> {
    layout: &'a Path,
    seen: HashSet<Digest>,
    documents: Vec<Document>,
    blobs: Vec<Blob>,
}

impl Walk<'_> {
    fn document(&mut self, descriptor: &Descriptor, depth: usize) -> Result<(), Error> {
        if depth > MAX_DEPTH {
            return Err(Error::Broken(format!("the image in {} nests indexes too deeply", self.layout.display())));
        }
        if !self.seen.insert(descriptor.digest.clone()) {
            return Ok(());
        }
        let bytes = layout::document(self.layout, descriptor)?;
        let manifest: Manifest = serde_json::from_slice(&bytes).map_err(|problem| {
            Error::Broken(format!(
                "{} is not a manifest: {problem}",
                layout::blob_path(self.layout, &descriptor.digest).display()
            ))
        })?;
        for inner in &manifest.manifests {
            self.document(inner, depth + 1)?;
        }
        for blob in manifest.config.iter().chain(&manifest.layers) {
            self.blob(blob)?;
        }
        let media_type = manifest.media_type(&descriptor.media_type).to_owned();
        self.documents.push(Document { digest: descriptor.digest.clone(), media_type, bytes });
        Ok(())
    }

    fn blob(&mut self, descriptor: &Descriptor) -> Result<(), Error> {
        if !self.seen.insert(descriptor.digest.clone()) {
            return Ok(());
        }
        match layout::check_blob(self.layout, descriptor) {
            Ok(path) => self.blobs.push(Blob { digest: descriptor.digest.clone(), size: descriptor.size, path }),
            // A layer that may not be given away is fetched from its URLs by who runs the image.
            Err(_) if !descriptor.urls.is_empty() => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }
}
