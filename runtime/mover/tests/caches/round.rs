//! What comes back is what went.

use std::fs;
use std::sync::Arc;

use proptest::prelude::*;
use tempfile::tempdir;
use windlass_mover_client::protocol::Outcome;

use crate::depot::Shelf;
use crate::files::{names, room, seen, write, zoo};
use crate::program::{keep, restore, start};

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_a_cache_can_hold_comes_back() {
    let (from, to) = (tempdir().unwrap(), tempdir().unwrap());
    zoo(from.path());
    let mover = start(Arc::new(Shelf::default())).await;
    let kept = keep(from.path()).kept(&mover).await;
    let target = to.path().join("made/on the way");
    let restored = restore(&mover, &target, &kept).await.unwrap();
    let (before, after) = (seen(from.path()), seen(&target));
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    for (path, before) in &before {
        assert!(*before == after[path], "{}", path.display());
    }
    assert_eq!(kept.entries, before.len() as u64);
    assert_eq!((restored.entries, restored.bytes), (kept.entries, kept.bytes));
    assert_eq!(restored.fetched, kept.sent, "an empty store got what is fetched");
    for sparse in ["sparse", "zeros"] {
        assert!(room(&target.join(sparse)) < 256 << 10, "{sparse} has holes");
    }
    assert!(kept.secret_files.is_empty() && kept.passed_over.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn another_stream_restores_it_over_what_is_there() {
    let (from, to) = (tempdir().unwrap(), tempdir().unwrap());
    write(from.path(), "a/file", "new");
    write(from.path(), "b", "new");
    write(from.path(), "directory/x", "new");
    std::os::unix::fs::symlink("b", from.path().join("link")).unwrap();
    let shelf = Arc::new(Shelf::default());
    let kept = keep(from.path()).kept(&start(shelf.clone()).await).await;

    write(to.path(), "a/file", "old and longer");
    write(to.path(), "a/other", "stays");
    write(to.path(), "stays", "stays");
    std::os::unix::fs::symlink("stays", to.path().join("b")).unwrap();
    write(to.path(), "directory", "was a file");
    write(to.path(), "link", "was a file");
    restore(&start(shelf).await, to.path(), &kept).await.unwrap();
    assert_eq!(names(to.path()), ["a", "a/file", "a/other", "b", "directory", "directory/x", "link", "stays"]);
    for (path, content) in [("a/file", "new"), ("a/other", "stays"), ("b", "new"), ("directory/x", "new"), ("stays", "stays")] {
        assert_eq!(fs::read_to_string(to.path().join(path)).unwrap(), content, "{path}");
    }
    assert!(to.path().join("link").is_symlink() && !to.path().join("b").is_symlink());
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_and_patterns_take_what_they_name_and_nothing_else() {
    let (from, to) = (tempdir().unwrap(), tempdir().unwrap());
    for path in ["app/node_modules/x/y", "app/src/z", "node_modules/a", "target/debug/b", "target.txt", "out"] {
        write(from.path(), path, path);
    }
    let mover = start(Arc::new(Shelf::default())).await;
    let kept = keep(from.path()).of(&["**/node_modules", "target", "./out"]).kept(&mover).await;
    restore(&mover, to.path(), &kept).await.unwrap();
    let files: Vec<_> = names(to.path()).into_iter().filter(|name| to.path().join(name).is_file()).collect();
    assert_eq!(files, ["app/node_modules/x/y", "node_modules/a", "out", "target/debug/b"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_file_is_no_cache() {
    let from = tempdir().unwrap();
    let mover = start(Arc::new(Shelf::default())).await;
    assert_eq!(keep(&from.path().join("not there")).by(&mover).await, Ok(Outcome::Empty));
    fs::create_dir_all(from.path().join("only/directories")).unwrap();
    assert_eq!(keep(from.path()).by(&mover).await, Ok(Outcome::Empty));
    assert_eq!(keep(from.path()).of(&["nothing/**"]).by(&mover).await, Ok(Outcome::Empty));
}

/// Trees of small files with any names and contents.
fn trees() -> impl Strategy<Value = Vec<(Vec<String>, Vec<u8>)>> {
    let name = "[a-c.]{1,2}".prop_filter("a name", |name| !matches!(name.as_str(), "." | ".."));
    let content = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..200),
        (0_usize..2 << 20, any::<u64>()).prop_map(|(length, seed)| crate::files::noise(length, seed)),
        (0_usize..2 << 20).prop_map(|length| vec![0; length]),
    ];
    proptest::collection::vec((proptest::collection::vec(name, 1..4), content), 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn any_files_come_back(files in trees()) {
        let (from, to) = (tempdir().unwrap(), tempdir().unwrap());
        for (path, content) in &files {
            let path = from.path().join(path.join("/"));
            // A name may be that of a directory, or below a file, by now.
            if fs::create_dir_all(path.parent().unwrap()).is_ok() {
                drop(fs::write(path, content));
            }
        }
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mover = start(Arc::new(Shelf::default())).await;
            let kept = keep(from.path()).kept(&mover).await;
            restore(&mover, to.path(), &kept).await.unwrap();
        });
        prop_assert!(seen(from.path()) == seen(to.path()));
    }
}
