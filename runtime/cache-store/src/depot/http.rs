//! The entries of the HTTP cache. They have no name, and lie where no step's entry is looked for.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use windlass_model::cache::CacheScope;
use windlass_mover_client::protocol::{Answer, Blob};

use super::{Window, no};
use crate::backend::{Listed, Within};
use crate::caches::{Caches, Existing, Stored};
use crate::miss::Miss;
use crate::names::{Area, Class, RecordName, line};
use crate::{Entry, StoreError};

/// The most bytes of a key.
const LONGEST_KEY: usize = 2048;

/// Of so many entries, those that were used last, the newest of a prefix is looked for.
const MOST_SEARCHED: usize = 2000;

/// What records said that were opened for a prefix, by what they are called, with the time of their last change.
#[derive(Debug, Default)]
pub(super) struct Memory(Mutex<HashMap<RecordName, (u64, Option<Stored>)>>);

impl Memory {
    fn map(&self) -> MutexGuard<'_, HashMap<RecordName, (u64, Option<Stored>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Window {
    pub(super) async fn lookup(&self, key: &str, prefix: bool) -> Result<Answer, StoreError> {
        if key.len() > LONGEST_KEY {
            return no("the key is too long");
        }
        let stored = if prefix { self.newest_of_prefix(key).await? } else { self.exact(key).await? };
        let Some(stored) = stored else { return no("nothing is stored under this key") };
        self.caches.known.allow(&Area::of(&stored.scope), stored.entry.blobs());
        Ok(Answer::Found { key: stored.entry.key, blob: stored.entry.tree })
    }

    async fn exact(&self, key: &str) -> Result<Option<Stored>, StoreError> {
        match self.caches.first(Class::Http, key).await {
            Ok(stored) => Ok(Some(stored)),
            Err(Miss::Store { problem, .. }) => {
                Err(StoreError::Unreachable { store: self.caches.access.store.to_string(), problem })
            }
            Err(_) => Ok(None),
        }
    }

    async fn newest_of_prefix(&self, prefix: &str) -> Result<Option<Stored>, StoreError> {
        for scope in &self.caches.access.read {
            let mut listed = self.caches.backend.list(Within::Line(&Area::of(scope), &line(scope))).await?;
            listed.retain(|listed| listed.name.class == Class::Http);
            listed.sort_by_key(|listed| std::cmp::Reverse(listed.used));
            let mut newest: Option<Stored> = None;
            for record in listed.iter().take(MOST_SEARCHED) {
                let Some(stored) = self.open(scope, record).await? else { continue };
                let is_newer = newest.as_ref().is_none_or(|newest| newest.entry.created < stored.entry.created);
                if stored.entry.key.starts_with(prefix) && is_newer {
                    newest = Some(stored);
                }
            }
            if newest.is_some() {
                return Ok(newest);
            }
        }
        Ok(None)
    }

    /// What a record says; it is read once for each time that it was written.
    async fn open(&self, scope: &CacheScope, record: &Listed) -> Result<Option<Stored>, StoreError> {
        if let Some((used, stored)) = self.http.map().get(&record.name)
            && *used == record.used
        {
            return Ok(stored.clone());
        }
        let Some(found) = self.caches.backend.get(&record.name).await? else { return Ok(None) };
        let stored = self.caches.open_record(scope, &record.name, &found).ok();
        self.http.map().insert(record.name.clone(), (record.used, stored.clone()));
        Ok(stored)
    }

    pub(super) async fn publish(&self, key: String, blob: Blob) -> Result<Answer, StoreError> {
        let caches = &self.caches;
        if key.is_empty() || key.len() > LONGEST_KEY {
            return no("the key is empty or too long");
        }
        if !caches.known.may_name(&caches.area, &blob) {
            return no("this task has not stored such bytes");
        }
        if !caches.budget.publish() {
            return no("this task has stored too many entries");
        }
        let entry = Entry {
            key,
            name: String::new(),
            folders: Vec::new(),
            task: caches.owner.task.clone(),
            run: caches.owner.run.clone(),
            created: Caches::now(),
            tree: blob,
            packs: Vec::new(),
            entries: 1,
            bytes: blob.size,
            fingerprint: None,
        };
        caches.write(Class::Http, &entry, Existing::Replace).await?;
        self.http.map().remove(&RecordName::of(&caches.access.write, Class::Http, &entry.key));
        Ok(Answer::Done)
    }

    pub(super) async fn forget(&self, key: &str) -> Result<Answer, StoreError> {
        let name = RecordName::of(&self.caches.access.write, Class::Http, key);
        self.caches.backend.delete(&name).await?;
        Ok(Answer::Done)
    }
}
