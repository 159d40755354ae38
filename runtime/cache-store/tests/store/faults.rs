//! What goes wrong with a store, and loses nothing that was there.

use std::io::Read as _;
use std::process::{Command, Stdio};

use windlass_cache_store::{Caches, Miss, StoreError};
use windlass_model::cache::StoreLocation;
use windlass_mover_client::protocol::{Answer, Ask};

use crate::mover::{keep, put, restore};
use crate::world::{World, access, as_child, blob, child, files, files_of, open, owner};

/// The system refuses to write on in the middle of a file, as it does when the disk is full: the files of the process that tries cannot grow
/// beyond 64 KiB.
#[tokio::test]
async fn a_full_disk_leaves_nothing_half() {
    if let Some((_, place)) = as_child() {
        let world = World::new();
        let caches = open(&world.stores(), StoreLocation::Directory(place.display().to_string()), &["main"]).await;
        keep(&caches, "small", b"tree", b"pack").await.unwrap();
        let error = keep(&caches, "large", b"tree", &vec![1; 1 << 20]).await.unwrap_err();
        assert!(error.contains("is full") && error.contains("windlass cache prune"), "{error}");
        let again = keep(&caches, "large", b"tree", &vec![1; 1 << 20]).await.unwrap_err();
        assert!(again.contains("is full"), "it is no other error when it is tried again: {again}");
        return;
    }
    let world = World::new();
    let limited =
        format!("trap '' XFSZ; ulimit -f 64; {}", child("faults::a_full_disk_leaves_nothing_half", "x", &world.directory()));
    let output = Command::new("bash").args(["-c", &limited]).output().unwrap();
    assert!(output.status.success(), "{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(files_of(&world.directory(), "blobs").len(), 2);
    assert_eq!(files_of(&world.directory(), "incoming").len(), 0);
    // Sealed with a key of a machine that is gone.
    let caches = open(&world.stores(), world.location(), &["main"]).await;
    assert!(matches!(caches.find("small").await, Err(Miss::Foreign { .. })));
    assert_eq!(caches.find("large").await, Err(Miss::Absent));
}

/// A store that others fill, and that this machine may only read: what is in it is restored, and what cannot be stored is said with its place.
#[tokio::test]
#[ignore = "mounts a file system, which root alone may"]
async fn a_store_that_cannot_be_written_restores_and_says_that_it_stores_nothing() {
    let key = Some("a key that both have");
    if let Some((_, place)) = as_child() {
        let world = World::new();
        let location = StoreLocation::Directory(place.display().to_string());
        let caches = open(&world.stores_with(key), location, &["main"]).await;
        assert_eq!(restore(&caches, &caches.find("k").await.unwrap()).await.unwrap(), [b"tree".to_vec(), b"pack".to_vec()]);
        assert_eq!(caches.find("other").await, Err(Miss::Absent));
        assert_eq!(put(&*caches.depot(), b"pack").await.unwrap(), "present");
        let error = keep(&caches, "other", b"tree", b"other pack").await.unwrap_err();
        let place = place.display().to_string();
        assert!(error.contains(&place) && error.contains("Read-only file system"), "{error}");
        return;
    }
    let world = World::new();
    let caches = open(&world.stores_with(key), world.location(), &["main"]).await;
    keep(&caches, "k", b"tree", b"pack").await.unwrap();
    let name = "faults::a_store_that_cannot_be_written_restores_and_says_that_it_stores_nothing";
    let place = world.directory();
    let read_only = format!(
        "mount --bind '{0}' '{0}' && mount -o remount,bind,ro '{0}' && {1} --include-ignored",
        place.display(),
        child(name, "x", &place)
    );
    let output = Command::new("unshare").args(["--mount", "bash", "-c", &read_only]).output().unwrap();
    assert!(output.status.success(), "{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
}

/// A host that was killed removes nothing itself.
#[tokio::test]
async fn what_a_killed_host_left_half_the_next_one_removes() {
    if let Some((_, place)) = as_child() {
        let world = World::new();
        let caches = open(&world.stores(), StoreLocation::Directory(place.display().to_string()), &["main"]).await;
        let (depot, whole) = (caches.depot(), blob(b"half and half"));
        assert_eq!(depot.answer(Ask::Store(whole)).await, Answer::Here);
        depot.answer(Ask::Write { blob: whole.digest, offset: 0, bytes: b"half".to_vec() }).await;
        println!("half is written");
        std::future::pending::<()>().await;
    }
    let world = World::new();
    let own = open(&world.stores(), world.location(), &["main"]).await;
    keep(&own, "k", b"tree", b"pack").await.unwrap();
    let name = "faults::what_a_killed_host_left_half_the_next_one_removes";
    let mut killed =
        Command::new("bash").args(["-c", &child(name, "x", &world.directory())]).stdout(Stdio::piped()).spawn().unwrap();
    let mut said = Vec::new();
    let mut stdout = killed.stdout.take().unwrap();
    let mut byte = [0];
    while !String::from_utf8_lossy(&said).contains("half is written") {
        assert_eq!(stdout.read(&mut byte).unwrap(), 1, "{}", String::from_utf8_lossy(&said));
        said.push(byte[0]);
    }
    let half = || files_of(&world.directory(), "incoming");
    let users = || files_of(&world.directory(), "users").len();
    assert_eq!((half().len(), users()), (1, 2));
    open(&world.stores(), world.location(), &["main"]).await;
    assert_eq!(half().len(), 1, "another host is at it");
    killed.kill().unwrap();
    killed.wait().unwrap();
    let next = open(&world.stores(), world.location(), &["main"]).await;
    assert_eq!(half().len(), 0);
    assert_eq!(restore(&next, &next.find("k").await.unwrap()).await.unwrap().len(), 2, "nothing else is lost");
    assert_eq!(put(&*next.depot(), b"half and half").await.unwrap(), "here");
}

/// Of what was in a store, none may take a run down.
#[tokio::test]
async fn what_was_changed_on_the_disk_is_a_miss_or_is_noticed() {
    let world = World::new();
    let caches = open(&world.stores(), world.location(), &["main"]).await;
    keep(&caches, "k", b"tree", b"pack").await.unwrap();
    let record = files_of(&world.directory(), "entries").into_iter().find(|path| name(path).starts_with("c-")).unwrap();
    let good = std::fs::read(&record).unwrap();
    let flipped: Vec<u8> =
        good.iter().enumerate().map(|(at, byte)| if at == good.len() - 5 { byte ^ 1 } else { *byte }).collect();
    let newer = String::from_utf8(good.clone()).unwrap().replacen("windlass-cache 1 ", "windlass-cache 2 ", 1).into_bytes();
    for (bytes, what) in [
        (Vec::new(), "broken"),
        (b"{}".to_vec(), "broken"),
        (good[..good.len() / 2].to_vec(), "broken"),
        (flipped, "broken"),
        (vec![b'x'; 5 << 20], "too large"),
        (newer, "newer"),
    ] {
        std::fs::write(&record, &bytes).unwrap();
        let miss = caches.find("k").await.unwrap_err();
        let is_due = match what {
            "newer" => matches!(miss, Miss::Newer { .. }),
            "too large" => matches!(miss, Miss::Store { .. }),
            _ => matches!(miss, Miss::Broken { .. }),
        };
        assert!(is_due, "{what}: {miss:?}");
    }
    std::fs::write(&record, &good).unwrap();
    let blob =
        files_of(&world.directory(), "blobs").into_iter().find(|path| name(path) == blob(b"pack").digest.to_string()).unwrap();
    std::fs::write(&blob, b"kcap").unwrap();
    let found = caches.find("k").await.unwrap();
    assert_eq!(restore(&caches, &found).await.unwrap_err(), "other bytes");
    caches.distrust(&found).await.unwrap();
    assert_eq!(caches.find("k").await, Err(Miss::Absent), "it is restored by nobody");
    keep(&caches, "k", b"tree", b"pack").await.unwrap();
    assert_eq!(restore(&caches, &caches.find("k").await.unwrap()).await.unwrap()[1], b"pack", "and stored anew");
}

#[tokio::test]
async fn a_place_that_cannot_be_is_told_and_loses_nothing() {
    let world = World::new();
    std::fs::write(world.directory(), "a file").unwrap();
    let refused = Caches::open(&access(world.location(), &["main"]), owner("run"), &world.stores()).await;
    let error = refused.unwrap_err();
    assert!(matches!(error, StoreError::Io { .. } | StoreError::Own(_)), "{error:?}");
    assert_eq!(files(world.base.path()).len(), 1);
}

fn name(path: &std::path::Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}
