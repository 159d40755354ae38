//! Looking after a store.

use std::path::Path;
use std::time::{Duration, SystemTime};

use windlass_cache_store::{Bounds, Caches, Pruned, Selection, Store, Stores};
use windlass_mover_client::protocol::{Ask, Blob};

use crate::mover::{keep, put, restore};
use crate::world::{World, access, blob, files_of, open, scope};

const WIDE: Bounds = Bounds { max_size: 1 << 30, expire_days: 7 };

/// Makes all that is there so old, as if it had been stored and read then.
fn age(directory: &Path, days: u64) {
    let time = SystemTime::now() - Duration::from_secs(days * 86_400);
    for path in files_of(directory, "blobs").into_iter().chain(files_of(directory, "entries")) {
        std::fs::File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
    }
}

async fn store(world: &World, stores: &Stores) -> Store {
    Store::open(&world.location(), stores).await.unwrap()
}

fn keys(items: &[windlass_cache_store::Item]) -> Vec<&str> {
    let mut keys: Vec<&str> = items.iter().map(|item| item.entry.key.as_str()).collect();
    keys.sort_unstable();
    keys
}

#[tokio::test]
async fn what_nobody_reads_for_long_goes_with_its_bytes_and_nothing_else() {
    let world = World::new();
    {
        let caches = open(&world.stores(), world.location(), &["main"]).await;
        keep(&caches, "old", b"tree 1", b"shared").await.unwrap();
        keep(&caches, "read", b"tree 2", b"shared").await.unwrap();
        put(&*caches.depot(), b"named by nothing").await.unwrap();
    }
    age(&world.directory(), 8);
    let caches = open(&world.stores(), world.location(), &["main"]).await;
    caches.find("read").await.unwrap();
    let stores = world.stores();
    let store = store(&world, &stores).await;
    let would = store.prune(&WIDE, true).await.unwrap();
    assert_eq!(keys(&would.expired), ["old"]);
    assert_eq!(files_of(&world.directory(), "blobs").len(), 4, "only said");
    let pruned = store.prune(&WIDE, false).await.unwrap();
    assert_eq!(pruned, would);
    assert_eq!((pruned.blobs, pruned.evicted.len()), (2, 0));
    assert_eq!(files_of(&world.directory(), "blobs").len(), 2);
    assert_eq!(restore(&caches, &caches.find("read").await.unwrap()).await.unwrap()[1], b"shared");
    assert!(caches.find("old").await.is_err());
    assert_eq!(caches.newest("deps").await.unwrap().entry.key, "read");
    assert_eq!(store.prune(&WIDE, false).await.unwrap(), Pruned::default());
}

#[tokio::test]
async fn what_was_used_least_recently_makes_room() {
    let world = World::new();
    {
        let caches = open(&world.stores(), world.location(), &["main"]).await;
        for key in ["a", "b", "c"] {
            keep(&caches, key, key.as_bytes(), format!("pack of {key}: {}", "x".repeat(100)).as_bytes()).await.unwrap();
        }
        age(&world.directory(), 3);
        caches.find("a").await.unwrap();
    }
    let stores = world.stores();
    let pruned = store(&world, &stores).await.prune(&Bounds { max_size: 250, expire_days: 7 }, false).await.unwrap();
    assert_eq!(pruned.evicted.len(), 1, "{pruned:?}");
    assert_ne!(keys(&pruned.evicted), ["a"], "it was used last");
    assert_eq!(files_of(&world.directory(), "blobs").len(), 4, "its bytes are gone at once");
    let tight = Bounds { max_size: 0, expire_days: 7 };
    assert_eq!(store(&world, &stores).await.prune(&tight, false).await.unwrap().evicted.len(), 2);
    assert_eq!(files_of(&world.directory(), "entries").len(), 0, "and what says which is the newest");
}

/// Another process prunes to nothing while a run goes on that has restored one entry, and has stored half of another.
#[tokio::test]
async fn a_run_that_goes_on_loses_nothing() {
    let world = World::new();
    {
        let caches = open(&world.stores(), world.location(), &["main"]).await;
        keep(&caches, "k", b"tree", b"pack").await.unwrap();
        keep(&caches, "unused", b"tree of another", b"pack of another").await.unwrap();
    }
    age(&world.directory(), 3);
    let running = world.stores();
    let caches = open(&running, world.location(), &["main"]).await;
    let found = caches.find("k").await.unwrap();
    caches.allow(&found);
    let depot = caches.depot();
    put(&*depot, b"new pack").await.unwrap();
    put(&*depot, b"pack of another").await.unwrap();
    depot.answer(Ask::Store(blob(b"on its way"))).await;

    let elsewhere = world.stores();
    let tight = Bounds { max_size: 0, expire_days: 0 };
    let pruned = store(&world, &elsewhere).await.prune(&tight, false).await.unwrap();
    assert_eq!(keys(&[pruned.expired, pruned.evicted].concat()), ["unused"]);
    assert_eq!(restore(&caches, &found).await.unwrap().len(), 2);
    let depot_has = async |bytes: &[u8]| put(&*depot, bytes).await.unwrap();
    for stored in [&b"new pack"[..], b"pack of another", b"pack"] {
        assert_eq!(depot_has(stored).await, "present", "{}", String::from_utf8_lossy(stored));
    }
    assert_eq!(files_of(&world.directory(), "incoming").len(), 1);
    let packs: Vec<Blob> = [&b"new pack"[..], b"pack of another", b"pack"].map(blob).to_vec();
    let entry = crate::world::entry("next", blob(b"tree"), &packs);
    caches.record(&entry, windlass_cache_store::Existing::Keep).await.unwrap();
    let next = open(&elsewhere, world.location(), &["main"]).await;
    assert_eq!(restore(&next, &next.find("next").await.unwrap()).await.unwrap().len(), 4);
}

