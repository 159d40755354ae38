//! A driver whose containers are processes of this machine: the real agent in a directory of its own, without an image. It
//! keeps the contract of a driver, for one pod at a time, and fails where a test tells it to.

mod fault;
mod pod;
mod program;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use futures::FutureExt as _;
use futures::stream::{BoxStream, StreamExt as _};
use tempfile::TempDir;
use tokio::process::Command;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use windlass_engine::ports::driver::{ContainerEnd, Driver, DriverError, Exec, LogPart, PodEvent, SecretValues, StandingPod};
use windlass_model::plan::Target;
use windlass_model::pod::{ContainerPlan, MAIN, PodPlan, Process, paths};

pub use fault::Fault;

use fault::Cut;
use pod::Pod;
use program::{command, other, place};

/// The only image that there is: this machine.
pub const IMAGE: &str = "none";

/// The driver.
pub struct Local {
    target: Target,
    root: TempDir,
    run: String,
    fault: Option<Fault>,
    budget: Arc<AtomicI64>,
    given_up: tokio_util::sync::CancellationToken,
    pods: Arc<Mutex<BTreeMap<String, Pod>>>,
}

impl Local {
    /// A driver with or without a fault.
    pub fn new(fault: Option<Fault>) -> Self {
        let root = TempDir::new().expect("a directory");
        let run = root.path().join("run").display().to_string();
        let budget = match fault {
            Some(Fault::CutStreams(bytes)) => bytes,
            _ => i64::MAX,
        };
        let agent = root.path().join("agent");
        place(windlass_assets::AGENT, &agent);
        let budget = Arc::new(AtomicI64::new(budget));
        Self { target: Target::Engine, root, run, fault, budget, given_up: Default::default(), pods: Arc::default() }
    }

    /// A directory of this driver's for the task to work in.
    pub fn path(&self) -> &Path {
        self.root.path()
    }

    /// The names of the pods that stand.
    pub fn standing(&self) -> Vec<String> {
        self.pods().keys().cloned().collect()
    }

    fn pods(&self) -> MutexGuard<'_, BTreeMap<String, Pod>> {
        self.pods.lock().expect("no panic")
    }

    fn agent(&self) -> PathBuf {
        self.root.path().join("agent")
    }

    fn log(&self, container: &str) -> PathBuf {
        self.root.path().join(format!("{container}.log"))
    }

    /// Starts a container's first process and tells what becomes of it.
    fn start(&self, pod: &PodPlan, container: &ContainerPlan) -> Result<JoinHandle<()>, DriverError> {
        let Process::Image { args: Some(args) } = &container.process else {
            return Err(other("a sidecar needs `args`: there is no image with an entrypoint of its own"));
        };
        let log = std::fs::File::create(self.log(&container.name)).map_err(|e| other(e.to_string()))?;
        let mut command = command(args)?;
        command.stdin(Stdio::null()).stdout(log);
        let (pods, pod, image, container) =
            (Arc::clone(&self.pods), pod.name.clone(), container.image.to_string(), container.name.clone());
        let fault = self.fault;
        Ok(tokio::spawn(async move {
            let tell = |event| {
                if let Some(pod) = pods.lock().expect("no panic").get_mut(&pod) {
                    pod.tell(event);
                }
            };
            if let Some(Fault::SlowPull(time) | Fault::NoPull(time)) = fault {
                tokio::time::sleep(time).await;
            }
            if let Some(Fault::NoPull(_)) = fault {
                let message = format!("image {image} cannot be pulled: no such host");
                return tell(PodEvent::CannotStart { container: Some(container), message, help: None });
            }
            tell(PodEvent::Running { container: container.clone() });
            let ended = match command.spawn() {
                Ok(mut child) => child.wait().await.ok(),
                Err(_) => None,
            };
            let code = ended.and_then(|status| status.code()).unwrap_or(-1);
            tell(PodEvent::Ended { container, end: ContainerEnd::Exited(code) });
        }))
    }
}

#[async_trait]
impl Driver for Local {
    fn target(&self) -> &Target {
        &self.target
    }

    fn run_directory(&self) -> &str {
        &self.run
    }

