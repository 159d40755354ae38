//! Stores that are busy, and such as take a request and never answer.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use windlass_cache_store::{Caches, Miss};
use windlass_model::cache::{Provider, StoreLocation};

use crate::support::{self, insecure};
use crate::world::{World, open};

/// No cache is worth more of a run's time.
const BOUND: Duration = Duration::from_secs(60);

/// A server that answers its requests so, in their order, and nothing to those after them; when each of them came.
fn server(answers: &'static [&'static str]) -> (SocketAddr, Receiver<Instant>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, (sender, came)) = (listener.local_addr().unwrap(), channel());
    std::thread::spawn(move || {
        let mut held = Vec::new();
        for (number, stream) in listener.incoming().enumerate() {
            let mut stream = stream.unwrap();
            read_head(&mut stream);
            if sender.send(Instant::now()).is_err() {
                return;
            }
            match answers.get(number) {
                Some(answer) => {
                    let _ = write!(stream, "HTTP/1.1 {answer}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
                }
                None => held.push(stream),
            }
        }
    });
    (address, came)
}

fn read_head(stream: &mut TcpStream) {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
        head.push(byte[0]);
    }
}

async fn bucket(address: SocketAddr) -> Caches {
    let endpoint = format!("http://{address}");
    let environment = [
        ("AWS_ENDPOINT_URL", &*endpoint),
        ("AWS_ACCESS_KEY_ID", "windlass"),
        ("AWS_SECRET_ACCESS_KEY", "hunter2"),
        ("AWS_REGION", "us-east-1"),
    ];
    let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let world = World { environment, ..World::new() };
    let location = StoreLocation::Bucket { provider: Provider::S3, bucket: "caches".into(), prefix: String::new() };
    open(&world.stores(), location, &["topic", "main"]).await
}

async fn registry(address: SocketAddr) -> Caches {
    let host = address.to_string();
    let registries = support::World::new(vec![insecure(&host)]).patient().registries();
    let world = World { registries: std::sync::Arc::new(registries), ..World::new() };
    open(&world.stores(), StoreLocation::Registry(format!("{host}/ci/cache")), &["topic", "main"]).await
}

const BUSY: &str = "503 Service Unavailable\r\nretry-after: 2";

/// As long as it says, and no less.
#[tokio::test(flavor = "multi_thread")]
async fn a_busy_bucket_is_waited_for_as_it_says() {
    let (address, came) = server(&[BUSY, BUSY, "404 Not Found", "404 Not Found"]);
    assert_eq!(bucket(address).await.find("k").await, Err(Miss::Absent));
    let came: Vec<Instant> = came.try_iter().collect();
    assert_eq!(came.len(), 4, "two of them are of the scope that is looked into next");
    for pair in came.windows(2).take(2) {
        assert!(pair[1] - pair[0] >= Duration::from_secs(2), "{:?}", pair[1] - pair[0]);
    }
}

/// One that asks for more patience than a run has is a miss.
#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_stays_busy_is_a_miss() {
    let (address, _came) = server(&["503 Service Unavailable\r\nretry-after: 86400"; 8]);
    let began = Instant::now();
    let miss = bucket(address).await.find("k").await.unwrap_err();
    assert!(matches!(&miss, Miss::Store { refused: false, .. }), "{miss:?}");
    assert!(began.elapsed() < BOUND, "{:?}", began.elapsed());
}

/// The first cache finds out, the others do not wait for as long again.
#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_never_answers_is_a_miss_in_bounded_time() {
    let (address, _came) = server(&[]);
    let bucket = bucket(address).await;
    let began = Instant::now();
    let miss = bucket.find("k").await.unwrap_err();
    assert!(matches!(&miss, Miss::Store { refused: false, .. }), "{miss:?}");
    assert!(miss.to_string().contains("cannot be reached"), "{miss}");
    let miss = bucket.find("other").await.unwrap_err();
    assert!(matches!(&miss, Miss::Store { refused: false, .. }), "{miss:?}");
    assert!(began.elapsed() < BOUND, "{:?}", began.elapsed());
}

/// Each cache finds out for itself, within the patience that every registry gets.
#[tokio::test(flavor = "multi_thread")]
async fn a_registry_that_never_answers_is_a_miss() {
    let (address, _came) = server(&[]);
    let registry = registry(address).await;
    let began = Instant::now();
    let miss = registry.find("k").await.unwrap_err();
    assert!(matches!(&miss, Miss::Store { refused: false, .. }), "{miss:?}");
    assert!(miss.to_string().contains("cannot be reached"), "{miss}");
    assert!(began.elapsed() < 2 * BOUND, "{:?}", began.elapsed());
}
