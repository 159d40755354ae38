//! A store in a directory.

use std::fs;
use std::process::Command;

use windlass_artifact_store::{RemoteError, StoreError};
use windlass_cache_store::{Settings, Stores};
use windlass_model::cache::StoreLocation;

use crate::world::{TIME, World, files, files_of, there_and_back};

#[tokio::test]
async fn what_a_run_has_sent_another_machine_lists_and_fetches() {
    let (here, elsewhere) = (World::new(), World::new());
    there_and_back(&here, &elsewhere, &here.location()).await;
}

/// Whoever tidies up caches in the same directory finds nothing of it there.
#[tokio::test]
async fn those_who_tidy_up_caches_leave_artifacts_alone() {
    use windlass_cache_store::{Bounds, Store};
    let world = World::new();
    let (store, artifact) = world.collected("run", "t", &[("x", b"x")]);
    let remote = world.open(&world.location()).await;
    remote.send(&store, &artifact, TIME).await.unwrap();
    let before = files(&world.directory());
    let stores = Stores::new(Settings {
        state: world.base.path().join("state"),
        cache: world.base.path().join("cache"),
        key: None,
        registries: world.registries.clone(),
        environment: Vec::new(),
        relay_loopback: true,
    });
    let caches = Store::open(&world.location(), &stores).await.unwrap();
    let listing = caches.list().await.unwrap();
    assert_eq!((listing.items.len(), listing.unreadable), (0, 0));
    let pruned = caches.prune(&Bounds { max_size: 0, expire_days: 0 }, false).await.unwrap();
    assert_eq!((pruned.bytes, pruned.blobs), (0, 0));
    let left: Vec<_> = before.iter().filter(|path| !path.components().any(|part| part.as_os_str() == "runs")).collect();
    assert!(left.iter().all(|path| path.exists()), "{left:?}");
    remote.fetch("run", &artifact, &world.out()).await.unwrap();
}

#[tokio::test]
async fn a_directory_of_something_else_is_none() {
    let world = World::new();
    fs::create_dir(world.directory()).unwrap();
    fs::write(world.directory().join("a"), "a").unwrap();
    let stores = Stores::new(Settings {
        state: world.base.path().join("state"),
        cache: world.base.path().join("cache"),
        key: None,
        registries: world.registries.clone(),
        environment: Vec::new(),
        relay_loopback: true,
    });
    let refused = windlass_artifact_store::Remote::open(&world.location(), &stores).await.unwrap_err().to_string();
    assert!(refused.contains("holds other things") && refused.contains("artifacts: {store: dir:"), "{refused}");
    let file = StoreLocation::Directory(world.directory().join("a").display().to_string());
    assert!(windlass_artifact_store::Remote::open(&file, &stores).await.is_err());
}

/// What was changed between the collecting and the sending is not sent.
#[tokio::test]
async fn a_file_that_is_not_what_was_collected_is_not_sent() {
    for (content, what) in [("eno", "other bytes"), ("on", "fewer")] {
        let world = World::new();
        let (store, artifact) = world.collected("run", "t", &[("x", b"one")]);
        fs::write(store.path("t/logs/x"), content).unwrap();
        let remote = world.open(&world.location()).await;
        let refused = remote.send(&store, &artifact, TIME).await;
        assert!(
            matches!(refused, Err(StoreError::Changed { .. } | StoreError::Remote(RemoteError::Other(_)))),
            "{what}: {refused:?}"
        );
        assert_eq!(files_of(&world.directory(), "entries").len(), 0);
        assert!(remote.list(None).await.unwrap().runs.is_empty());
    }
}

/// The system refuses to write on in the middle of a file, as it does when the disk is full.
#[tokio::test]
async fn a_full_disk_is_told_and_nothing_half_is_listed() {
    if let Some(place) = std::env::var_os("PLACE") {
        let world = World::new();
        let (store, artifact) = world.collected("run", "t", &[("x", &[1; 40 << 10]), ("y", &[2; 40 << 10])]);
        let location = StoreLocation::Directory(place.to_str().unwrap().to_owned());
        let error = world.open(&location).await.send(&store, &artifact, TIME).await.unwrap_err();
        assert!(matches!(error, StoreError::Remote(RemoteError::Full { .. })), "{error:?}");
        return;
    }
    let world = World::new();
    let (program, test) = (std::env::current_exe().unwrap(), "directory::a_full_disk_is_told_and_nothing_half_is_listed");
    let limited = format!(
        "trap '' XFSZ; ulimit -f 64; PLACE='{}' exec '{}' --exact {test} --nocapture",
        world.directory().display(),
        program.display()
    );
    let output = Command::new("bash").args(["-c", &limited]).output().unwrap();
    assert!(output.status.success(), "{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(files_of(&world.directory(), "entries").len() + files_of(&world.directory(), "incoming").len(), 0);
    assert!(world.open(&world.location()).await.list(None).await.unwrap().runs.is_empty());
}
