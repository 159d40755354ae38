//! A store in a bucket, on a real server: `versitygw`, which `tests/cluster/env.sh` builds.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use windlass_artifact_store::{RemoteError, StoreError};
use windlass_model::cache::{Provider, StoreLocation};

use crate::world::{TIME, World, files, there_and_back};

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
        std::fs::create_dir_all(files.path().join("data/results")).unwrap();
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
    StoreLocation::Bucket { provider: Provider::S3, bucket: "results".into(), prefix: "ci/windlass".into() }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the S3 server that tests/run.sh builds"]
async fn what_a_run_has_sent_another_machine_lists_and_fetches() {
    let s3 = S3::start();
    there_and_back(&machine(&s3.endpoint, SECRET), &machine(&s3.endpoint, SECRET), &bucket()).await;
    let data = s3.files.path().join("data/results");
    for path in files(&data).iter().filter(|path| path.components().any(|part| part.as_os_str() == "artifacts")) {
        assert!(path.starts_with(data.join("ci/windlass/artifacts")), "{}", path.display());
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the S3 server that tests/run.sh builds"]
async fn wrong_credentials_are_told_as_that_and_shown_nowhere() {
    let s3 = S3::start();
    let world = machine(&s3.endpoint, "another-secret");
    let (store, artifact) = world.collected("run", "t", &[("x", b"x")]);
    let remote = world.open(&bucket()).await;
    for error in [remote.send(&store, &artifact, TIME).await.unwrap_err(), remote.list(None).await.unwrap_err()] {
        assert!(matches!(error, StoreError::Remote(RemoteError::Refused { .. })), "{error:?}");
        assert!(!format!("{error}{error:?}").contains("another-secret"), "{error}");
    }
    assert!(store.path("t/logs/x").exists(), "what was collected stays");
}
