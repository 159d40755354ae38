//! Tidying up: what nobody has read for long goes, then what was used least recently until the rest fits, then bytes that no entry names. What a run that
//! goes on has used stays.

use std::collections::{BTreeSet, HashMap};

use windlass_model::cache::CacheAccess;
use windlass_mover_client::protocol::Blob;

use super::inventory::Record;
use super::{Item, Store};
use crate::StoreError;
use crate::clock::{DAY, now};
use crate::names::Area;

/// How much may stay, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// The bytes of everything.
    pub max_size: u64,
    /// Days without being read.
    pub expire_days: u32,
}

impl Bounds {
    /// Those of a task's plan.
    pub fn of(access: &CacheAccess) -> Self {
        Self { max_size: access.max_size.0.saturating_mul(1 << 20), expire_days: access.expire_days }
    }
}

/// What was removed, or would be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pruned {
    /// Entries that nobody had read for long.
    pub expired: Vec<Item>,
    /// Entries that had to go for the rest to fit.
    pub evicted: Vec<Item>,
    /// The bytes that no entry names any more; 0 of a store that removes those by itself.
    pub bytes: u64,
    /// How many blobs they were.
    pub blobs: usize,
}

impl Store {
    /// Tidies up.
    ///
    /// # Errors
    /// When the store cannot be asked, or does not let something be removed.
    pub async fn prune(&self, bounds: &Bounds, dry_run: bool) -> Result<Pruned, StoreError> {
        // Asked first: whoever comes later is told of nothing that goes now, or uses it and is seen.
        let (busy, now) = (self.backend.busy_since().await?, now());
        if !dry_run {
            self.backend.sweep().await?;
        }
        let records = self.inventory().await?;
        let expiry = now.saturating_sub(u64::from(bounds.expire_days).saturating_mul(DAY));
        let is_expired = |record: &Record| record.is_entry() && record.used < expiry && record.used < busy;
        let (expired, left): (Vec<_>, Vec<_>) = records.into_iter().partition(is_expired);
        let (evicted, left) = evict(left, bounds.max_size, busy);
        if !dry_run {
            let gone: Vec<_> = expired.iter().chain(&evicted).cloned().collect();
            self.delete(&gone, &left).await?;
        }
        let (blobs, bytes) = self.delete_blobs(&expired, &evicted, &left, (busy, now), dry_run).await?;
        let items = |records: Vec<Record>| records.into_iter().filter_map(Record::item).collect();
        Ok(Pruned { expired: items(expired), evicted: items(evicted), bytes, blobs })
    }

    async fn delete_blobs(
        &self,
        expired: &[Record],
        evicted: &[Record],
        left: &[Record],
        (busy, now): (u64, u64),
        dry_run: bool,
    ) -> Result<(usize, u64), StoreError> {
        let Some(listed) = self.backend.blobs().await? else { return Ok((0, 0)) };
        let named = |records: &[Record]| -> BTreeSet<(Area, Blob)> {
            let entries = records.iter().filter(|record| record.is_entry());
            let parts = entries.filter_map(|record| record.body.as_ref().map(|body| (&record.name.area, body)));
            parts.flat_map(|(area, body)| body.blobs().map(|blob| (area.clone(), *blob))).collect()
        };
        let (still, just) = (named(left), &named(expired) | &named(evicted));
        // What a newer windlass has written names nobody knows which.
        let unknown: BTreeSet<&Area> =
            left.iter().filter(|record| record.body.is_none()).map(|record| &record.name.area).collect();
        let (mut count, mut bytes) = (0, 0_u64);
        for listed in listed {
            let part = (listed.area.clone(), listed.blob);
            // An upload that goes on has named its parts nowhere yet.
            let age = if just.contains(&part) { u64::MAX } else { now.saturating_sub(DAY) };
            if still.contains(&part) || unknown.contains(&listed.area) || listed.used >= busy.min(age) {
                continue;
            }
            if !dry_run {
                self.backend.delete_blob(&listed.area, &listed.blob.digest, listed.used).await?;
            }
            (count, bytes) = (count + 1, bytes.saturating_add(listed.blob.size));
        }
        Ok((count, bytes))
    }
}

/// Takes out what was used least recently, until the parts of the rest have no more than `most` bytes.
fn evict(left: Vec<Record>, most: u64, busy: u64) -> (Vec<Record>, Vec<Record>) {
    let mut users: HashMap<(Area, Blob), usize> = HashMap::new();
    let parts = |record: &Record| -> BTreeSet<(Area, Blob)> {
        let body = record.body.iter().filter(|_| record.is_entry());
        body.flat_map(|body| body.blobs().map(|blob| (record.name.area.clone(), *blob))).collect()
    };
    for record in &left {
        for part in parts(record) {
            *users.entry(part).or_default() += 1;
        }
    }
    let mut size = users.keys().fold(0_u64, |sum, (_, blob)| sum.saturating_add(blob.size));
    let mut by_use: Vec<&Record> = left.iter().filter(|record| record.is_entry() && record.used < busy).collect();
    by_use.sort_by_key(|record| record.used);
    let mut gone = BTreeSet::new();
    for record in by_use {
        if size <= most {
            break;
        }
        for part in parts(record) {
            let Some(count) = users.get_mut(&part) else { continue };
            *count = count.saturating_sub(1);
            if *count == 0 {
                size = size.saturating_sub(part.1.size);
            }
        }
        gone.insert(record.name.clone());
    }
    left.into_iter().partition(|record| gone.contains(&record.name))
}
