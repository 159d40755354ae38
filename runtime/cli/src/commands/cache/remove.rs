//! `cache rm` and `cache prune`.

use std::collections::BTreeSet;

use serde_json::json;
use windlass_cache_store::{Bounds, Item, Selection, Store};
use windlass_model::cache::{CacheScope, StoreLocation};
use windlass_model::text::{one_line, size};

use super::list::{record, table};
use crate::args::{Global, RmArgs, TableFormat};
use crate::failure::Failure;
use crate::{caches, output};

/// How many of those are named that there are.
const SHOWN: usize = 10;

pub(super) async fn entries(global: &Global, args: &RmArgs) -> Result<(), Failure> {
    let selection = selection(args)?;
    let kept = caches::of_project(global).await?;
    let store = Store::open(&kept.location(), &kept.stores).await?;
    let removed = store.remove(&selection, args.dry_run).await?;
    if removed.is_empty() && selection != Selection::All {
        return Err(nothing(&selection, &store.list().await?.items, &kept.location()));
    }
    if args.output == TableFormat::Json {
        return output::json(&removed.iter().map(record).collect::<Vec<_>>());
    }
    tell(&removed, if args.dry_run { "would remove" } else { "removed" })
}

fn selection(args: &RmArgs) -> Result<Selection, Failure> {
    Ok(match (&args.key, &args.name, &args.scope) {
        (Some(key), ..) => Selection::Key(key.clone()),
        (_, Some(name), _) => Selection::Name(name.clone()),
        (.., Some(scope)) => Selection::Scope(parse(scope)?),
        // One of the four is given.
        (None, None, None) => Selection::All,
    })
}

/// Nothing is meant by what was written, which may be a slip of the pen. The help says what could have been.
fn nothing(selection: &Selection, items: &[Item], store: &StoreLocation) -> Failure {
    let (what, known): (String, fn(&Item) -> String) = match selection {
        Selection::Key(key) => (format!("under the key {}", one_line(key)), |item| item.entry.key.clone()),
        Selection::Name(name) => (format!("of the name {}", one_line(name)), |item| item.entry.name.clone()),
        Selection::Scope(scope) => (format!("in the scope {}", one_line(&scope.to_string())), |item| item.scope.to_string()),
        Selection::All => ("at all".to_owned(), |_| String::new()),
    };
    let known: BTreeSet<String> = items.iter().map(known).filter(|known| !known.is_empty()).collect();
    let shown: Vec<_> = known.iter().take(SHOWN).map(|known| one_line(known)).collect();
    let help = match known.len() {
        0 => "windlass cache ls lists what there is".to_owned(),
        count @ ..=SHOWN => format!("there {} {}", if count == 1 { "is" } else { "are" }, shown.join(", ")),
        count => format!("there are {} and {} more; windlass cache ls lists them", shown.join(", "), count - SHOWN),
    };
    Failure::usage(format!("{store} has nothing {what}"), help)
}

/// `NAMESPACE@LINE`. A namespace may have an `@` itself, and so may a branch; namespaces are repositories, most often, so the first one divides.
fn parse(text: &str) -> Result<CacheScope, Failure> {
    let (namespace, line) = text
        .split_once('@')
        .ok_or_else(|| Failure::usage(format!("`{text}` is no scope"), "write NAMESPACE@LINE, as windlass cache ls shows it"))?;
    Ok(CacheScope { namespace: namespace.to_owned(), line: line.to_owned() })
}

pub(super) async fn prune(global: &Global, dry_run: bool, format: TableFormat) -> Result<(), Failure> {
    let kept = caches::of_project(global).await?;
    let bounds =
        Bounds { max_size: kept.settings.max_size().0.saturating_mul(1 << 20), expire_days: kept.settings.expire_days() };
    let pruned = Store::open(&kept.location(), &kept.stores).await?.prune(&bounds, dry_run).await?;
    if format == TableFormat::Json {
        let records = |items: &[Item]| items.iter().map(record).collect::<Vec<_>>();
        return output::json(&json!({
            "expired": records(&pruned.expired),
            "evicted": records(&pruned.evicted),
            "blobs": pruned.blobs,
            "bytes": pruned.bytes,
        }));
    }
    let gone: Vec<Item> = pruned.expired.into_iter().chain(pruned.evicted).collect();
    let word = if dry_run { "would remove" } else { "removed" };
    tell(&gone, word)?;
    output::progress(&format!("{word} {} that no entry names any more", size(pruned.bytes)));
    Ok(())
}

fn tell(items: &[Item], word: &str) -> Result<(), Failure> {
    if !items.is_empty() {
        output::text(&table(items))?;
    }
    let plural = if items.len() == 1 { "entry" } else { "entries" };
    output::progress(&format!("{word} {} {plural}", items.len()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_read_as_they_are_shown() {
        for (namespace, line) in [("git.corp/shop/app", "main"), ("app-0123", "pr/7"), ("x:services/api", "user@feature")] {
            let scope = CacheScope { namespace: namespace.into(), line: line.into() };
            assert_eq!(parse(&scope.to_string()).ok(), Some(scope));
        }
        assert!(parse("main").is_err());
    }
}
