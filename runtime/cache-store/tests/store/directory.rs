//! A store in a directory.

use std::os::unix::fs::PermissionsExt as _;

use windlass_cache_store::{Caches, Existing, Miss, Recorded, StoreError};
use windlass_model::cache::StoreLocation;
use windlass_mover_client::protocol::{Answer, Ask};

use crate::mover::{get, keep, put, restore};
use crate::world::{World, access, blob, entry, files, files_of, open, owner, scope};

#[tokio::test]
async fn what_one_run_stores_the_next_restores() {
    let world = World::new();
    let pack = crate::support::bytes(3 << 20);
    {
        let caches = open(&world.stores(), world.location(), &["main"]).await;
        assert_eq!(caches.find("k").await, Err(Miss::Absent));
        let (_, recorded) = keep(&caches, "k", b"tree", &pack).await.unwrap();
        assert_eq!(recorded, Recorded::Written);
    }
    let caches = open(&world.stores(), world.location(), &["main"]).await;
    let found = caches.find("k").await.unwrap();
    assert_eq!(found.scope, scope("main"));
    assert_eq!(restore(&caches, &found).await.unwrap(), [b"tree".to_vec(), pack.clone()]);
    assert_eq!(caches.newest("deps").await.unwrap(), found);
    assert_eq!(caches.newest("other").await, Err(Miss::Absent));
    assert_eq!(put(&*caches.depot(), &pack).await.unwrap(), "present", "nothing is sent twice");
    for path in files(&world.directory()) {
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", path.display());
    }
    assert_eq!(std::fs::metadata(world.directory()).unwrap().permissions().mode() & 0o777, 0o700);
}

#[tokio::test]
async fn without_a_path_it_lies_in_the_users_cache_directory() {
    let world = World::new();
    let caches = open(&world.stores(), StoreLocation::Directory(String::new()), &["main"]).await;
    keep(&caches, "k", b"tree", b"pack").await.unwrap();
    assert_eq!(files_of(&world.base.path().join("cache/caches"), "blobs").len(), 2);
}

/// The run's own scope comes before those that it builds on, however new those are.
#[tokio::test]
async fn scopes_are_looked_into_in_their_order() {
    let world = World::new();
    let stores = world.stores();
    let branch = open(&stores, world.location(), &["pr/1", "main"]).await;
    let main = open(&stores, world.location(), &["main"]).await;
    let other = open(&stores, world.location(), &["other"]).await;
    keep(&main, "k", b"of main", b"pack").await.unwrap();
    assert_eq!(branch.find("k").await.unwrap().scope, scope("main"));
    assert_eq!(other.find("k").await, Err(Miss::Absent), "it does not read main");
    keep(&branch, "k", b"of the branch", b"pack").await.unwrap();
    keep(&main, "later", b"later", b"pack").await.unwrap();
    assert_eq!(branch.find("k").await.unwrap().scope, scope("pr/1"));
    assert_eq!(branch.newest("deps").await.unwrap().scope, scope("pr/1"));
    assert_eq!(restore(&main, &main.find("k").await.unwrap()).await.unwrap()[0], b"of main", "no branch changes it");
}

/// A clock that goes back makes nothing older: what was recorded last is the newest.
#[tokio::test]
async fn the_newest_is_what_was_recorded_last() {
    let world = World::new();
    let caches = open(&world.stores(), world.location(), &["main"]).await;
    put(&*caches.depot(), b"tree").await.unwrap();
    for (key, created) in [("first", 9_000), ("second", 10)] {
        let entry = windlass_cache_store::Entry { created, ..entry(key, blob(b"tree"), &[]) };
        caches.record(&entry, Existing::Keep).await.unwrap();
    }
    assert_eq!(caches.newest("deps").await.unwrap().entry.key, "second");
}

#[tokio::test]
async fn of_two_tasks_that_store_one_key_the_first_one_stays() {
    let world = World::new();
    let (stores, elsewhere) = (world.stores(), world.stores());
    let one = open(&stores, world.location(), &["main"]).await;
    let two = open(&elsewhere, world.location(), &["main"]).await;
    let (first, second) = tokio::join!(keep(&one, "k", b"one", b"pack 1"), keep(&two, "k", b"two", b"pack 2"));
    let (first, second) = (first.unwrap(), second.unwrap());
    let (winner, loser) = if first.1 == Recorded::Written { (first, second) } else { (second, first) };
    assert_eq!(loser.1, Recorded::Kept(Box::new(winner.0.clone())));
    let found = one.find("k").await.unwrap();
    assert_eq!(found.entry, winner.0);
    restore(&two, &found).await.unwrap();
    let again = entry("k", blob(b"one"), &[blob(b"pack 1")]);
    let again = windlass_cache_store::Entry { run: "later".into(), ..again };
    assert_eq!(one.record(&again, Existing::Replace).await.unwrap(), Recorded::Written, "as on a reupload");
    assert_eq!(two.find("k").await.unwrap().entry, again);
}

