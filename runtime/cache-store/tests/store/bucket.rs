//! A store in a bucket, on a real server: `versitygw`, which `tests/cluster/env.sh` builds.

use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use windlass_cache_store::{Bounds, Caches, Miss, Recorded, Selection, Store, StoreError};
use windlass_model::cache::{Provider, StoreLocation};
use windlass_mover_client::protocol::{Answer, Ask};

use crate::http;
use crate::mover::{get, keep, put, restore};
use crate::world::{World, access, blob, files, open, owner, scope};

const SECRET: &str = "hunter2-of-the-bucket";

/// A server of its own for each test. It ends when it is dropped.
struct S3 {
    process: Child,
    endpoint: String,
    files: tempfile::TempDir,
}

impl Drop for S3 {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl S3 {
    fn start() -> Self {
        let program =
            std::env::var("WINDLASS_TEST_VERSITYGW").expect("WINDLASS_TEST_VERSITYGW: tests/run.sh builds what it names");
        let files = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(files.path().join("data/caches")).unwrap();
        std::fs::create_dir(files.path().join("sidecar")).unwrap();
        // Somebody may take the port before the server has it; then another one is tried.
        for _ in 0..20 {
            let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
            let mut process = Command::new(&program)
                .args(["--quiet", "--port", &address.to_string(), "posix", "--sidecar"])
                .args([files.path().join("sidecar"), files.path().join("data")])
                .env("ROOT_ACCESS_KEY", "windlass")
                .env("ROOT_SECRET_KEY", SECRET)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let began = Instant::now();
            while began.elapsed() < Duration::from_secs(60) && process.try_wait().unwrap().is_none() {
                if TcpStream::connect(address).is_ok() {
                    return Self { process, endpoint: format!("http://{address}"), files };
                }
                std::thread::yield_now();
            }
            let _ = process.kill();
            let _ = process.wait();
        }
        panic!("versitygw does not start");
    }

    fn world(&self) -> World {
        machine(&self.endpoint, SECRET)
    }

