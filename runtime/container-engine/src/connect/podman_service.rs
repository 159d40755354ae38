//! Podman without a socket: windlass has it listen, in a private directory, for as long as it needs it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::ConnectError;

/// How long `podman system service` may take until it listens. It sets its storage up first.
const PATIENCE: Duration = Duration::from_secs(30);

/// After so many seconds without a connection the service ends by itself, so that it outlives a killed windlass by no more.
const IDLE_SECONDS: u32 = 60;

/// A `podman system service` that this process started. Dropped, it is ended.
#[derive(Debug)]
pub(crate) struct PodmanService {
    child: Child,
    directory: tempfile::TempDir,
}

impl PodmanService {
    /// Starts it and waits until its socket takes connections.
    pub(super) async fn start(podman: &Path) -> Result<Self, ConnectError> {
        let failed = |message: String| ConnectError::PodmanService { program: podman.to_owned(), message };
        let directory = tempfile::Builder::new()
            .prefix("windlass-podman-")
            .tempdir()
            .map_err(|e| failed(format!("no private directory: {e}")))?;
        let log = std::fs::File::create(directory.path().join("log")).map_err(|e| failed(format!("no log: {e}")))?;
        let child = Command::new(podman)
            .args(["system", "service", &format!("--time={IDLE_SECONDS}")])
            .arg(format!("unix://{}", directory.path().join("podman.sock").display()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(|e| failed(e.to_string()))?;
        let mut service = Self { child, directory };
        let since = Instant::now();
        loop {
            if tokio::net::UnixStream::connect(service.socket()).await.is_ok() {
                return Ok(service);
            }
            if let Ok(Some(status)) = service.child.try_wait() {
                return Err(failed(format!("it ended with {status}: {}", service.log())));
            }
            if since.elapsed() > PATIENCE {
                return Err(failed(format!("it did not listen within {} s: {}", PATIENCE.as_secs(), service.log())));
            }
            // Nothing announces that a socket listens, so it is asked for.
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub(super) fn socket(&self) -> PathBuf {
        self.directory.path().join("podman.sock")
    }

    fn log(&self) -> String {
        let text = std::fs::read_to_string(self.directory.path().join("log")).unwrap_or_default();
        text.lines().last().unwrap_or("it said nothing").to_owned()
    }
}

impl Drop for PodmanService {
    /// Ends it by the id of the child that is still ours: SIGTERM, which it takes at once, and never leaves a zombie.
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw) {
                let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
            }
            let since = Instant::now();
            while since.elapsed() < Duration::from_secs(2) {
                if let Ok(Some(_)) = self.child.try_wait() {
                    return;
                }
                std::thread::sleep(Duration::from_millis(5));
            }
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    type Tested = Result<(), Box<dyn std::error::Error>>;

    fn script(directory: &Path, text: &str) -> std::io::Result<PathBuf> {
        let path = directory.join("podman");
        std::fs::write(&path, format!("#!/bin/sh\n{text}\n"))?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))?;
        Ok(path)
    }

    #[tokio::test]
    async fn podman_listens_until_it_is_no_longer_needed() -> Tested {
        if Command::new("podman").arg("--version").output().is_err() {
            println!("skipped: there is no podman program");
            return Ok(());
        }
        let directory = tempfile::tempdir()?;
        // Storage of its own, so that the machine's containers are nobody's business here.
        let podman = script(directory.path(), "d=$(dirname \"$0\"); exec podman --root \"$d/root\" --runroot \"$d/run\" \"$@\"")?;
        let service = PodmanService::start(&podman).await?;
        let socket = service.socket();
        let engine = crate::connect_to(&crate::Address::Unix(socket.clone())).await?;
        assert_eq!(engine.facts().flavour, crate::Flavour::Podman);
        let pid = service.child.id();
        drop(service);
        assert!(!Path::new("/proc").join(pid.to_string()).exists(), "process {pid} lives");
        assert!(!socket.exists(), "its directory is gone");
        Ok(())
    }

    #[tokio::test]
    async fn a_podman_that_fails_is_quoted() -> Tested {
        let directory = tempfile::tempdir()?;
        let podman = script(directory.path(), "echo 'no storage for you' >&2; exit 3")?;
        match PodmanService::start(&podman).await {
            Err(e) => assert!(e.to_string().contains("no storage for you") && e.help().contains("info"), "{e}"),
            Ok(service) => panic!("{service:?} listens"),
        }
        Ok(())
    }
}
