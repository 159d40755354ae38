//! A mover, played by the test, at the other end of a pipe.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use tokio::io::{AsyncWriteExt, DuplexStream, ReadHalf, WriteHalf};
use tokio::sync::{Notify, Semaphore};
use windlass_agent_protocol::frame;
use windlass_mover_protocol::{Answer, Ask, Failed, FromMover, Order, Outcome, PIECE, Sha256, ToMover, VERSION};

use crate::{Connection, Depot, Mover, MoverError, reading};

/// A depot that lets its questions wait until the test gives leave.
#[derive(Default)]
struct Slow {
    asked: AtomicUsize,
    more: Notify,
    leave: Option<Arc<Semaphore>>,
}

#[async_trait]
impl Depot for Slow {
    async fn answer(&self, ask: Ask) -> Answer {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.more.notify_one();
        if let Some(leave) = &self.leave {
            leave.acquire().await.unwrap().forget();
        }
        match ask {
            Ask::Read { most, .. } => Answer::Bytes(vec![7; usize::try_from(most).unwrap()]),
            _ => Answer::Here,
        }
    }
}

/// The mover's end.
struct Played {
    reader: ReadHalf<DuplexStream>,
    writer: WriteHalf<DuplexStream>,
}

impl Played {
    async fn say(&mut self, message: FromMover) {
        self.writer.write_all(&frame::encode(&message).unwrap()).await.unwrap();
    }

    async fn hear(&mut self) -> Option<ToMover> {
        reading::message(&mut self.reader, frame::LARGEST).await.ok()
    }
}

fn pipe() -> (Connection, Played) {
    let (host, mover) = tokio::io::duplex(64 << 10);
    let (reader, writer) = tokio::io::split(host);
    let (their_reader, their_writer) = tokio::io::split(mover);
    (Connection::new(reader, writer), Played { reader: their_reader, writer: their_writer })
}

async fn met(depot: Arc<dyn Depot>) -> (Mover, Played) {
    let (connection, mut played) = pipe();
    played.say(FromMover::Hello { version: VERSION, home: None }).await;
    (Mover::meet(connection, depot).await.unwrap(), played)
}

const ORDER: Order = Order::Serve { port: 1 };

#[tokio::test]
async fn an_order_hears_its_progress_and_its_end() {
    let (mover, mut played) = met(Arc::new(Slow::default())).await;
    let play = async {
        let Some(ToMover::Order { number, order: ORDER }) = played.hear().await else { panic!("no order") };
        played.say(FromMover::Progress { number, bytes: 5 }).await;
        played.say(FromMover::Ask { number: 9, ask: Ask::Read { blob: Sha256([0; 32]), offset: 0, most: 3 } }).await;
        assert_eq!(played.hear().await, Some(ToMover::Answer { number: 9, answer: Answer::Bytes(vec![7; 3]) }));
        played.say(FromMover::Ended { number, result: Ok(Outcome::Empty) }).await;
    };
    let heard = std::sync::Mutex::new(Vec::new());
    let (result, ()) = tokio::join!(mover.order(ORDER, |bytes| heard.lock().unwrap().push(bytes)), play);
    assert_eq!(result.unwrap(), Ok(Outcome::Empty));
    assert_eq!(*heard.lock().unwrap(), [5]);
}

#[tokio::test]
async fn a_dropped_order_is_cancelled_and_its_late_end_harms_nobody() {
    let (mover, mut played) = met(Arc::new(Slow::default())).await;
    let mut order = Box::pin(mover.order(ORDER, |_| ()));
    let first = tokio::select! {
        _ = &mut order => panic!("nobody ended it"),
        said = played.hear() => said,
    };
    let Some(ToMover::Order { number: first, .. }) = first else { panic!("no order: {first:?}") };
    drop(order);
    assert_eq!(played.hear().await, Some(ToMover::Cancel { number: first }));
    played.say(FromMover::Ended { number: first, result: Err(Failed::Cancelled) }).await;
    let play = async {
        let Some(ToMover::Order { number, .. }) = played.hear().await else { panic!("no order") };
        assert_ne!(number, first);
        played.say(FromMover::Ended { number, result: Ok(Outcome::Unchanged) }).await;
    };
    let (result, ()) = tokio::join!(mover.order(ORDER, |_| ()), play);
    assert_eq!(result.unwrap(), Ok(Outcome::Unchanged));
}