    fn objects(&self, kind: &str) -> Vec<PathBuf> {
        let all = files(&self.files.path().join("data"));
        all.into_iter().filter(|path| path.components().any(|part| part.as_os_str() == kind)).collect()
    }
}

fn machine(endpoint: &str, secret: &str) -> World {
    let environment = [
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_ACCESS_KEY_ID", "windlass"),
        ("AWS_SECRET_ACCESS_KEY", secret),
        ("AWS_REGION", "us-east-1"),
    ];
    let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    World { environment, ..World::new() }
}

fn bucket() -> StoreLocation {
    StoreLocation::Bucket { provider: Provider::S3, bucket: "caches".into(), prefix: "ci/windlass".into() }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the S3 server that tests/run.sh builds"]
async fn what_one_run_stores_the_next_restores_and_the_container_moves_the_bytes() {
    let s3 = S3::start();
    let world = s3.world();
    let pack = crate::support::bytes(3 << 20);
    {
        let caches = open(&world.stores(), bucket(), &["main"]).await;
        assert_eq!(caches.find("k").await, Err(Miss::Absent));
        assert_eq!(put(&*caches.depot(), &pack).await.unwrap(), "go");
        keep(&caches, "k", b"tree", &pack).await.unwrap();
    }
    let caches = open(&world.stores(), bucket(), &["pr/1", "main"]).await;
    let found = caches.find("k").await.unwrap();
    assert_eq!(found.scope, scope("main"));
    caches.allow(&found);
    assert!(matches!(caches.depot().answer(Ask::Fetch(blob(&pack))).await, Answer::Go(_)));
    assert_eq!(restore(&caches, &found).await.unwrap(), [b"tree".to_vec(), pack.clone()]);
    assert_eq!(caches.newest("deps").await.unwrap(), found);
    assert_eq!(put(&*caches.depot(), &pack).await.unwrap(), "present");
    for path in s3.objects("blobs") {
        let below = path.strip_prefix(s3.files.path().join("data")).unwrap();
        assert!(below.starts_with("caches/ci/windlass"), "{}", below.display());
    }
}

/// What the container holds writes these bytes to this place, and nothing else.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the S3 server that tests/run.sh builds"]
async fn a_signed_request_is_good_for_one_thing() {
    let s3 = S3::start();
    let caches = open(&s3.world().stores(), bucket(), &["main"]).await;
    let depot = caches.depot();
    let due = blob(b"the right bytes");
    let Answer::Go(request) = depot.answer(Ask::Store(due)).await else { panic!("the container sends it") };
    assert!(!format!("{}{:?}", request.url, request.headers).contains(SECRET));
    let refused = http::send(&request, b"the wrong bytes").await;
    assert!((400..500).contains(&refused.status), "{}: {}", refused.status, String::from_utf8_lossy(&refused.body));
    assert!(matches!(depot.answer(Ask::Stored(due)).await, Answer::No(_)), "it says that it did");
    assert!(matches!(depot.answer(Ask::Fetch(due)).await, Answer::No(_)));
    assert_eq!(s3.objects("blobs").len(), 0);

    let Answer::Go(request) = depot.answer(Ask::Store(due)).await else { panic!("the container sends it") };
    let other = request.url.replace(&due.digest.to_string(), &blob(b"another").digest.to_string());
    assert_ne!(other, request.url);
    let elsewhere = windlass_mover_client::protocol::Request { url: other, ..request.clone() };
    assert_eq!(http::send(&elsewhere, b"the right bytes").await.status, 403);
    for method in ["GET", "DELETE"] {
        let misused = windlass_mover_client::protocol::Request { method: method.into(), ..request.clone() };
        assert_eq!(http::send(&misused, b"").await.status, 403, "{method}");
    }
    assert_eq!(http::send(&request, b"the right bytes").await.status, 200);
    assert_eq!(depot.answer(Ask::Stored(due)).await, Answer::Done);
    let Answer::Go(reading) = depot.answer(Ask::Fetch(due)).await else { panic!("the container reads it") };
    let writing = windlass_mover_client::protocol::Request { method: "PUT".into(), ..reading };
    assert_eq!(http::send(&writing, b"evil").await.status, 403);
    assert_eq!(get(&*depot, due).await.unwrap(), b"the right bytes");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the S3 server that tests/run.sh builds"]
async fn of_two_tasks_that_store_one_key_the_first_one_stays() {
    let s3 = S3::start();
    let world = s3.world();
    let (stores, elsewhere) = (world.stores(), world.stores());
    let (one, two) = (open(&stores, bucket(), &["main"]).await, open(&elsewhere, bucket(), &["main"]).await);
    let (first, second) = tokio::join!(keep(&one, "k", b"one", b"pack 1"), keep(&two, "k", b"two", b"pack 2"));
    let (first, second) = (first.unwrap(), second.unwrap());
    let (winner, loser) = if first.1 == Recorded::Written { (first, second) } else { (second, first) };
    assert_eq!(loser.1, Recorded::Kept(Box::new(winner.0.clone())));
    assert_eq!(one.find("k").await.unwrap().entry, winner.0);
    let foreign = open(&world.stores_with(Some("another secret key")), bucket(), &["main"]).await;
    assert!(matches!(foreign.find("k").await, Err(Miss::Foreign { .. })));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the S3 server that tests/run.sh builds"]
async fn refused_credentials_a_missing_bucket_and_no_server_are_misses_that_say_so() {
    let s3 = S3::start();
    let wrong = machine(&s3.endpoint, "another-secret");
    let caches = open(&wrong.stores(), bucket(), &["main"]).await;
    let miss = caches.find("k").await.unwrap_err();
    assert!(matches!(miss, Miss::Store { refused: true, .. }), "{miss:?}");
    assert!(!miss.to_string().contains("another-secret"), "{miss}");
    let store = Store::open(&bucket(), &wrong.stores()).await.unwrap();
    assert!(matches!(store.list().await, Err(StoreError::Refused { .. })));

    let nowhere = StoreLocation::Bucket { provider: Provider::S3, bucket: "nowhere".into(), prefix: String::new() };
    let store = Store::open(&nowhere, &s3.world().stores()).await.unwrap();
    let error = store.list().await.unwrap_err();
    assert!(error.to_string().contains("bucket"), "{error}");

    let world = s3.world();
    drop(s3);
    let caches = open(&world.stores(), bucket(), &["main"]).await;
    let miss = caches.find("k").await.unwrap_err();
    assert!(matches!(miss, Miss::Store { refused: false, .. }), "{miss:?}");
    assert!(miss.to_string().contains("cannot be reached"), "{miss}");
    assert!(put(&*caches.depot(), b"pack").await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the S3 server that tests/run.sh builds"]
async fn bytes_of_a_server_on_this_machine_pass_through_here() {
    let s3 = S3::start();
    let world = World { relay_loopback: true, ..s3.world() };
    let pack = crate::support::bytes(12 << 20);
    let caches = open(&world.stores(), bucket(), &["main"]).await;
    assert_eq!(put(&*caches.depot(), &pack).await.unwrap(), "here");
    keep(&caches, "k", b"tree", &pack).await.unwrap();
    let next = open(&world.stores(), bucket(), &["main"]).await;
    assert_eq!(restore(&next, &next.find("k").await.unwrap()).await.unwrap()[1], pack);
    assert_eq!(files(&world.base.path().join("cache")).len(), 0, "nothing of it is left here");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the S3 server that tests/run.sh builds"]
async fn what_nobody_reads_for_long_goes_with_its_bytes() {
    let s3 = S3::start();
    let world = s3.world();
    let stores = world.stores();
    let caches = open(&stores, bucket(), &["main"]).await;
    for key in ["old", "read"] {
        keep(&caches, key, key.as_bytes(), b"shared").await.unwrap();
    }
    put(&*caches.depot(), b"named by nothing").await.unwrap();
    caches.depot().answer(Ask::Publish { key: "gha-1".into(), blob: blob(b"named by nothing") }).await;
    let found = caches.depot().answer(Ask::Lookup { key: "gha-".into(), prefix: true }).await;
    assert!(matches!(found, Answer::Found { .. }), "{found:?}");
    let time = SystemTime::now() - Duration::from_secs(8 * 86_400);
    for path in s3.objects("blobs").into_iter().chain(s3.objects("entries")) {
        std::fs::File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
    }
    caches.find("read").await.unwrap();
    let store = Store::open(&bucket(), &stores).await.unwrap();
    assert_eq!(store.list().await.unwrap().items.len(), 3);
    let bounds = Bounds { max_size: 1 << 30, expire_days: 7 };
    let pruned = store.prune(&bounds, false).await.unwrap();
    assert_eq!((pruned.expired.len(), pruned.blobs), (2, 2), "{pruned:?}");
    assert_eq!(s3.objects("blobs").len(), 2);
    assert_eq!(restore(&caches, &caches.find("read").await.unwrap()).await.unwrap().len(), 2);
    assert_eq!(store.remove(&Selection::All, false).await.unwrap().len(), 1);
    assert_eq!(caches.newest("deps").await, Err(Miss::Absent));
}

/// Where there is no server to try it with, at least a signed request is made without asking anybody.
#[tokio::test]
async fn requests_for_other_clouds_are_signed() {
    let key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    let environment = vec![
        ("AZURE_STORAGE_ACCOUNT_NAME".to_owned(), "corp".to_owned()),
        ("AZURE_STORAGE_ACCOUNT_KEY".to_owned(), key.to_owned()),
    ];
    let world = World { environment, ..World::new() };
    let location = StoreLocation::Bucket { provider: Provider::Azure, bucket: "caches".into(), prefix: "p".into() };
    let caches: Caches = Caches::open(&access(location, &["main"]), owner("run"), &world.stores()).await.unwrap();
    let Answer::Go(request) = caches.depot().answer(Ask::Store(blob(b"pack"))).await else { panic!("the container sends it") };
    assert!(
        request.url.starts_with("https://corp.blob.core.windows.net/caches/p/") && request.url.contains("sig="),
        "{request:?}"
    );
    assert!(request.headers.contains(&("x-ms-blob-type".into(), "BlockBlob".into())));
    assert!(!request.url.contains(key));
}