    async fn create(&self, pod: &PodPlan, secrets: &SecretValues) -> Result<(), DriverError> {
        self.panic_in("create");
        if self.pods().contains_key(&pod.name) {
            return Ok(());
        }
        if let Some(name) = pod.secrets_in_environment().find(|name| !secrets.contains_key(name)) {
            return Err(DriverError::Refused { message: format!("secret {name} has no value"), help: "give it one".into() });
        }
        if self.fault == Some(Fault::NoRoom) {
            std::fs::write(self.root.path().join("waiting"), "").map_err(|e| other(e.to_string()))?;
            self.given_up.cancelled().await;
            return Err(other("there was no room"));
        }
        let directory = |name: &str| self.root.path().join(name);
        // A pod that a fault left standing keeps neither the place of the next one's agent nor answers in its stead.
        let left: Vec<_> = self.pods().values_mut().filter_map(|pod| pod.agent.take()).collect();
        for mut agent in left {
            agent.kill().await.map_err(|e| other(e.to_string()))?;
            for name in ["run", "spool"] {
                std::fs::remove_dir_all(directory(name)).map_err(|e| other(e.to_string()))?;
            }
        }
        for name in ["run", "spool"] {
            std::fs::create_dir_all(directory(name)).map_err(|e| other(e.to_string()))?;
        }
        // From here on something stands, also when the rest of it fails.
        self.pods().insert(pod.name.clone(), Pod::new(pod));
        if self.fault == Some(Fault::Create) {
            return Err(DriverError::Refused { message: "a quota is full".into(), help: "ask for more".into() });
        }
        for container in &pod.containers {
            let image = container.image.to_string();
            let event = if image != IMAGE || self.fault == Some(Fault::ImageMissing) {
                let message = format!("the image `{image}` does not exist");
                PodEvent::CannotStart { container: Some(container.name.clone()), message, help: None }
            } else {
                PodEvent::Running { container: container.name.clone() }
            };
            let runs = matches!(event, PodEvent::Running { .. });
            if let Some(entry) = self.pods().get_mut(&pod.name) {
                // A sidecar tells by itself when it runs.
                if !runs || container.process == Process::Supervised {
                    entry.tell(event);
                }
                if runs && container.process == Process::Supervised {
                    let mut command = Command::new(self.agent());
                    command.args(["supervise", "--run", &self.run, "--deadline"]).arg(pod.deadline_seconds.to_string());
                    command.arg("--spool").arg(directory("spool"));
                    command.stdin(Stdio::null()).kill_on_drop(true);
                    entry.agent = Some(command.spawn().map_err(|e| other(e.to_string()))?);
                } else if runs {
                    entry.sidecars.push(self.start(pod, container)?);
                }
            }
        }
        Ok(())
    }

    fn give_up(&self, _pod: &PodPlan) {
        self.given_up.cancel();
    }

