//! How much a cache may hold.

use std::fs::File;
use std::sync::Arc;

use tempfile::tempdir;
use windlass_mover_client::protocol::Failed;

use crate::depot::Shelf;
use crate::files::{noise, write};
use crate::program::{keep, start};

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
