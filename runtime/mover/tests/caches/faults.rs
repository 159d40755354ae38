//! Stores that fail, lie, or fall silent, at every moment.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tempfile::tempdir;
use windlass_mover_client::protocol::{Answer, Ask, Failed, Outcome};

use crate::depot::Shelf;
use crate::files::{names, noise, seen, write};
use crate::program::{command, connect, keep, restore, start};

fn some_files(base: &std::path::Path) {
    write(base, "d/one", noise(2 << 20, 1));
    write(base, "d/two", "two");
    write(base, "big", noise(9 << 20, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_refuses_at_any_question_is_told_and_the_next_try_succeeds() {
    let from = tempdir().unwrap();
    some_files(from.path());
    let shelf = Arc::new(Shelf::default());
    let mover = start(shelf.clone()).await;
    let refuse_at = |nth: usize| move |number: usize, _: &Ask| (number == nth).then(|| Answer::No("no more".into()));
    let mut failed = 0;
    let kept = loop {
        let fresh = Arc::new(Shelf::default());
        fresh.before(refuse_at(failed));
        let mover = start(fresh.clone()).await;
        match keep(from.path()).by(&mover).await {
            Ok(Outcome::Kept(_)) => {
                fresh.before(|_, _| None);
                break keep(from.path()).kept(&mover).await;
            }
            other => assert_eq!(other, Err(Failed::Store("no more".into())), "question {failed}"),
        }
        let asked = fresh.asked();
        keep(from.path()).kept(&mover).await;
        assert!(fresh.asked() > asked);
        failed += 1;
    };
    assert!(failed > 12, "{failed} questions");
    assert_eq!(kept.sent, 0, "all was there");

    let kept = keep(from.path()).kept(&mover).await;
    let mut failed = 0;
    loop {
        let to = tempdir().unwrap();
        shelf.before(refuse_at(failed));
        let result = restore(&mover, to.path(), &kept).await;
        if result.is_ok() {
            break;
        }
        assert_eq!(result, Err(Failed::Store("no more".into())), "question {failed}");
        assert_eq!(names(to.path()), [""; 0], "question {failed}: half a cache stays");
        restore(&mover, to.path(), &kept).await.unwrap();
        assert!(seen(from.path()) == seen(to.path()));
        failed += 1;
    }
    assert!(failed > 12, "{failed} questions");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_is_cut_at_any_question_ends_the_program_and_another_goes_on() {
    let from = tempdir().unwrap();
    some_files(from.path());
    let shelf = Arc::new(Shelf::default());
    let mut nth = 0;
    loop {
        let (connection, mut child) = connect(command());
        let cut = Arc::new(tokio::sync::Notify::new());
        let (reached, told) = (Arc::new(AtomicBool::new(false)), cut.clone());
        let at = reached.clone();
        shelf.before(move |number, _| {
            if number == nth {
                at.store(true, Ordering::SeqCst);
                told.notify_one();
            }
            None
        });
        let mover = windlass_mover_client::Mover::meet(connection, shelf.clone()).await.unwrap();
        tokio::select! {
            biased;
            () = cut.notified() => drop(mover),
            result = keep(from.path()).try_by(&mover) => {
                assert!(matches!(result, Ok(Ok(Outcome::Kept(_)))), "{result:?}");
                drop(mover);
            }
        }
        assert!(child.wait().await.unwrap().success(), "it ends with its stream");
        if !reached.load(Ordering::SeqCst) {
            break;
        }
        nth += 1;
    }
    let mover = start(shelf.clone()).await;
    shelf.before(|_, _| None);
    let kept = keep(from.path()).kept(&mover).await;
    let to = tempdir().unwrap();
    restore(&mover, to.path(), &kept).await.unwrap();
    assert!(seen(from.path()) == seen(to.path()));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_wrong_byte_is_noticed_before_anything_is_written() {
    let (from, to) = (tempdir().unwrap(), tempdir().unwrap());
    write(from.path(), "d/file", "a few words\n");
    let shelf = Arc::new(Shelf::default());
    let mover = start(shelf.clone()).await;
    let kept = keep(from.path()).kept(&mover).await;
    let mut flipped = 0;
    for blob in kept.packs.iter().chain([&kept.tree]) {
        let bytes = shelf.get(blob.digest);
        for at in 0..bytes.len() {
            let mut wrong = bytes.clone();
            wrong[at] ^= 1;
            shelf.put(blob.digest, wrong);
            let result = restore(&mover, to.path(), &kept).await;
            assert!(matches!(result, Err(Failed::Corrupt(_))), "byte {at}: {result:?}");
            assert_eq!(names(to.path()), [""; 0], "byte {at}");
            flipped += 1;
        }
        for length in [0, 1, bytes.len() - 1] {
            shelf.put(blob.digest, bytes[..length].to_vec());
            let result = restore(&mover, to.path(), &kept).await;
            assert!(matches!(result, Err(Failed::Corrupt(_))), "{length} bytes: {result:?}");
        }
        shelf.put(blob.digest, bytes);
    }
    assert!(flipped > 100, "{flipped}");
    restore(&mover, to.path(), &kept).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tree_that_names_a_pack_which_the_host_did_not_is_refused() {
    let (from, to) = (tempdir().unwrap(), tempdir().unwrap());
    write(from.path(), "file", "x");
    let mover = start(Arc::new(Shelf::default())).await;
    let mut kept = keep(from.path()).kept(&mover).await;
    kept.packs.clear();
    let result = restore(&mover, to.path(), &kept).await;
    assert!(matches!(&result, Err(Failed::Corrupt(why)) if why.contains("not among those of the entry")), "{result:?}");
    assert_eq!(names(to.path()), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_to_another_question_is_refused() {
    let (from, to) = (tempdir().unwrap(), tempdir().unwrap());
    write(from.path(), "file", "x");
    let shelf = Arc::new(Shelf::default());
    let mover = start(shelf.clone()).await;
    let kept = keep(from.path()).kept(&mover).await;
    for answer in [Answer::Bytes(Vec::new()), Answer::Done, Answer::Bytes(vec![0; 100])] {
        for nth in 0..2 {
            let wrong = answer.clone();
            shelf.before(move |number, _| (number == nth).then(|| wrong.clone()));
            let result = restore(&mover, to.path(), &kept).await;
            assert!(matches!(result, Err(Failed::Store(_) | Failed::Corrupt(_))), "{answer:?} at {nth}: {result:?}");
        }
    }
    shelf.before(|_, _| None);
    restore(&mover, to.path(), &kept).await.unwrap();
    assert!(fs::read(to.path().join("file")).unwrap() == b"x");
}
