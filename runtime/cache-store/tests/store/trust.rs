//! Whose entries are restored.

use windlass_cache_store::{Caches, Miss, StoreError};

use crate::mover::{keep, restore};
use crate::world::{World, access, files_of, open, owner};

#[tokio::test]
async fn an_entry_by_another_key_is_told_and_not_restored() {
    let world = World::new();
    let (own, shared) = (world.stores(), world.stores_with(Some("a secret of several hosts")));
    let caches = open(&own, world.location(), &["main"]).await;
    let others = open(&shared, world.location(), &["main"]).await;
    keep(&others, "k", b"theirs", b"pack").await.unwrap();
    assert_eq!(caches.find("k").await, Err(Miss::Foreign { scope: "corp/app@main".into() }));
    assert!(matches!(caches.newest("deps").await, Err(Miss::Foreign { .. })));
    keep(&caches, "k", b"ours", b"pack").await.unwrap();
    assert_eq!(restore(&caches, &caches.find("k").await.unwrap()).await.unwrap()[0], b"ours");
    let third = open(&world.stores_with(Some("a secret of several hosts")), world.location(), &["pr/1", "main"]).await;
    assert!(matches!(third.find("k").await, Err(Miss::Foreign { .. })));
    keep(&others, "theirs", b"theirs", b"pack").await.unwrap();
    assert!(third.find("theirs").await.is_ok(), "who has the same secret restores it");
}

/// Whoever writes the directory could copy an entry from the branch of a pull request to the main one.
#[tokio::test]
async fn an_entry_that_was_copied_elsewhere_is_none_there() {
    let world = World::new();
    let stores = world.stores();
    let (main, branch) = (open(&stores, world.location(), &["main"]).await, open(&stores, world.location(), &["pr/1"]).await);
    keep(&main, "k", b"of main", b"pack").await.unwrap();
    let of_main = files_of(&world.directory(), "entries");
    keep(&branch, "k", b"evil", b"pack").await.unwrap();
    keep(&branch, "other", b"evil", b"pack").await.unwrap();
    let of_branch: Vec<_> = files_of(&world.directory(), "entries").into_iter().filter(|path| !of_main.contains(path)).collect();
    assert_eq!(of_branch.len(), 3);
    for evil in &of_branch {
        for place in &of_main {
            std::fs::copy(evil, place).unwrap();
        }
        assert!(matches!(main.find("k").await, Err(Miss::Broken { .. })), "{}", evil.display());
        assert!(matches!(main.newest("deps").await, Err(Miss::Broken { .. })), "{}", evil.display());
    }
    // An entry under another key of its own scope.
    let keys: Vec<_> = of_branch.iter().filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("c-")).collect();
    std::fs::copy(keys[0], keys[1]).unwrap();
    let misses = [branch.find("k").await, branch.find("other").await];
    assert!(misses.iter().any(|found| matches!(found, Err(Miss::Broken { .. }))), "{misses:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_users_key_is_made_once_and_is_the_users_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::new();
    let mut all = tokio::task::JoinSet::new();
    for number in 0..8 {
        let (stores, location) = (world.stores(), world.location());
        all.spawn(async move {
            let caches = open(&stores, location, &["main"]).await;
            keep(&caches, &format!("{number}"), b"tree", b"pack").await.unwrap();
        });
    }
    while let Some(done) = all.join_next().await {
        done.unwrap();
    }
    let caches = open(&world.stores(), world.location(), &["main"]).await;
    for number in 0..8 {
        caches.find(&number.to_string()).await.unwrap();
    }
    let place = world.base.path().join("state/caches");
    let key = place.join("key");
    assert_eq!(std::fs::read_dir(&place).unwrap().count(), 1, "nothing is left beside it");
    assert_eq!(std::fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    let refused = async || Caches::open(&access(world.location(), &["main"]), owner("run"), &world.stores()).await.unwrap_err();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o666)).unwrap();
    assert!(matches!(refused().await, StoreError::Own(_)), "anybody may have written it");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::write(&key, "short").unwrap();
    assert!(matches!(refused().await, StoreError::Key(_)));
    std::fs::remove_file(&key).unwrap();
    std::os::unix::fs::symlink("/dev/zero", &key).unwrap();
    assert!(matches!(refused().await, StoreError::Io { .. }), "a link is not followed");
    let short = Caches::open(&access(world.location(), &["main"]), owner("run"), &world.stores_with(Some("short"))).await;
    assert!(matches!(short, Err(StoreError::Key(_))), "{short:?}");
}
