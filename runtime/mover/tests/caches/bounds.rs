//! How much a cache may hold.

use std::fs::File;
use std::sync::Arc;

use tempfile::tempdir;
use windlass_mover_client::protocol::Failed;

use crate::depot::Shelf;
use crate::files::{noise, write};
use crate::program::{keep, restore, start};

#[tokio::test(flavor = "multi_thread")]
async fn too_much_is_refused_by_number_and_name() {
    let from = tempdir().unwrap();
    write(from.path(), "small/x", noise(1 << 20, 1));
    write(from.path(), "large/deep/x", noise(3 << 20, 2));
    let shelf = Arc::new(Shelf::default());
    let mover = start(shelf.clone()).await;
    let mut order = keep(from.path());
    order.most_bytes = 2 << 20;
    let failed = order.by(&mover).await.unwrap_err();
    let Failed::Container(why) = &failed else { panic!("{failed:?}") };
    assert!(why.contains("4.0 MiB") && why.contains("2.0 MiB") && why.contains("`large/deep` (3.0 MiB), `small/x`"), "{why}");
    assert_eq!(shelf.written(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn holes_take_no_room() {
    let from = tempdir().unwrap();
    write(from.path(), "x", "x");
    File::create(from.path().join("sparse")).unwrap().set_len(1 << 40).unwrap();
    let mover = start(Arc::new(Shelf::default())).await;
    let mut order = keep(from.path());
    order.most_bytes = 1 << 20;
    let kept = order.kept(&mover).await;
    assert_eq!(kept.bytes, (1 << 40) + 1);
    assert!(kept.sent < 1000);
}

/// What a million would need is told by a tenth of it: each file is a few bytes of its tree, and many share a pack.
#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_thousand_tiny_files_are_kept_in_few_packs() {
    let (from, to) = (tempdir().unwrap(), tempdir().unwrap());
    for directory in 0..100 {
        let place = from.path().join(format!("d{directory}"));
        std::fs::create_dir(&place).unwrap();
        for number in 0..1000 {
            std::fs::write(place.join(format!("f{number}")), format!("{directory}/{number}")).unwrap();
        }
    }
    let shelf = Arc::new(Shelf::default());
    let mover = start(shelf.clone()).await;
    let kept = keep(from.path()).kept(&mover).await;
    assert_eq!(kept.entries, 100_100);
    assert!(kept.packs.len() <= 4 && kept.sent < 8 << 20, "{} packs, {} bytes", kept.packs.len(), kept.sent);
    restore(&mover, to.path(), &kept).await.unwrap();
    let made = (0..100).map(|directory| std::fs::read_dir(to.path().join(format!("d{directory}"))).unwrap().count());
    assert_eq!(made.sum::<usize>(), 100_000);
    assert_eq!(std::fs::read(to.path().join("d99/f999")).unwrap(), b"99/999");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_not_below_the_base_is_refused() {
    let from = tempdir().unwrap();
    write(from.path(), "x", "x");
    let mover = start(Arc::new(Shelf::default())).await;
    for folder in ["..", "../x", "/etc", "a/../../b", "../*"] {
        let failed = keep(from.path()).of(&[folder]).by(&mover).await;
        assert!(matches!(failed, Err(Failed::Container(_))), "{folder}: {failed:?}");
    }
}
