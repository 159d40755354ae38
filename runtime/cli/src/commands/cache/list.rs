//! `cache ls`: what is stored, how big, how old.

use serde_json::{Value, json};
use windlass_cache_store::{Item, Store};
use windlass_model::text::{one_line, size};

use crate::args::{Global, TableFormat};
use crate::failure::Failure;
use crate::{caches, output, show};

const DAY: u64 = 24 * HOUR;
const HOUR: u64 = 60 * MINUTE;
const MINUTE: u64 = 60 * 1000;

pub(super) async fn run(global: &Global, scope: Option<&str>, format: TableFormat) -> Result<(), Failure> {
    let kept = caches::of_project(global).await?;
    let mut listing = Store::open(&kept.location(), &kept.stores).await?.list().await?;
    listing.items.retain(|item| scope.is_none_or(|scope| item.scope.to_string() == scope));
    if listing.unreadable > 0 {
        let unreadable = listing.unreadable;
        output::line(&format!(
            "warning: {unreadable} more cannot be read: a newer windlass has stored them, or they were changed"
        ));
    }
    match format {
        TableFormat::Json => output::json(&listing.items.iter().map(record).collect::<Vec<_>>()),
        TableFormat::Text if listing.items.is_empty() => {
            output::line(&format!("there are no caches in {}", kept.location()));
            Ok(())
        }
        TableFormat::Text => output::text(&table(&listing.items)),
    }
}

/// The entries in columns.
pub(super) fn table(items: &[Item]) -> String {
    let now = windlass_cache_store::Caches::now();
    let header = ["SCOPE", "CACHE", "TASK", "KEY", "FILES", "SIZE", "STORED AS", "STORED", "USED"].map(str::to_owned).to_vec();
    let row = |item: &Item| {
        let entry = &item.entry;
        let name = match (item.own, entry.name.is_empty()) {
            (false, _) => "(by another key)".to_owned(),
            (true, true) => "(http)".to_owned(),
            (true, false) => one_line(&entry.name).into_owned(),
        };
        vec![
            one_line(&item.scope.to_string()).into_owned(),
            name,
            one_line(&entry.task).into_owned(),
            one_line(&entry.key).into_owned(),
            entry.entries.to_string(),
            size(entry.bytes),
            size(stored_bytes(item)),
            ago(now, entry.created),
            ago(now, item.used),
        ]
    };
    show::table(&[header].into_iter().chain(items.iter().map(row)).collect::<Vec<_>>())
}

/// One entry as data.
pub(super) fn record(item: &Item) -> Value {
    let entry = &item.entry;
    json!({
        "scope": item.scope.to_string(),
        "name": entry.name,
        "key": entry.key,
        "task": entry.task,
        "run": entry.run,
        "http": entry.name.is_empty(),
        "own": item.own,
        "files": entry.entries,
        "bytes": entry.bytes,
        "stored_bytes": stored_bytes(item),
        "created": entry.created,
        "used": item.used,
    })
}

/// What it takes in the store, if it shared nothing with others.
fn stored_bytes(item: &Item) -> u64 {
    item.entry.blobs().fold(0, |sum, blob| sum.saturating_add(blob.size))
}

/// How long ago that was, in words. What is still to come, by this clock, was now.
pub(super) fn ago(now: u64, then: u64) -> String {
    match now.saturating_sub(then) {
        age @ DAY.. => format!("{} d ago", age / DAY),
        age @ HOUR.. => format!("{} h ago", age / HOUR),
        age @ MINUTE.. => format!("{} min ago", age / MINUTE),
        _ => "now".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_in_words_and_never_negative() {
        for (then, words) in
            [(0, "11 d ago"), (11 * DAY - 5 * HOUR, "5 h ago"), (11 * DAY - 90_000, "1 min ago"), (12 * DAY, "now")]
        {
            assert_eq!(ago(11 * DAY, then), words);
        }
    }
}
