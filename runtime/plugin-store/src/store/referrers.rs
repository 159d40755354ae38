//! Signatures, kept beside what they are about: a run without a network verifies them, too.

use std::io;

use windlass_artifact::blob::{Artifact, MAX_DOCUMENT};
use windlass_artifact::signature::{self, MAX_SIGNATURE, Signature};
use windlass_model::digest::Digest;

use super::{Store, StoreError, name};

/// The most signatures of one artifact that are looked at.
const MOST: usize = 200;
/// Beside the signatures of an artifact: whoever has them was asked for all.
pub(super) const ASKED: &str = "asked";

impl Store {
    /// Keeps a manifest that is about another artifact, and what it refers to.
    ///
    /// # Errors
    /// As [`Store::put`].
    pub fn attach(&self, subject: &Digest, referrer: &Artifact) -> Result<(), StoreError> {
        self.put_all(referrer)?;
        let failed = |e| self.failed(e);
        self.referrers.create_dir_all(name(subject)).map_err(failed)?;
        let directory = self.referrers.open_dir(name(subject)).map_err(failed)?;
        directory.write(name(referrer.digest()), b"").map_err(failed)
    }

    /// Keeps all signatures that a registry has of an artifact, none of them too: it need not be asked again.
    ///
    /// # Errors
    /// As [`Store::put`]. Then it is asked again.
    pub fn attach_all<'a>(&self, subject: &Digest, referrers: impl IntoIterator<Item = &'a Artifact>) -> Result<(), StoreError> {
        referrers.into_iter().try_for_each(|referrer| self.attach(subject, referrer))?;
        let failed = |e| self.failed(e);
        self.referrers.create_dir_all(name(subject)).map_err(failed)?;
        let directory = self.referrers.open_dir(name(subject)).map_err(failed)?;
        directory.write(ASKED, b"").map_err(failed)
    }

    /// Whether all signatures of an artifact were kept that there were.
    pub fn knows_signatures(&self, subject: &Digest) -> bool {
        let directory = self.referrers.open_dir(name(subject));
        directory.is_ok_and(|directory| directory.symlink_metadata(ASKED).is_ok())
    }

    /// The manifests that are kept about an artifact.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn referrers(&self, subject: &Digest) -> Result<Vec<Digest>, StoreError> {
        let entries = match self.referrers.read_dir(name(subject)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            read => read.map_err(|e| self.failed(e))?,
        };
        let mut found = Vec::new();
        for entry in entries.take(MOST) {
            let entry = entry.map_err(|e| self.failed(e))?;
            found.extend(entry.file_name().to_str().and_then(|hex| Digest::parse(&format!("sha256:{hex}")).ok()));
        }
        found.sort();
        Ok(found)
    }

    /// The signatures that are kept of an artifact; none of them is verified. What is damaged or missing is left out.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn signatures(&self, subject: &Digest) -> Result<Vec<Signature>, StoreError> {
        let mut found = Vec::new();
        for referrer in self.referrers(subject)? {
            let Some(manifest) = self.find(&referrer, MAX_DOCUMENT)? else { continue };
            for layer in signature::layers(&manifest).unwrap_or_default() {
                if let Some(bytes) = self.get(&layer.descriptor, MAX_SIGNATURE)? {
                    found.push(layer.signature(bytes)?);
                }
            }
        }
        Ok(found)
    }
}
