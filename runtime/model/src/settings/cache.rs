//! Where caches are kept.

use std::time::Duration;

use serde::Serialize;

use super::SecretSource;
use crate::cache::{EXPIRE_DAYS, MAX_SIZE, StoreLocation};
use crate::quantity::MebiBytes;

const DAY: u64 = 24 * 60 * 60;

/// What `cache` says. The default is that of a file without it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct CacheSettings {
    /// The store. Without one, a directory of the user's for tasks on the engine, and none for those on a cluster.
    pub store: Option<StoreLocation>,
    /// Who shares entries, in place of what the project is called.
    pub namespace: Option<String>,
    /// The most bytes of an entry, and of a store that windlass tidies up.
    pub max_size: Option<MebiBytes>,
    /// How long an entry is kept that nobody reads: whole days.
    pub expire: Option<Duration>,
    /// Where the key comes from that entries are sealed with; without one it is the machine's own.
    pub key: Option<SecretSource>,
}

impl CacheSettings {
    /// The most bytes of an entry, and of a store that windlass tidies up.
    pub fn max_size(&self) -> MebiBytes {
        self.max_size.unwrap_or(MAX_SIZE)
    }

    /// The days that an entry is kept which nobody reads.
    pub fn expire_days(&self) -> u32 {
        self.expire.map_or(EXPIRE_DAYS, |time| u32::try_from(time.as_secs().div_ceil(DAY)).unwrap_or(u32::MAX))
    }

    /// What both say: a store has the key that stands beside it, and no other; of bounds the smaller counts.
    #[must_use]
    pub fn narrowed(self, later: Self) -> Self {
        let key = if self.store.is_some() { self.key } else { self.key.or(later.key) };
        Self {
            store: self.store.or(later.store),
            namespace: self.namespace.or(later.namespace),
            max_size: self.max_size.into_iter().chain(later.max_size).min(),
            expire: self.expire.into_iter().chain(later.expire).min(),
            key,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store(path: &str) -> Option<StoreLocation> {
        Some(StoreLocation::Directory(path.to_owned()))
    }

    /// Otherwise whoever speaks later would say whose entries a store of somebody else's believes.
    #[test]
    fn a_store_keeps_its_own_key() {
        let key = |name: &str| Some(SecretSource::Env(name.to_owned()));
        let later = CacheSettings { store: store("/b"), key: key("LATER"), ..CacheSettings::default() };
        let earlier = CacheSettings { store: store("/a"), ..CacheSettings::default() };
        let both = earlier.clone().narrowed(later.clone());
        assert_eq!((both.store, both.key), (store("/a"), None));
        let both = CacheSettings { key: key("EARLIER"), ..CacheSettings::default() }.narrowed(later.clone());
        assert_eq!((both.store, both.key), (store("/b"), key("EARLIER")));
        assert_eq!(CacheSettings::default().narrowed(later.clone()), later);
    }

    #[test]
    fn bounds_only_shrink_and_days_are_whole() {
        let of = |size, days: u64| CacheSettings {
            max_size: Some(MebiBytes(size)),
            expire: Some(Duration::from_secs(days * DAY)),
            ..CacheSettings::default()
        };
        let both = of(5, 40).narrowed(of(9, 3));
        assert_eq!((both.max_size(), both.expire_days()), (MebiBytes(5), 3));
        assert_eq!((CacheSettings::default().max_size().0, CacheSettings::default().expire_days()), (10 * 1024, 30));
    }
}