/// Nothing is old by a clock that is behind.
#[tokio::test]
async fn a_clock_that_went_back_removes_nothing() {
    let world = World::new();
    {
        let caches = open(&world.stores(), world.location(), &["main"]).await;
        keep(&caches, "k", b"tree", b"pack").await.unwrap();
    }
    let later = SystemTime::now() + Duration::from_secs(30 * 86_400);
    for path in files_of(&world.directory(), "blobs").into_iter().chain(files_of(&world.directory(), "entries")) {
        std::fs::File::options().write(true).open(path).unwrap().set_modified(later).unwrap();
    }
    let stores = world.stores();
    assert_eq!(store(&world, &stores).await.prune(&WIDE, false).await.unwrap(), Pruned::default());
    let caches = open(&stores, world.location(), &["main"]).await;
    assert_eq!(restore(&caches, &caches.find("k").await.unwrap()).await.unwrap().len(), 2);
}

/// What a newer windlass has stored names nobody knows what.
#[tokio::test]
async fn bytes_stay_where_an_entry_cannot_be_read() {
    let world = World::new();
    {
        let caches = open(&world.stores(), world.location(), &["main"]).await;
        keep(&caches, "k", b"tree", b"pack").await.unwrap();
    }
    for path in files_of(&world.directory(), "entries") {
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replacen("windlass-cache 1 ", "windlass-cache 2 ", 1)).unwrap();
    }
    age(&world.directory(), 3);
    let stores = world.stores();
    assert_eq!(store(&world, &stores).await.prune(&WIDE, false).await.unwrap().blobs, 0);
    assert_eq!(store(&world, &stores).await.list().await.unwrap().unreadable, 1);
    assert_eq!(files_of(&world.directory(), "blobs").len(), 2);
}

#[tokio::test]
async fn a_store_is_tidied_after_a_run_only_when_it_has_too_much() {
    let world = World::new();
    {
        let caches = open(&world.stores(), world.location(), &["main"]).await;
        keep(&caches, "k", b"tree", &vec![7; 2 << 20]).await.unwrap();
    }
    age(&world.directory(), 8);
    let stores = world.stores();
    let mut access = access(world.location(), &["main"]);
    assert_eq!(Store::after_run(&access, &stores).await.unwrap(), None);
    access.max_size = windlass_model::quantity::MebiBytes(1);
    assert_eq!(Store::after_run(&access, &stores).await.unwrap().unwrap().blobs, 2);
}

#[tokio::test]
async fn entries_are_listed_and_removed_by_key_name_and_scope() {
    let world = World::new();
    let stores = world.stores();
    let (main, branch) = (open(&stores, world.location(), &["main"]).await, open(&stores, world.location(), &["pr/1"]).await);
    for key in ["a", "b"] {
        keep(&main, key, key.as_bytes(), b"pack").await.unwrap();
    }
    keep(&branch, "a", b"a", b"pack").await.unwrap();
    let others = open(&world.stores_with(Some("another secret key")), world.location(), &["other"]).await;
    keep(&others, "theirs", b"tree", b"pack").await.unwrap();
    put(&*main.depot(), b"value").await.unwrap();
    main.depot().answer(Ask::Publish { key: "http".into(), blob: blob(b"value") }).await;
    let store = store(&world, &stores).await;
    let listing = store.list().await.unwrap();
    assert_eq!(keys(&listing.items), ["a", "a", "b", "http", "theirs"]);
    assert!(listing.items.iter().all(|item| item.own != (item.entry.key == "theirs")));

    assert_eq!(keys(&store.remove(&Selection::Key("b".into()), true).await.unwrap()), ["b"]);
    assert!(main.find("b").await.is_ok(), "only said");
    assert_eq!(keys(&store.remove(&Selection::Key("b".into()), false).await.unwrap()), ["b"]);
    assert!(main.find("b").await.is_err());
    assert_eq!(main.newest("deps").await.unwrap().entry.key, "a", "the next newest");
    assert_eq!(keys(&store.remove(&Selection::Scope(scope("main")), false).await.unwrap()), ["a", "http"]);
    assert!(main.newest("deps").await.is_err() && branch.find("a").await.is_ok());
    assert_eq!(store.remove(&Selection::Name("nothing".into()), false).await.unwrap(), []);
    assert_eq!(store.remove(&Selection::Name(String::new()), false).await.unwrap(), []);
    assert_eq!(keys(&store.remove(&Selection::Name("deps".into()), false).await.unwrap()), ["a", "theirs"]);
    assert_eq!(store.list().await.unwrap().items, []);
    keep(&main, "c", b"c", b"pack").await.unwrap();
    std::fs::write(files_of(&world.directory(), "entries").into_iter().next().unwrap(), "garbage").unwrap();
    store.remove(&Selection::All, false).await.unwrap();
    assert_eq!(files_of(&world.directory(), "entries").len(), 0);
    let _: Caches = main;
}