#[tokio::test]
async fn a_lost_mover_ends_every_order_at_once() {
    let (mover, mut played) = met(Arc::new(Slow::default())).await;
    let play = async {
        played.hear().await;
        drop(played);
    };
    let (one, two, ()) = tokio::join!(mover.order(ORDER, |_| ()), mover.order(ORDER, |_| ()), play);
    assert!(matches!((&one, &two), (Err(MoverError::Lost(_)), Err(MoverError::Lost(_)))), "{one:?} {two:?}");
    assert!(matches!(mover.order(ORDER, |_| ()).await, Err(MoverError::Lost(_))), "a later order, too");
}

#[tokio::test]
async fn questions_beyond_the_bound_wait_and_then_are_answered() {
    let leave = Arc::new(Semaphore::new(0));
    let depot = Arc::new(Slow { leave: Some(Arc::clone(&leave)), ..Slow::default() });
    let (_mover, mut played) = met(depot.clone()).await;
    let question = |number| FromMover::Ask { number, ask: Ask::Read { blob: Sha256([0; 32]), offset: 0, most: 1 } };
    for number in 0..40 {
        played.say(question(number)).await;
    }
    while depot.asked.load(Ordering::SeqCst) < 16 {
        depot.more.notified().await;
    }
    // Whatever could run has run: a seventeenth would have been counted.
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(depot.asked.load(Ordering::SeqCst), 16);
    leave.add_permits(40);
    let mut answered = Vec::new();
    for _ in 0..40 {
        let Some(ToMover::Answer { number, .. }) = played.hear().await else { panic!("an answer is missing") };
        answered.push(number);
    }
    answered.sort_unstable();
    assert!(answered.into_iter().eq(0..40));
}

#[tokio::test]
async fn a_mover_of_another_version_or_without_a_greeting_is_refused() {
    let depot = || Arc::new(Slow::default());
    let (connection, mut played) = pipe();
    played.say(FromMover::Hello { version: VERSION + 1, home: None }).await;
    assert!(matches!(Mover::meet(connection, depot()).await, Err(MoverError::Version(version)) if version == VERSION + 1));
    let (connection, mut played) = pipe();
    played.say(FromMover::Progress { number: 0, bytes: 0 }).await;
    assert!(matches!(Mover::meet(connection, depot()).await, Err(MoverError::Unexpected(_))));
    let (connection, mut played) = pipe();
    played.writer.write_all(b"exec: no such file").await.unwrap();
    assert!(matches!(Mover::meet(connection, depot()).await, Err(MoverError::Unexpected(_))));
    let (connection, played) = pipe();
    drop(played);
    assert!(matches!(Mover::meet(connection, depot()).await, Err(MoverError::Lost(_))));
}

#[tokio::test(start_paused = true)]
async fn a_mover_that_never_speaks_is_given_up() {
    let (connection, _played) = pipe();
    let met = Mover::meet(connection, Arc::new(Slow::default())).await;
    assert!(matches!(&met, Err(MoverError::Lost(error)) if error.kind() == io::ErrorKind::TimedOut), "{met:?}");
}

#[tokio::test]
async fn what_no_mover_says_ends_the_session() {
    let long = Ask::Write { blob: Sha256([0; 32]), offset: 0, bytes: vec![0; PIECE + (32 << 10)] };
    let said = [
        frame::encode(&FromMover::Hello { version: VERSION, home: None }).unwrap(),
        frame::encode(&FromMover::Progress { number: 7, bytes: 1 }).unwrap(),
        frame::encode(&FromMover::Ended { number: 7, result: Ok(Outcome::Empty) }).unwrap(),
        frame::encode(&FromMover::Ask { number: 0, ask: long }).unwrap(),
        vec![0xff; 16],
        vec![2, 0, 0, 0, 0xee, 0xee],
    ];
    for bytes in said {
        let (mover, mut played) = met(Arc::new(Slow::default())).await;
        let play = async {
            played.hear().await;
            drop(played.writer.write_all(&bytes).await);
        };
        let (result, ()) = tokio::join!(mover.order(ORDER, |_| ()), play);
        assert!(matches!(result, Err(MoverError::Unexpected(_))), "{result:?}");
    }
}
