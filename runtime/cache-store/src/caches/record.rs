//! Writing entries.

use sha2::{Digest as _, Sha256};
use windlass_model::cache::CacheScope;
use windlass_mover_client::protocol::{Blob, PIECE};

use super::{Caches, Inner, Stored};
use crate::backend::Mode;
use crate::names::{Area, Class, RecordName};
use crate::{Entry, StoreError, seal};

/// What becomes of an entry that is there under the same key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// It stays: it came first.
    Keep,
    /// The new one takes its place.
    Replace,
}

/// What was done with an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recorded {
    /// It is there.
    Written,
    /// Another was there first, and stays.
    Kept(Box<Entry>),
}

impl Caches {
    /// Puts an entry into the scope that the task writes. All of its blobs must have been stored by this task, or be part of an entry that it was
    /// told of.
    ///
    /// # Errors
    /// When it names other blobs or too many bytes, or the store does not take it.
    pub async fn record(&self, entry: &Entry, existing: Existing) -> Result<Recorded, StoreError> {
        let what = format!("the cache {}", entry.name);
        if entry.name.is_empty() {
            return Err(StoreError::NotOwn { what: "an entry without a name".into() });
        }
        self.0.check(&what, entry)?;
        let recorded = self.0.write(Class::Key, entry, existing).await?;
        if recorded == Recorded::Written {
            self.0.write(Class::Name, entry, Existing::Replace).await?;
        }
        Ok(recorded)
    }

    /// Takes an entry out of use that could not be restored because its bytes are missing or others. Bytes that are found to be others are removed; a
    /// task that says so of right ones changes nothing of them. An entry of another scope stays.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn distrust(&self, stored: &Stored) -> Result<(), StoreError> {
        let area = Area::of(&stored.scope);
        let mut sound = true;
        for blob in stored.entry.blobs() {
            if !self.0.is_sound(&area, blob).await? {
                sound = false;
                self.0.known.forget(&area, blob);
                self.0.backend.delete_blob(&area, &blob.digest, u64::MAX).await?;
            }
        }
        if !sound && stored.scope == self.0.access.write {
            for class in [Class::Key, Class::Name] {
                self.0.remove(&stored.scope, class, &stored.entry).await?;
            }
        }
        Ok(())
    }
}

impl Inner {
    fn check(&self, what: &str, entry: &Entry) -> Result<(), StoreError> {
        let mut bytes = entry.bytes;
        for blob in entry.blobs() {
            bytes = bytes.max(blob.size);
            if !self.known.may_name(&self.area, blob) {
                return Err(StoreError::NotOwn { what: format!("{what} names sha256:{}, which", blob.digest) });
            }
        }
        if entry.packs.len() >= seal::MOST_BLOBS {
            return Err(StoreError::NotOwn { what: format!("{what} has more parts than an entry may have, so it") });
        }
        self.budget.check(what, bytes)
    }

    /// Puts an entry under its key or name.
    pub(crate) async fn write(&self, class: Class, entry: &Entry, existing: Existing) -> Result<Recorded, StoreError> {
        let scope = &self.access.write;
        let name = RecordName::of(scope, class, seal::text_of(class, entry));
        let too_large = || StoreError::TooLarge { what: format!("the entry of {}", entry.name), limit: "4 MiB".into() };
        let record = seal::seal(&self.key, scope, class, entry).ok_or_else(too_large)?;
        let blobs: Vec<_> = entry.blobs().copied().collect();
        if existing == Existing::Keep {
            if self.backend.put(&name, &record, &blobs, Mode::First).await? {
                return Ok(Recorded::Written);
            }
            if let Some(there) = self.usable(scope, &name).await? {
                return Ok(Recorded::Kept(Box::new(there)));
            }
        }
        self.backend.put(&name, &record, &blobs, Mode::Replace).await?;
        Ok(Recorded::Written)
    }

    /// What lies in a place, if it can be restored.
    async fn usable(&self, scope: &CacheScope, name: &RecordName) -> Result<Option<Entry>, StoreError> {
        let Some(found) = self.backend.get(name).await? else { return Ok(None) };
        let Ok(stored) = self.open_record(scope, name, &found) else { return Ok(None) };
        for blob in stored.entry.blobs() {
            if !self.backend.has(&self.area, blob).await? {
                return Ok(None);
            }
        }
        Ok(Some(stored.entry))
    }

    /// Removes an entry, if it is still the one that lies there.
    async fn remove(&self, scope: &CacheScope, class: Class, entry: &Entry) -> Result<(), StoreError> {
        let name = RecordName::of(scope, class, seal::text_of(class, entry));
        let Some(found) = self.backend.get(&name).await? else { return Ok(()) };
        match self.open_record(scope, &name, &found) {
            Ok(there) if there.entry == *entry => self.backend.delete(&name).await,
            _ => Ok(()),
        }
    }
}

impl Inner {
    /// Whether a blob is there and is what it should be.
    async fn is_sound(&self, area: &Area, blob: &Blob) -> Result<bool, StoreError> {
        let (mut hash, mut offset) = (Sha256::new(), 0);
        while offset < blob.size {
            let bytes = match self.backend.read(area, blob, offset, PIECE).await {
                Ok(Some(bytes)) if !bytes.is_empty() => bytes,
                // Some stores notice it themselves.
                Ok(_) | Err(StoreError::Corrupt { .. }) => return Ok(false),
                Err(error) => return Err(error),
            };
            offset = offset.saturating_add(bytes.len() as u64);
            hash.update(&bytes);
        }
        let found: [u8; 32] = hash.finalize().into();
        Ok(offset == blob.size && found == blob.digest.0)
    }
}
