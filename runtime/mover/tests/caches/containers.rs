//! What a container can have at a place, and do about it.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::process::Command;
use std::sync::Arc;

use tempfile::tempdir;
use windlass_mover_client::protocol::{Failed, Secret};

use crate::depot::Shelf;
use crate::files::{names, noise, write};
use crate::program::{keep, restore, start};

#[tokio::test(flavor = "multi_thread")]
async fn pipes_and_sockets_are_passed_over_and_named() {
    let from = tempdir().unwrap();
    write(from.path(), "file", "x");
    fs::create_dir(from.path().join("d")).unwrap();
    let _listener = UnixListener::bind(from.path().join("d/socket")).unwrap();
    assert!(Command::new("mkfifo").arg(from.path().join("pipe")).status().unwrap().success());
    let mover = start(Arc::new(Shelf::default())).await;
    let kept = keep(from.path()).kept(&mover).await;
    assert_eq!(kept.passed_over, ["d/socket (a socket)", "pipe (a pipe)"]);
    assert_eq!(kept.entries, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_hold_a_secret_are_named() {
    let from = tempdir().unwrap();
    write(from.path(), "credentials", "token = sesame-open-up\n");
    write(from.path(), "harmless", "token = sesame-open\n");
    // Across the border of two chunks, wherever it is.
    write(from.path(), "big", [noise(3 << 20, 3), b"sesame-open-up".to_vec(), noise(3 << 20, 4)].concat());
    write(from.path(), "encoded", "c2VzYW1lLW9wZW4tdXA=");
    let mover = start(Arc::new(Shelf::default())).await;
    let mut order = keep(from.path());
    order.secrets = vec![Secret(b"sesame-open-up".to_vec())];
    assert_eq!(order.kept(&mover).await.secret_files, ["big", "credentials", "encoded"]);
}

/// A link that is there already leads out of the place: nothing goes through it.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_written_through_a_link() {
    let (from, to, outside) = (tempdir().unwrap(), tempdir().unwrap(), tempdir().unwrap());
    write(from.path(), "a/b/file", "x");
    write(from.path(), "c", "x");
    let mover = start(Arc::new(Shelf::default())).await;
    let whole = keep(from.path()).kept(&mover).await;
    let file = keep(from.path()).of(&["a/b/file", "c"]).kept(&mover).await;
    symlink(outside.path(), to.path().join("a")).unwrap();
    // A directory of the cache takes the place of the link.
    restore(&mover, to.path(), &whole).await.unwrap();
    assert!(to.path().join("a/b/file").is_file() && !to.path().join("a").is_symlink());
    // A directory that the cache only leads through does not.
    fs::remove_dir_all(to.path().join("a")).unwrap();
    symlink(outside.path(), to.path().join("a")).unwrap();
    let failed = restore(&mover, to.path(), &file).await.unwrap_err();
    let Failed::Container(why) = &failed else { panic!("{failed:?}") };
    assert!(why.contains("`a/b/file`") && why.contains("link"), "{why}");
    // The last name of all: the link is replaced, and what it leads to stays.
    fs::remove_file(to.path().join("a")).unwrap();
    fs::remove_file(to.path().join("c")).unwrap();
    write(outside.path(), "target", "untouched");
    symlink(outside.path().join("target"), to.path().join("c")).unwrap();
    restore(&mover, to.path(), &file).await.unwrap();
    assert!(!to.path().join("c").is_symlink());
    assert_eq!(names(outside.path()), ["target"]);
    assert_eq!(fs::read_to_string(outside.path().join("target")).unwrap(), "untouched");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_does_not_give_way_to_a_file() {
    let (from, to) = (tempdir().unwrap(), tempdir().unwrap());
    write(from.path(), "a", "x");
    write(from.path(), "b", "x");
    write(to.path(), "b/precious", "x");
    let mover = start(Arc::new(Shelf::default())).await;
    let kept = keep(from.path()).kept(&mover).await;
    let failed = restore(&mover, to.path(), &kept).await.unwrap_err();
    let Failed::Container(why) = &failed else { panic!("{failed:?}") };
    assert!(why.contains("`b` is a directory"), "{why}");
    assert_eq!(names(to.path()), ["b", "b/precious"], "and what was made is gone again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_base_that_cannot_be_made_is_the_containers_failure() {
    let (from, to) = (tempdir().unwrap(), tempdir().unwrap());
    write(from.path(), "a", "x");
    write(to.path(), "file", "x");
    let mover = start(Arc::new(Shelf::default())).await;
    let kept = keep(from.path()).kept(&mover).await;
    let failed = restore(&mover, &to.path().join("file/below"), &kept).await.unwrap_err();
    assert!(matches!(&failed, Failed::Container(why) if why.contains("file/below")), "{failed:?}");
}

/// A small file system of its own.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "mounts a file system, which root alone may"]
async fn a_full_disk_is_said_and_leaves_nothing() {
    let (from, to) = (tempdir().unwrap(), tempdir().unwrap());
    for number in 0..8 {
        write(from.path(), &format!("f{number}"), noise(1 << 20, number));
    }
    let mount = |program: &str, arguments: &[&str]| {
        assert!(Command::new(program).args(arguments).arg(to.path()).status().unwrap().success());
    };
    mount("mount", &["-t", "tmpfs", "-o", "size=4m", "none"]);
    let mover = start(Arc::new(Shelf::default())).await;
    let kept = keep(from.path()).kept(&mover).await;
    let failed = restore(&mover, to.path(), &kept).await.unwrap_err();
    let left = names(to.path());
    mount("umount", &[]);
    assert!(matches!(&failed, Failed::Container(why) if why.contains("the disk is full")), "{failed:?}");
    assert!(left.is_empty(), "{left:?}");
}
