//! Every record of a store, opened.

use futures::StreamExt as _;

use super::{Item, Store};
use crate::StoreError;
use crate::backend::{Listed, Within};
use crate::names::{Class, RecordName};
use crate::seal::{self, Body};

/// Records that are read at once.
const AT_ONCE: usize = 16;

/// One of them.
#[derive(Debug, Clone)]
pub(super) struct Record {
    pub(super) name: RecordName,
    pub(super) used: u64,
    /// What it says; nothing when that cannot be read.
    pub(super) body: Option<Body>,
    /// Whether this host's key vouches for it.
    pub(super) own: bool,
}

impl Record {
    /// Whether it is an entry, and not what says which of them is the newest.
    pub(super) fn is_entry(&self) -> bool {
        matches!(self.name.class, Class::Key | Class::Http)
    }

    pub(super) fn item(self) -> Option<Item> {
        if !self.is_entry() {
            return None;
        }
        let body = self.body?;
        Some(Item { scope: body.scope(), entry: body.entry, used: self.used, own: self.own })
    }
}

impl Store {
    /// All records. One that goes meanwhile is left out.
    pub(super) async fn inventory(&self) -> Result<Vec<Record>, StoreError> {
        let listed = self.backend.list(Within::Store).await?;
        let mut reading = futures::stream::iter(listed).map(|listed| self.read(listed)).buffer_unordered(AT_ONCE);
        let mut records = Vec::new();
        while let Some(record) = reading.next().await {
            records.extend(record?);
        }
        records.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(records)
    }

    async fn read(&self, listed: Listed) -> Result<Option<Record>, StoreError> {
        let Some(found) = self.backend.get(&listed.name).await? else { return Ok(None) };
        let (body, own) = match seal::open(&self.key, &listed.name, &found.bytes) {
            Ok(body) => (Some(body), true),
            // What it says matters to whoever removes what nothing names.
            Err(_) => (seal::claims(&found.bytes).filter(|body| is_in_place(body, &listed.name)), false),
        };
        Ok(Some(Record { name: listed.name, used: listed.used, body, own }))
    }
}

/// Whether what a record says fits to where it lies.
fn is_in_place(body: &Body, name: &RecordName) -> bool {
    RecordName::of(&body.scope(), name.class, seal::text_of(name.class, &body.entry)) == *name
}
