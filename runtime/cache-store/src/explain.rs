//! Why a cache was, or was not, restored.

mod difference;

use serde::Serialize;
use windlass_model::cache::CacheScope;

use crate::store::Item;
use crate::{Attempt, Looked, Miss, Noted};
pub use difference::{Difference, Line};

/// Why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum Why {
    /// It was restored from this scope.
    Restored {
        /// Which.
        scope: String,
    },
    /// The store could not be asked.
    Store {
        /// Why.
        problem: String,
    },
    /// What is there cannot be used here.
    Unusable {
        /// Why.
        reason: Miss,
    },
    /// It was there in an earlier run, and nobody has read it for longer than entries are kept.
    Expired {
        /// Days.
        after: u32,
    },
    /// It was there in an earlier run, and was removed since: by hand, or for others to fit.
    Removed {
        /// The run that still found or stored it.
        last_run: String,
    },
    /// Nothing was ever stored under the name, or all of it is gone.
    NothingOfName,
    /// There are entries of the name, in scopes that the run does not read.
    OtherScopes {
        /// Which.
        scopes: Vec<String>,
    },
    /// There are entries of the name under other keys; what the newest of them was made of is compared.
    OtherKey {
        /// Its key.
        key: String,
        /// Its scope.
        scope: String,
        /// When it was stored, in milliseconds since 1970.
        created: u64,
        /// What differs; nothing when one of both has no fingerprint.
        difference: Option<Difference>,
    },
    /// It is there now: it was stored after the run had looked.
    StoredSince {
        /// The run that stored it.
        run: String,
    },
}

/// Explains what a run found, by what is in the store now.
pub fn explain(noted: &Noted, stored: &[Item], expire_days: u32) -> Why {
    let attempt = &noted.last;
    let reason = match &attempt.result {
        Looked::Hit { scope } => return Why::Restored { scope: scope.clone() },
        Looked::Optimistic { reason, .. } | Looked::Miss { reason } => reason,
    };
    match reason {
        Miss::Absent => absent(attempt, noted.before.as_ref(), stored, expire_days),
        Miss::Store { problem, .. } => Why::Store { problem: problem.clone() },
        unusable => Why::Unusable { reason: unusable.clone() },
    }
}

fn absent(attempt: &Attempt, before: Option<&Attempt>, stored: &[Item], expire_days: u32) -> Why {
    let reads = |scope: &CacheScope| attempt.scopes.contains(&scope.to_string());
    let of_name: Vec<&Item> = stored.iter().filter(|item| item.own && item.entry.name == attempt.name).collect();
    // What the run itself stored afterwards explains nothing.
    let (own, others): (Vec<&Item>, Vec<&Item>) =
        of_name.into_iter().filter(|item| item.entry.run != attempt.run).partition(|item| reads(&item.scope));
    if let Some(item) = own.iter().find(|item| item.entry.key == attempt.key) {
        return Why::StoredSince { run: item.entry.run.clone() };
    }
    if let Some(before) = before.filter(|before| before.key == attempt.key) {
        let days = attempt.time.saturating_sub(before.time) / crate::clock::DAY;
        return if days >= u64::from(expire_days) {
            Why::Expired { after: expire_days }
        } else {
            Why::Removed { last_run: before.run.clone() }
        };
    }
    // As `newest` looks: the run's own scope first.
    let rank = |item: &&&Item| {
        let scope = item.scope.to_string();
        let order = attempt.scopes.iter().position(|other| *other == scope).unwrap_or(usize::MAX);
        (std::cmp::Reverse(order), item.entry.created)
    };
    match own.iter().max_by_key(rank) {
        Some(newest) => Why::OtherKey {
            key: newest.entry.key.clone(),
            scope: newest.scope.to_string(),
            created: newest.entry.created,
            difference: attempt
                .fingerprint
                .as_ref()
                .zip(newest.entry.fingerprint.as_ref())
                .map(|(new, old)| Difference::of(old, new)),
        },
        None if others.is_empty() => Why::NothingOfName,
        None => {
            let mut scopes: Vec<String> = others.iter().map(|item| item.scope.to_string()).collect();
            scopes.sort();
            scopes.dedup();
            Why::OtherScopes { scopes }
        }
    }
}

#[cfg(test)]
mod tests;