    fn watch(&self, pod: &PodPlan) -> BoxStream<'static, PodEvent> {
        self.panic_in("watch");
        let (sender, receiver) = mpsc::unbounded_channel();
        let gone = vec![PodEvent::Gone];
        let mut pods = self.pods();
        let entry = pods.get_mut(&pod.name);
        for event in entry.as_ref().map_or(&gone, |entry| &entry.happened) {
            sender.send(event.clone()).expect("its receiver is here");
        }
        if let Some(entry) = entry {
            entry.watchers.push(sender);
        }
        futures::stream::unfold(receiver, |mut receiver| async move { receiver.recv().await.map(|event| (event, receiver)) })
            .boxed()
    }

    async fn exec(&self, pod: &PodPlan, container: &str, argv: &[String]) -> Result<Exec, DriverError> {
        self.panic_in("exec");
        if self.fault == Some(Fault::Silent) {
            std::fs::write(self.root.path().join("tried"), "").map_err(|e| other(e.to_string()))?;
            std::future::pending::<()>().await;
        }
        if self.pods().get(&pod.name).is_none_or(|pod| pod.has_ended(container)) {
            return Err(DriverError::NotRunning { container: container.to_owned(), message: "it is not there".into() });
        }
        let mut command = command(argv)?;
        if argv.first().is_some_and(|program| program == paths::AGENT) {
            command = Command::new(self.agent());
            command.args(&argv[1..]).args(["--run", &self.run]).kill_on_drop(true);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|e| other(e.to_string()))?;
        let (stdin, stdout) = (child.stdin.take().expect("piped"), child.stdout.take().expect("piped"));
        if let Some(Fault::CutStreams(bytes)) = self.fault {
            self.budget.store(bytes, Ordering::SeqCst);
        }
        let stdout = Cut { inner: stdout, budget: Arc::clone(&self.budget) };
        // The streams live as long as somebody holds them, whether or not somebody waits for the end.
        let ended = tokio::spawn(async move { child.wait().await.map(|s| s.code().unwrap_or(-1)) });
        let done = async move { ended.await.map_err(std::io::Error::other).flatten().map_err(|e| other(e.to_string())) };
        Ok(Exec { stdin: Box::new(stdin), stdout: Box::new(stdout), done: done.boxed() })
    }

    async fn log_tail(&self, _pod: &PodPlan, container: &str, part: LogPart) -> Result<Vec<u8>, DriverError> {
        let path = self.log(container);
        // The lines have no times; the file has one.
        let age = path.metadata().and_then(|file| file.modified()).ok().and_then(|modified| modified.elapsed().ok());
        if part.within.zip(age).is_some_and(|(within, age)| age > within) {
            return Ok(Vec::new());
        }
        // What the agent itself says is not kept.
        let log = std::fs::read(path).unwrap_or_default();
        let all: Vec<&[u8]> = log.split_inclusive(|byte| *byte == b'\n').collect();
        Ok(all[all.len().saturating_sub(part.lines as usize)..].concat())
    }

    fn follow_log(&self, pod: &PodPlan, container: &str) -> BoxStream<'static, Result<Vec<u8>, DriverError>> {
        let (pods, pod, container, path) = (Arc::clone(&self.pods), pod.name.clone(), container.to_owned(), self.log(container));
        let pieces = futures::stream::unfold(0, move |mut seen| {
            let (pods, pod, container, path) = (Arc::clone(&pods), pod.clone(), container.clone(), path.clone());
            async move {
                loop {
                    // In this order: what it wrote before its end is there after it.
                    let over = pods.lock().expect("no panic").get(&pod).is_none_or(|pod| pod.has_ended(&container));
                    let piece = std::fs::read(&path).unwrap_or_default().split_off(seen);
                    if !piece.is_empty() {
                        seen += piece.len();
                        return Some((Ok(piece), seen));
                    }
                    if over {
                        return None;
                    }
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            }
        });
        pieces.boxed()
    }

    async fn ended_after(&self, pod: &PodPlan, container: &str) -> Result<Option<Duration>, DriverError> {
        Ok(self.pods().get(&pod.name).and_then(|pod| pod.ended_after(container)))
    }

    async fn autopsy(&self, pod: &PodPlan) -> Result<Vec<PodEvent>, DriverError> {
        let pods = self.pods();
        let Some(pod) = pods.get(&pod.name) else { return Ok(vec![PodEvent::Gone]) };
        Ok(pod.happened.iter().filter(|e| matches!(e, PodEvent::Ended { .. })).cloned().collect())
    }

    async fn delete(&self, pod: &PodPlan, _grace: Duration) -> Result<(), DriverError> {
        self.panic_in("delete");
        if self.fault == Some(Fault::Delete) {
            let (what, message) = (format!("pod {}", pod.name), "it has a finalizer".into());
            return Err(DriverError::Leftover { what, message, command: "windlass gc".into() });
        }
        self.take_away(&pod.name).await?;
        if self.fault == Some(Fault::Unanswered) {
            std::future::pending::<()>().await;
        }
        Ok(())
    }

    async fn list(&self) -> Result<Vec<StandingPod>, DriverError> {
        Ok(self.pods().iter().map(|(name, pod)| pod.standing(name)).collect())
    }

    async fn remove(&self, pod: &StandingPod) -> Result<(), DriverError> {
        self.take_away(&pod.name).await
    }
}

impl Local {
    async fn take_away(&self, pod: &str) -> Result<(), DriverError> {
        let removed = self.pods().remove(pod);
        match removed {
            Some(pod) => pod.end().await,
            None => Ok(()),
        }
    }
}
