//! An S3 server of a test's own, where pods reach it.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::world::required;

/// The bucket that it has.
pub const BUCKET: &str = "caches";

const USER: &str = "windlass";
const SECRET: &str = "a secret of the tests";

/// The server. It ends when it is dropped.
pub struct Bucket {
    process: Child,
    endpoint: String,
    _files: TempDir,
}

impl Drop for Bucket {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Bucket {
    /// Starts one.
    pub fn start() -> Self {
        let files = TempDir::new().expect("a directory");
        let (data, sidecar) = (files.path().join("data"), files.path().join("sidecar"));
        std::fs::create_dir_all(data.join(BUCKET)).expect("a directory");
        std::fs::create_dir(&sidecar).expect("a directory");
        let host = required("REGISTRY_ADDRESS");
        // Somebody may take the port before the server has it; then another one is tried.
        for _ in 0..20 {
            let address = TcpListener::bind((host.as_str(), 0)).and_then(|listener| listener.local_addr()).expect("a port");
            let mut process = Command::new(required("VERSITYGW"))
                .args(["--quiet", "--port", &address.to_string(), "posix", "--sidecar"])
                .args([&sidecar, &data])
                .env("ROOT_ACCESS_KEY", USER)
                .env("ROOT_SECRET_KEY", SECRET)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .expect("versitygw runs");
            let began = Instant::now();
            while began.elapsed() < Duration::from_secs(60) && process.try_wait().expect("it is known").is_none() {
                if TcpStream::connect(address).is_ok() {
                    return Self { process, endpoint: format!("http://{address}"), _files: files };
                }
                std::thread::yield_now();
            }
            let _ = process.kill();
            let _ = process.wait();
        }
        panic!("versitygw does not start");
    }

    /// The variables that lead windlass there.
    pub fn environment(&self) -> [(&'static str, String); 5] {
        [
            ("AWS_ENDPOINT_URL", self.endpoint.clone()),
            ("AWS_ALLOW_HTTP", "true".to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", USER.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", SECRET.to_owned()),
        ]
    }
}
