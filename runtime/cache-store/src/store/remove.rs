//! Removing entries, and what says which of them is the newest.

use std::collections::BTreeSet;

use windlass_model::cache::CacheScope;

use super::inventory::Record;
use super::{Item, Store};
use crate::backend::Mode;
use crate::names::{Class, RecordName};
use crate::{StoreError, seal};

/// Which entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// Those under a key.
    Key(String),
    /// Those of a name.
    Name(String),
    /// Those of a scope.
    Scope(CacheScope),
    /// All.
    All,
}

impl Selection {
    fn takes(&self, record: &Record) -> bool {
        // What cannot be read goes with everything.
        let Some(body) = &record.body else { return *self == Self::All };
        match self {
            Self::Key(key) => body.entry.key == *key,
            Self::Name(name) => !name.is_empty() && body.entry.name == *name,
            Self::Scope(scope) => body.scope() == *scope,
            Self::All => true,
        }
    }
}

impl Store {
    /// Removes entries; those are returned that it removes, or would remove. Their bytes go when the store is tidied up.
    ///
    /// # Errors
    /// When the store does not let them be removed.
    pub async fn remove(&self, selection: &Selection, dry_run: bool) -> Result<Vec<Item>, StoreError> {
        let records = self.inventory().await?;
        let (gone, left): (Vec<_>, Vec<_>) = records.into_iter().partition(|record| record.is_entry() && selection.takes(record));
        if !dry_run {
            self.delete(&gone, &left).await?;
        }
        Ok(gone.into_iter().filter_map(Record::item).collect())
    }

    /// Deletes records, and has what says which is the newest of a name say so of what is left.
    pub(super) async fn delete(&self, gone: &[Record], left: &[Record]) -> Result<(), StoreError> {
        for record in gone {
            self.backend.delete(&record.name).await?;
        }
        let there: BTreeSet<&RecordName> = left.iter().map(|record| &record.name).collect();
        for newest in left.iter().filter(|record| record.name.class == Class::Name) {
            let of_key = newest.body.as_ref().map(|body| RecordName::of(&body.scope(), Class::Key, &body.entry.key));
            if of_key.is_some_and(|of_key| there.contains(&of_key)) {
                continue;
            }
            match next(newest, left)
                .and_then(|body| seal::seal(&self.key, &body.scope(), Class::Name, &body.entry).zip(Some(body)))
            {
                Some((record, body)) => {
                    let blobs: Vec<_> = body.blobs().copied().collect();
                    self.backend.put(&newest.name, &record, &blobs, Mode::Replace).await?;
                }
                None => self.backend.delete(&newest.name).await?,
            };
        }
        Ok(())
    }
}

/// The newest of what is left of a name.
fn next<'a>(newest: &Record, left: &'a [Record]) -> Option<&'a seal::Body> {
    let gone = newest.body.as_ref()?;
    let same =
        left.iter().filter(|record| record.own && record.name.class == Class::Key).filter_map(|record| record.body.as_ref());
    same.filter(|body| body.scope() == gone.scope() && body.entry.name == gone.entry.name).max_by_key(|body| body.entry.created)
}
