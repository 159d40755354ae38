//! Only what changed moves, and what did not is recognised.

use std::fs::{self, File};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use tempfile::tempdir;
use windlass_mover_client::protocol::{Ask, Kept, Outcome};

use crate::depot::Shelf;
use crate::files::{noise, seen, write};
use crate::program::{keep, restore, start};

/// A thousand files of some 20 KiB, and one of 30 MiB.
fn many(base: &std::path::Path) {
    for number in 0..1000 {
        write(base, &format!("d{}/f{number}", number % 20), noise(20_000, number));
    }
    write(base, "big", noise(30 << 20, 5000));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_a_few_files_sends_a_few_per_cent() {
    let from = tempdir().unwrap();
    many(from.path());
    let shelf = Arc::new(Shelf::default());
    let mover = start(shelf.clone()).await;
    let first = keep(from.path()).kept(&mover).await;
    assert_eq!(shelf.written(), first.sent);
    for number in 0..10 {
        write(from.path(), &format!("d{}/f{number}", number % 20), noise(20_000, number + 7000));
    }
    let mut big = fs::read(from.path().join("big")).unwrap();
    big.insert(15 << 20, 0);
    write(from.path(), "big", big);

    let second = keep(from.path()).against(&first).kept(&mover).await;
    // The file that grew by a byte in its middle sends the chunk around it, of four megabytes at most.
    assert!(second.sent < first.sent / 8, "{} of {}", second.sent, first.sent);
    assert_eq!(shelf.written(), first.sent + second.sent);
    let to = tempdir().unwrap();
    restore(&mover, to.path(), &second).await.unwrap();
    assert!(seen(from.path()) == seen(to.path()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_store_has_already_is_not_sent_even_without_a_base() {
    let from = tempdir().unwrap();
    write(from.path(), "x", noise(3 << 20, 1));
    let shelf = Arc::new(Shelf::default());
    let mover = start(shelf.clone()).await;
    let first = keep(from.path()).kept(&mover).await;
    let again = keep(from.path()).kept(&mover).await;
    assert_eq!((again.tree, again.packs, again.sent), (first.tree, first.packs, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_is_as_it_was_left_is_recognised_without_reading_it() {
    let (from, to) = (tempdir().unwrap(), tempdir().unwrap());
    for number in 0..20_000 {
        write(from.path(), &format!("d{}/f{number}", number % 200), number.to_string());
    }
    fs::hard_link(from.path().join("d1/f1"), from.path().join("another")).unwrap();
    let shelf = Arc::new(Shelf::default());
    let mover = start(shelf.clone()).await;
    let kept = keep(from.path()).kept(&mover).await;
    restore(&mover, to.path(), &kept).await.unwrap();
    let before = Instant::now();
    assert_eq!(keep(to.path()).against(&kept).unless_unchanged().by(&mover).await, Ok(Outcome::Unchanged));
    // A second is promised of the program as it is delivered, and this one is not optimised.
    let taken = before.elapsed();
    println!("20000 files are recognised in {taken:?}");
    assert!(taken < Duration::from_secs(5), "{taken:?}");
    let written = shelf.written();
    let again = keep(to.path()).against(&kept).kept(&mover).await;
    assert_eq!((again.tree, again.packs), (kept.tree, kept.packs), "and it is the same cache");
    assert_eq!(shelf.written(), written);
}

/// A restored file, and the program that has restored it.
async fn restored() -> (tempfile::TempDir, Arc<Shelf>, windlass_mover_client::Mover, Kept) {
    let (from, to) = (tempdir().unwrap(), tempdir().unwrap());
    for name in ["a", "b"] {
        write(from.path(), name, "content");
    }
    fs::create_dir(from.path().join("d")).unwrap();
    let shelf = Arc::new(Shelf::default());
    let mover = start(shelf.clone()).await;
    let kept = keep(from.path()).kept(&mover).await;
    restore(&mover, to.path(), &kept).await.unwrap();
    (to, shelf, mover, kept)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_hides_behind_size_and_time_is_found() {
    let (to, _shelf, mover, kept) = restored().await;
    let path = to.path().join("a");
    let modified = fs::metadata(&path).unwrap().modified().unwrap();
    fs::write(&path, "CONTENT").unwrap();
    File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
    let now = keep(to.path()).against(&kept).unless_unchanged().kept(&mover).await;
    assert_ne!(now.tree, kept.tree);
    let again = tempdir().unwrap();
    restore(&mover, again.path(), &now).await.unwrap();
    assert_eq!(fs::read(again.path().join("a")).unwrap(), b"CONTENT");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_change_is_one() {
    type Change = fn(&std::path::Path);
    let changes: [(&str, Change); 6] = [
        ("a file more", |base| write(base, "c", "x")),
        ("a file less", |base| fs::remove_file(base.join("b")).unwrap()),
        ("an empty directory less", |base| fs::remove_dir(base.join("d")).unwrap()),
        ("a mode", |base| {
            use std::os::unix::fs::PermissionsExt as _;
            fs::set_permissions(base.join("a"), fs::Permissions::from_mode(0o711)).unwrap();
        }),
        ("a time", |base| File::open(base.join("a")).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap()),
        ("a link in place of a file", |base| {
            fs::remove_file(base.join("b")).unwrap();
            fs::hard_link(base.join("a"), base.join("b")).unwrap();
        }),
    ];
    for (what, change) in changes {
        let (to, _shelf, mover, kept) = restored().await;
        change(to.path());
        let outcome = keep(to.path()).against(&kept).unless_unchanged().by(&mover).await;
        assert!(matches!(outcome, Ok(Outcome::Kept(_))), "{what}: {outcome:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_stream_reads_the_files_and_comes_to_the_same_result() {
    let (to, shelf, mover, kept) = restored().await;
    drop(mover);
    // A file that came and went changes the time of its directory, and nothing else.
    write(to.path(), "d/lock", "");
    fs::remove_file(to.path().join("d/lock")).unwrap();
    let other = start(shelf.clone()).await;
    assert_eq!(keep(to.path()).against(&kept).unless_unchanged().by(&other).await, Ok(Outcome::Unchanged));
    write(to.path(), "a", "other");
    let outcome = keep(to.path()).against(&kept).unless_unchanged().by(&other).await;
    assert!(matches!(outcome, Ok(Outcome::Kept(_))), "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_base_that_is_gone_or_damaged_is_as_good_as_none() {
    let (to, shelf, mover, kept) = restored().await;
    write(to.path(), "a", "other");
    shelf.put(kept.tree.digest, b"\x01 no tree".to_vec());
    keep(to.path()).against(&kept).unless_unchanged().kept(&mover).await;
    shelf.remove(kept.tree.digest);
    keep(to.path()).against(&kept).unless_unchanged().kept(&mover).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pack_that_is_hardly_used_is_left_behind() {
    let from = tempdir().unwrap();
    for number in 0..40 {
        write(from.path(), &format!("f{number}"), noise(100_000, number));
    }
    let shelf = Arc::new(Shelf::default());
    let mover = start(shelf.clone()).await;
    let first = keep(from.path()).kept(&mover).await;
    // Of no pack more than a few files stay, whichever thread has packed them.
    for number in 4..40 {
        fs::remove_file(from.path().join(format!("f{number}"))).unwrap();
    }
    let second = keep(from.path()).against(&first).kept(&mover).await;
    assert!(second.packs.iter().all(|pack| !first.packs.contains(pack)), "{:?} of {:?}", second.packs, first.packs);
    let size: u64 = second.packs.iter().map(|pack| pack.size).sum();
    assert!((400_000..430_000).contains(&size), "{size}");
    for pack in &first.packs {
        shelf.remove(pack.digest);
    }
    let to = tempdir().unwrap();
    restore(&mover, to.path(), &second).await.unwrap();
    assert!(seen(from.path()) == seen(to.path()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_does_not_stand_still_is_read_again_and_then_named() {
    // A pack is full, and sent, when half of the file is read.
    for (changes, stands) in [(1, true), (usize::MAX, false)] {
        let from = tempdir().unwrap();
        let path = from.path().join("log");
        write(from.path(), "log", noise(20 << 20, 1));
        let shelf = Arc::new(Shelf::default());
        let mut left = changes;
        let changed = path.clone();
        shelf.before(move |number, ask| {
            if matches!(ask, Ask::Store(_)) && left > 0 {
                left -= 1;
                // Shorter, and other bytes: nothing that was read is of use any more.
                fs::write(&changed, noise(19 << 20, 100 + number as u64)).unwrap();
            }
            None
        });
        let mover = start(shelf).await;
        let outcome = keep(from.path()).by(&mover).await;
        if stands {
            let Ok(Outcome::Kept(kept)) = outcome else { panic!("{outcome:?}") };
            let to = tempdir().unwrap();
            restore(&mover, to.path(), &kept).await.unwrap();
            assert!(seen(from.path()) == seen(to.path()));
        } else {
            let failed = format!("{outcome:?}");
            assert!(failed.contains("Container") && failed.contains("`log` changes while it is read"), "{failed}");
        }
    }
}
