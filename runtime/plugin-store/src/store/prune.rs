//! The bound of the store: what was used longest ago goes first, and what locks name stays.

use std::collections::BTreeSet;
use std::io;
use std::time::{Duration, SystemTime};

use windlass_artifact::blob::MAX_DOCUMENT;
use windlass_artifact::document::Document;
use windlass_model::digest::Digest;

use super::referrers::ASKED;
use super::{Store, StoreError, name};

/// After so long nobody is still writing.
const ABANDONED: Duration = Duration::from_secs(24 * 60 * 60);

/// What a store holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// How many contents.
    pub count: usize,
    /// Bytes of all of them.
    pub bytes: u64,
}

/// What pruning did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pruned {
    /// What was removed.
    pub removed: Usage,
    /// What is still there.
    pub kept: Usage,
}

struct Kept {
    used: SystemTime,
    bytes: u64,
    name: String,
}

impl Store {
    /// How much the store holds.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn usage(&self) -> Result<Usage, StoreError> {
        let files = self.files()?;
        Ok(Usage { count: files.len(), bytes: files.iter().map(|file| file.bytes).sum() })
    }

    /// Removes what was used longest ago until all that is kept has no more than `most` bytes. What `keep` names stays, with everything that
    /// it refers to and its signatures, even where that is more.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn prune(&self, most: u64, keep: &BTreeSet<Digest>) -> Result<Pruned, StoreError> {
        self.sweep_abandoned()?;
        let stays = self.reachable(keep)?;
        let mut files = self.files()?;
        files.sort_by(|one, other| (one.used, &one.name).cmp(&(other.used, &other.name)));
        let kept = Usage { count: files.len(), bytes: files.iter().map(|file| file.bytes).sum() };
        let mut pruned = Pruned { removed: Usage::default(), kept };
        for file in files {
            if pruned.kept.bytes <= most {
                break;
            }
            if stays.contains(&file.name) {
                continue;
            }
            match self.blobs.remove_file(&file.name) {
                // Another process may prune at the same time.
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(self.failed(error)),
                _ => {
                    pruned.removed.count += 1;
                    pruned.removed.bytes += file.bytes;
                    pruned.kept.count -= 1;
                    pruned.kept.bytes -= file.bytes;
                }
            }
        }
        self.sweep_referrers()?;
        Ok(pruned)
    }

    fn files(&self) -> Result<Vec<Kept>, StoreError> {
        let failed = |e| self.failed(e);
        let mut files = Vec::new();
        for entry in self.blobs.entries().map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let Ok(metadata) = entry.metadata() else { continue };
            if let Some(name) = entry.file_name().to_str().filter(|_| metadata.is_file()) {
                files.push(Kept {
                    used: metadata.modified().map_err(failed)?.into_std(),
                    bytes: metadata.len(),
                    name: name.to_owned(),
                });
            }
        }
        Ok(files)
    }

    /// The names of the files of everything that these digests lead to.
    fn reachable(&self, roots: &BTreeSet<Digest>) -> Result<BTreeSet<String>, StoreError> {
        let mut found = BTreeSet::new();
        let mut next: Vec<Digest> = roots.iter().cloned().collect();
        while let Some(digest) = next.pop() {
            if !self.has(&digest) || !found.insert(name(&digest).to_owned()) {
                continue;
            }
            next.extend(self.referrers(&digest)?);
            let length = self.blobs.metadata(name(&digest)).map_or(u64::MAX, |metadata| metadata.len());
            if length > MAX_DOCUMENT {
                continue;
            }
            // Read past the clock: being looked at here is no use of it.
            let Ok(bytes) = self.blobs.read(name(&digest)) else { continue };
            match bytes.starts_with(b"{").then(|| Document::read(&bytes)) {
                Some(Ok(Document::Index(index))) => next.extend(index.manifests.into_iter().map(|entry| entry.digest)),
                Some(Ok(Document::Manifest(manifest))) => {
                    next.extend(manifest.layers.into_iter().chain([manifest.config]).map(|part| part.digest));
                }
                _ => {}
            }
        }
        Ok(found)
    }

    /// Removes what processes have left that were ended in the middle of writing.
    fn sweep_abandoned(&self) -> Result<(), StoreError> {
        for entry in self.temporary.entries().map_err(|e| self.failed(e))?.flatten() {
            let written = entry.metadata().and_then(|metadata| metadata.modified());
            let age = written.ok().and_then(|written| written.into_std().elapsed().ok());
            if age.is_some_and(|age| age > ABANDONED) {
                let _ = self.temporary.remove_file(entry.file_name());
            }
        }
        Ok(())
    }

    /// Forgets signatures that are not kept any more.
    fn sweep_referrers(&self) -> Result<(), StoreError> {
        for subject in self.referrers.entries().map_err(|e| self.failed(e))?.flatten() {
            let Ok(directory) = subject.open_dir() else { continue };
            for entry in directory.entries().map_err(|e| self.failed(e))?.flatten() {
                // That somebody was asked is known as long as the artifact is.
                let about = if entry.file_name() == ASKED { subject.file_name() } else { entry.file_name() };
                if self.blobs.symlink_metadata(about).is_err() {
                    let _ = directory.remove_file(entry.file_name());
                }
            }
            // One that is not empty stays.
            let _ = self.referrers.remove_dir(subject.file_name());
        }
        Ok(())
    }
}
