//! What a layout is to hold.

use std::collections::BTreeMap;

use bytes::Bytes;
use windlass_model::digest::Digest;

use super::{Layout, LayoutError, referrers::referrers_tag};
use crate::blob::{Artifact, Descriptor};
use crate::document::{Document, Index};
use crate::media;

/// The content of a layout, in memory.
#[derive(Debug, Clone, Default)]
pub struct Contents {
    entries: Vec<Descriptor>,
    blobs: BTreeMap<Digest, Bytes>,
}

impl Contents {
    /// Adds an artifact, known by a tag or a whole reference, or by its digest alone. Whatever had that name has it no more.
    pub fn add(&mut self, artifact: &Artifact, name: Option<&str>) {
        for blob in artifact.parts() {
            self.blobs.insert(blob.descriptor.digest.clone(), blob.bytes.clone());
        }
        let mut entry = artifact.root.descriptor.clone();
        entry.annotations.clear();
        if let Ok(Document::Manifest(manifest)) = Document::read(&artifact.root.bytes)
            && manifest.subject.is_some()
        {
            // So that a tool finds it without reading every manifest.
            entry.artifact_type = manifest.artifact_type;
            entry.annotations = manifest.annotations;
        }
        let named = |entry: &Descriptor| entry.annotation(media::REF_NAME).map(str::to_owned);
        if let Some(name) = name {
            self.entries.retain(|other| named(other).as_deref() != Some(name));
            entry.annotations.insert(media::REF_NAME.to_owned(), name.to_owned());
        }
        self.entries.retain(|other| other.digest != entry.digest || named(other).is_some() && named(other) != named(&entry));
        self.entries.push(entry);
    }

    /// All that a layout holds of one artifact: what it consists of, and, where `referrers` says so, what refers to it.
    ///
    /// # Errors
    /// When something of it is missing or was changed.
    pub fn copy(&mut self, from: &Layout, entry: &Descriptor, referrers: bool) -> Result<(), LayoutError> {
        for part in from.artifact(entry)?.parts() {
            self.blobs.insert(part.descriptor.digest.clone(), part.bytes.clone());
        }
        self.entries.retain(|other| {
            other.digest != entry.digest || other.annotation(media::REF_NAME) != entry.annotation(media::REF_NAME)
        });
        self.entries.push(entry.clone());
        if referrers {
            for referrer in from.referrers(&entry.digest, None)? {
                self.copy(from, &referrer, false)?;
            }
            let older = format!("{}.sig", referrers_tag(&entry.digest));
            let signed = |other: &&Descriptor| other.annotation(media::REF_NAME) == Some(&older);
            if let Some(signatures) = from.entries().iter().find(signed) {
                self.copy(from, signatures, false)?;
            }
        }
        Ok(())
    }

    /// All that a layout holds.
    ///
    /// # Errors
    /// When something of it is missing or was changed.
    pub fn all_of(layout: &Layout) -> Result<Self, LayoutError> {
        let mut contents = Self::default();
        for entry in layout.entries() {
            contents.copy(layout, entry, false)?;
        }
        Ok(contents)
    }

    /// Everything that an entry leads to: what only a replaced artifact consisted of is left out.
    pub(super) fn kept(&self) -> BTreeMap<&Digest, &Bytes> {
        let mut kept = BTreeMap::new();
        let mut next: Vec<Digest> = self.entries.iter().map(|entry| entry.digest.clone()).collect();
        while let Some(digest) = next.pop() {
            let Some((digest, bytes)) = self.blobs.get_key_value(&digest) else { continue };
            if kept.insert(digest, bytes).is_some() {
                continue;
            }
            // A layer is parsed in vain, and is no document: documents are told by their first byte.
            match bytes.starts_with(b"{").then(|| Document::read(bytes)) {
                Some(Ok(Document::Index(index))) => next.extend(index.manifests.into_iter().map(|entry| entry.digest)),
                Some(Ok(Document::Manifest(manifest))) => {
                    next.extend(manifest.layers.into_iter().chain([manifest.config]).map(|part| part.digest));
                }
                _ => {}
            }
        }
        kept
    }

    /// `index.json`, with its entries in one order.
    pub(super) fn index(&self) -> Bytes {
        let mut entries = self.entries.clone();
        let key = |entry: &Descriptor| {
            (
                entry.annotation(media::REF_NAME).is_none(),
                entry.annotation(media::REF_NAME).map(str::to_owned),
                entry.digest.clone(),
            )
        };
        entries.sort_by_key(key);
        Index::new(entries).blob().bytes
    }
}