/// An entry whose bytes are gone is in nobody's way.
#[tokio::test]
async fn an_entry_that_is_of_no_use_is_replaced() {
    let world = World::new();
    let caches = open(&world.stores(), world.location(), &["main"]).await;
    keep(&caches, "k", b"one", b"pack").await.unwrap();
    let gone = files_of(&world.directory(), "blobs").into_iter().find(|path| path.ends_with(blob(b"one").digest.to_string()));
    std::fs::remove_file(gone.unwrap()).unwrap();
    let next = open(&world.stores(), world.location(), &["main"]).await;
    let found = next.find("k").await.unwrap();
    assert!(restore(&next, &found).await.is_err());
    let (_, recorded) = keep(&next, "k", b"two", b"pack").await.unwrap();
    assert_eq!(recorded, Recorded::Written);
    assert_eq!(restore(&next, &next.find("k").await.unwrap()).await.unwrap()[0], b"two");
}

/// Many at once, each from its own host, on one directory, with the same blobs.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_hosts_use_one_directory() {
    let world = World::new();
    let mut all = tokio::task::JoinSet::new();
    for host in 0..8 {
        let (stores, location) = (world.stores(), world.location());
        all.spawn(async move {
            let caches = open(&stores, location, &["main"]).await;
            for round in 0..5 {
                let key = format!("{host}-{round}");
                keep(&caches, &key, format!("tree {}", round % 2).as_bytes(), format!("pack {round}").as_bytes()).await.unwrap();
                let found = caches.find(&key).await.unwrap();
                assert_eq!(restore(&caches, &found).await.unwrap().len(), 2);
            }
        });
    }
    while let Some(done) = all.join_next().await {
        done.unwrap();
    }
    assert_eq!(files_of(&world.directory(), "blobs").len(), 7);
    assert_eq!(files_of(&world.directory(), "incoming").len(), 0);
    let caches = open(&world.stores(), world.location(), &["main"]).await;
    for key in ["0-0", "7-4"] {
        assert_eq!(restore(&caches, &caches.find(key).await.unwrap()).await.unwrap().len(), 2);
    }
}

/// Two uploads of one task may bring the same pack at once, and a connection may break off in the middle.
#[tokio::test]
async fn one_blob_may_come_twice_at_once_and_begin_anew() {
    let world = World::new();
    let caches = open(&world.stores(), world.location(), &["main"]).await;
    let (depot, bytes) = (caches.depot(), b"0123456789".to_vec());
    let blob = blob(&bytes);
    let write =
        async |offset: u64, bytes: &[u8]| depot.answer(Ask::Write { blob: blob.digest, offset, bytes: bytes.to_vec() }).await;
    assert_eq!(depot.answer(Ask::Store(blob)).await, Answer::Here);
    assert_eq!(write(0, b"0123").await, Answer::Done);
    assert_eq!(depot.answer(Ask::Store(blob)).await, Answer::Here);
    assert_eq!(write(0, b"012345").await, Answer::Done);
    assert!(matches!(write(9, b"9").await, Answer::No(_)), "a piece is missing before it");
    assert_eq!(write(4, b"456789").await, Answer::Done);
    assert_eq!(depot.answer(Ask::Stored(blob)).await, Answer::Done);
    assert_eq!(write(6, b"6789").await, Answer::Done, "the other one ends as well");
    assert_eq!(depot.answer(Ask::Stored(blob)).await, Answer::Done);
    assert_eq!(get(&*depot, blob).await.unwrap(), bytes);
}

/// A store may lie in a project.
#[tokio::test]
async fn git_sees_nothing_of_a_store() {
    let world = World::new();
    let git = |arguments: &[&str]| {
        let output = std::process::Command::new("git").args(arguments).current_dir(world.base.path()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    git(&["init", "--quiet"]);
    let caches = open(&world.stores(), world.location(), &["main"]).await;
    keep(&caches, "k", b"tree", b"pack").await.unwrap();
    assert!(!git(&["status", "--porcelain", "--untracked-files=all"]).contains("store/"));
    std::fs::remove_file(world.directory().join(".gitignore")).unwrap();
    open(&world.stores(), world.location(), &["main"]).await;
    assert!(!git(&["status", "--porcelain"]).contains("store/"), "one that is older gets it, too");
}

#[tokio::test]
async fn a_directory_with_other_things_is_no_store() {
    let world = World::new();
    std::fs::create_dir(world.directory()).unwrap();
    std::fs::write(world.directory().join("thesis.txt"), "").unwrap();
    let refused = Caches::open(&access(world.location(), &["main"]), owner("run"), &world.stores()).await;
    assert!(matches!(refused, Err(StoreError::NotAStore { .. } | StoreError::Own(_))), "{refused:?}");
    std::fs::remove_file(world.directory().join("thesis.txt")).unwrap();
    std::fs::set_permissions(world.directory(), std::fs::Permissions::from_mode(0o777)).unwrap();
    let refused = Caches::open(&access(world.location(), &["main"]), owner("run"), &world.stores()).await;
    assert!(matches!(refused, Err(StoreError::Own(_))), "others could write it: {refused:?}");
    std::fs::set_permissions(world.directory(), std::fs::Permissions::from_mode(0o700)).unwrap();
    open(&world.stores(), world.location(), &["main"]).await;
    std::fs::write(world.directory().join("windlass-caches"), "2\n").unwrap();
    let newer = Caches::open(&access(world.location(), &["main"]), owner("run"), &world.stores()).await;
    assert!(matches!(newer, Err(StoreError::Newer { .. })), "{newer:?}");
}
