//! The program as the host meets it.

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use tempfile::tempdir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::Notify;
use windlass_mover_client::Depot;
use windlass_mover_client::protocol::{Answer, Ask, Order, Outcome};

use crate::depot::Shelf;
use crate::files::{names, noise, write};
use crate::program::{command, keep, place, restore, start};

#[tokio::test]
async fn it_says_its_version() {
    let output = command().arg("--version").output().await.unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("windlass mover {}\n", env!("CARGO_PKG_VERSION")));
}

#[tokio::test]
async fn it_does_nothing_for_a_person() {
    let output = command().arg("--help").stderr(Stdio::piped()).output().await.unwrap();
    assert_eq!(output.status.code(), Some(2));
    // `script` gives it a terminal.
    let program = env!("CARGO_BIN_EXE_windlass-mover");
    let mut script = tokio::process::Command::new("script");
    let output = script.args(["-qec", program, "/dev/null"]).stdin(Stdio::null()).output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.code() == Some(2) && said.contains("does nothing for anybody else"), "{said}");
}

#[tokio::test]
async fn it_ends_with_its_stream_and_on_nonsense() {
    for (said, code) in [(&b""[..], 0), (b"\xff\xff\xff\xff", 1), (b"\x01\0\0\0\xff", 1), (b"\x05\0\0\0", 1)] {
        let mut child = command().stderr(Stdio::piped()).spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        input.write_all(said).await.unwrap();
        drop(input);
        let mut greeting = Vec::new();
        child.stdout.take().unwrap().read_to_end(&mut greeting).await.unwrap();
        assert!(!greeting.is_empty());
        assert_eq!(child.wait().await.unwrap().code(), Some(code), "{said:?}");
    }
}

/// Lets one question wait until it is told to go on.
#[derive(Default)]
struct Silent {
    shelf: Shelf,
    silent_at: AtomicUsize,
    asked: AtomicUsize,
    reached: Notify,
    go_on: Notify,
}

#[async_trait]
impl Depot for Silent {
    async fn answer(&self, ask: Ask) -> Answer {
        if self.asked.fetch_add(1, Ordering::SeqCst) == self.silent_at.load(Ordering::SeqCst) {
            self.reached.notify_one();
            self.go_on.notified().await;
        }
        self.shelf.answer(ask).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_is_given_up_at_any_question_leaves_nothing_and_the_next_is_carried_out() {
    let from = tempdir().unwrap();
    write(from.path(), "one", noise(3 << 20, 1));
    write(from.path(), "two", noise(9 << 20, 2));
    let depot = Arc::new(Silent { silent_at: AtomicUsize::new(usize::MAX), ..Silent::default() });
    let mover = start(depot.clone()).await;
    let kept = keep(from.path()).kept(&mover).await;
    let mut nth = 0;
    loop {
        let to = tempdir().unwrap();
        depot.asked.store(0, Ordering::SeqCst);
        depot.silent_at.store(nth, Ordering::SeqCst);
        let finished = tokio::select! {
            result = restore(&mover, to.path(), &kept) => result.is_ok(),
            () = depot.reached.notified() => false,
        };
        depot.silent_at.store(usize::MAX, Ordering::SeqCst);
        if finished {
            break;
        }
        // The next order waits until the first has cleared away what it made.
        let other = tempdir().unwrap();
        let empty = tokio::time::timeout(Duration::from_secs(60), keep(other.path()).by(&mover)).await.unwrap();
        assert_eq!(empty, Ok(Outcome::Empty));
        assert_eq!(names(to.path()), [""; 0], "question {nth}");
        // Its late answer harms nobody.
        depot.go_on.notify_one();
        nth += 1;
    }
    assert!(nth > 10, "{nth} questions");
}

#[tokio::test(flavor = "multi_thread")]
async fn several_orders_are_carried_out_and_say_how_far_they_are() {
    let from = tempdir().unwrap();
    write(from.path(), "one", noise(60 << 20, 1));
    let mover = start(Arc::new(Shelf::default())).await;
    let kept = keep(from.path()).kept(&mover).await;
    let targets = [tempdir().unwrap(), tempdir().unwrap(), tempdir().unwrap()];
    let heard = AtomicUsize::new(0);
    let restores = targets.iter().map(|target| {
        let order = Order::Restore { place: place(target.path()), tree: kept.tree, packs: kept.packs.clone() };
        let heard = &heard;
        mover.order(order, move |bytes| {
            assert!(bytes > 0 && bytes <= kept.bytes + (1 << 20));
            heard.fetch_add(1, Ordering::SeqCst);
        })
    });
    let mut restores = restores.collect::<Vec<_>>().into_iter();
    let (Some(one), Some(two), Some(three)) = (restores.next(), restores.next(), restores.next()) else { panic!() };
    let (one, two, three) = tokio::join!(one, two, three);
    for result in [one, two, three] {
        assert!(matches!(result, Ok(Ok(Outcome::Restored(_)))), "{result:?}");
    }
    assert!(heard.load(Ordering::SeqCst) > 0, "nobody said how far it is");
}
