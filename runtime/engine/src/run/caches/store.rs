//! What becomes of a cache at the end.

use std::sync::Arc;

use windlass_cache_store::{Caches, Entry, Existing, Recorded};
use windlass_model::event::{CacheOutcome, Failure, StepRef};
use windlass_model::pod::MAIN;
use windlass_mover_client::protocol::{Failed, Kept, Order, Outcome, Secret};

use super::super::context::TaskContext;
use super::super::step::task_failure;
use super::known::Cache;
use super::mover::Movers;
use super::{tell, warn};
use crate::words::in_one_line;

/// Stores a cache, if there is a reason to. Whatever keeps it from being stored is a warning.
pub(in super::super) async fn upload(context: &Arc<TaskContext>, step: &StepRef, name: &str) -> Result<(), Failure> {
    let Some(movers) = &context.movers else { return Ok(()) };
    let Some(cache) = context.caches.get(name) else {
        return Err(task_failure(format!("the cache {name} cannot be stored: its instruction did not run, or failed")));
    };
    let storing = Storing { context, movers, name, cache: &cache };
    let outcome = match storing.reason_not_to().await {
        Some(why) => CacheOutcome::NotStored { why },
        None => match storing.store(step).await {
            Ok(outcome) => outcome,
            Err(why) => {
                warn(context, format!("cache {name} was not stored: {why}")).await;
                CacheOutcome::NotStored { why }
            }
        },
    };
    tell(context, step, name, &cache.key.text, outcome).await;
    Ok(())
}

struct Storing<'a> {
    context: &'a Arc<TaskContext>,
    movers: &'a Movers,
    name: &'a str,
    cache: &'a Cache,
}

impl Storing<'_> {
    fn was_hit(&self) -> bool {
        self.cache.restored.as_ref().is_some_and(|stored| stored.entry.key == self.cache.key.text)
    }

    async fn reason_not_to(&self) -> Option<String> {
        match &self.cache.restored {
            Some(_) if !self.cache.reupload_on_changes => Some("the store had it".to_owned()),
            Some(_) => None,
            None if self.cache.unusable => None,
            // Another task may have been faster.
            None => match self.movers.find(&self.cache.key.text).await {
                Ok(stored) if self.movers.caches.is_own(&stored.scope) => Some("another task has stored it meanwhile".to_owned()),
                _ => None,
            },
        }
    }

    async fn store(&self, step: &StepRef) -> Result<CacheOutcome, String> {
        if let Some(down) = self.movers.down.get() {
            return Err(down.to_string());
        }
        let base = match &self.cache.restored {
            Some(stored) => Some(stored.clone()),
            // Its parts may be what is missing.
            None if self.cache.unusable => None,
            // What is there of another key saves most of the bytes.
            None => self.movers.caches.newest(self.name).await.ok(),
        };
        if let Some(stored) = &base {
            self.movers.caches.allow(stored);
        }
        let order = Order::Keep {
            place: self.cache.place.clone(),
            base: base.map(|stored| (stored.entry.tree, stored.entry.packs)),
            unless_unchanged: self.was_hit(),
            most_bytes: self.movers.caches.most_bytes(),
            secrets: self.context.secrets_told(MAIN).into_iter().map(Secret).collect(),
        };
        match self.movers.order(self.context, order).await {
            Ok(Ok(Outcome::Kept(kept))) => self.record(step, kept).await,
            Ok(Ok(Outcome::Unchanged)) => Ok(CacheOutcome::NotStored { why: "it has not changed".to_owned() }),
            Ok(Ok(Outcome::Empty)) => Ok(CacheOutcome::NotStored { why: "its folders are empty".to_owned() }),
            Ok(Ok(_)) => Err("the mover did something else".to_owned()),
            Ok(Err(Failed::Store(why) | Failed::Corrupt(why) | Failed::Container(why))) => Err(why),
            Ok(Err(Failed::Cancelled)) => Err("it was interrupted".to_owned()),
            Err(error) => Err(in_one_line(&error)),
        }
    }

    /// Writes the entry: only now is it there for others.
    async fn record(&self, step: &StepRef, kept: Kept) -> Result<CacheOutcome, String> {
        let name = self.name;
        for file in &kept.secret_files {
            warn(self.context, format!("cache {name}: {file} holds the value of a secret, and is stored as it is")).await;
        }
        for file in &kept.passed_over {
            warn(self.context, format!("cache {name}: {file} is left out")).await;
        }
        let Kept { tree, packs, entries, bytes, sent, .. } = kept;
        let entry = Entry {
            key: self.cache.key.text.clone(),
            name: name.to_owned(),
            folders: self.cache.folders.clone(),
            task: step.task.name.clone(),
            run: self.movers.run.clone(),
            created: Caches::now(),
            tree,
            packs,
            entries,
            bytes,
            fingerprint: self.cache.key.fingerprint.clone(),
        };
        // What was restored under this key has changed since, and the file says to store it again; or it is of no use any more.
        let existing = if self.was_hit() || self.cache.unusable { Existing::Replace } else { Existing::Keep };
        match self.movers.caches.record(&entry, existing).await {
            Ok(Recorded::Written) => {
                self.movers.note_stored(name);
                Ok(CacheOutcome::Stored { entries, size: bytes, sent })
            }
            Ok(Recorded::Kept(_)) => Ok(CacheOutcome::NotStored { why: "another task has stored it meanwhile".to_owned() }),
            Err(error) => Err(in_one_line(&error)),
        }
    }
}
