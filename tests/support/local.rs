//! A driver whose containers are processes of this machine: the real agent in a directory of its own, without an image. It
//! keeps the contract of a driver and fails where a test tells it to.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::Stdio;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use futures::FutureExt as _;
use futures::stream::{BoxStream, StreamExt as _};
use secrecy::ExposeSecret as _;
use tempfile::TempDir;
use tokio::io::{AsyncRead, ReadBuf};
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use windlass_engine::ports::driver::{ContainerEnd, Driver, DriverError, Exec, PodEvent, SecretValues, StandingPod};
use windlass_model::plan::Target;
use windlass_model::pod::{MAIN, PodPlan};

/// Where the driver fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The pod is refused, after half of it was made.
    Create,
    /// The pod cannot be deleted.
    Delete,
    /// Every stream breaks after this many bytes from the agent.
    CutStreams(i64),
    /// The image does not exist.
    ImageMissing,
    /// The main container is killed once its first step runs.
    OutOfMemory,
    /// Somebody deletes the pod once its first step runs.
    DeletedByOthers,
}

/// The driver.
pub struct Local {
    target: Target,
    root: TempDir,
    run: String,
    fault: Option<Fault>,
    budget: Arc<AtomicI64>,
    pods: Mutex<BTreeMap<String, Pod>>,
    watchers: Mutex<Vec<mpsc::UnboundedSender<PodEvent>>>,
    unheard: Mutex<Vec<PodEvent>>,
}

struct Pod {
    agent: Option<Child>,
    run: String,
    task: String,
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
        std::fs::write(&agent, windlass_assets::AGENT).expect("the agent is written");
        std::fs::set_permissions(&agent, std::fs::Permissions::from_mode(0o755)).expect("the agent is executable");
        let budget = Arc::new(AtomicI64::new(budget));
        Self {
            target: Target::Engine,
            root,
            run,
            fault,
            budget,
            pods: Mutex::default(),
            watchers: Mutex::default(),
            unheard: Mutex::default(),
        }
    }

    /// A directory of this driver's for the task to work in.
    pub fn path(&self) -> &Path {
        self.root.path()
    }

    /// The names of the pods that stand.
    pub fn standing(&self) -> Vec<String> {
        self.pods.lock().expect("no panic").keys().cloned().collect()
    }

    fn tell(&self, event: &PodEvent) {
        let mut watchers = self.watchers.lock().expect("no panic");
        watchers.retain(|watcher| watcher.send(event.clone()).is_ok());
        if watchers.is_empty() {
            self.unheard.lock().expect("no panic").push(event.clone());
        }
    }

    fn agent(&self) -> PathBuf {
        self.root.path().join("agent")
    }

    /// The fault that waits for a step to run, once one does.
    fn strike(&self) {
        match self.fault {
            Some(Fault::OutOfMemory) => {
                let end = ContainerEnd::OutOfMemory { limit: Some("64Mi".into()) };
                self.tell(&PodEvent::Ended { container: MAIN.into(), end });
            }
            Some(Fault::DeletedByOthers) => self.tell(&PodEvent::Gone),
            _ => {}
        }
    }

    /// Lets the fault that waits for a step strike when a file appears: the step says that it runs.
    pub async fn strike_when(&self, file: &Path) {
        while !file.exists() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.strike();
    }
}

fn other(message: impl Into<String>) -> DriverError {
    DriverError::Other { target: "this machine".into(), message: message.into() }
}

#[async_trait]
impl Driver for Local {
    fn target(&self) -> &Target {
        &self.target
    }

    fn run_directory(&self) -> &str {
        &self.run
    }

    fn shared_directory(&self) -> &str {
        &self.run
    }

    async fn create(&self, pod: &PodPlan, secrets: &SecretValues) -> Result<(), DriverError> {
        let directory = |name: &str| self.root.path().join(name);
        for name in ["run", "spool", "secret"] {
            std::fs::create_dir_all(directory(name)).map_err(|e| other(e.to_string()))?;
        }
        for (name, value) in secrets {
            std::fs::write(directory("secret").join(name.as_str()), value.expose_secret()).map_err(|e| other(e.to_string()))?;
        }
        let mut entry = Pod { agent: None, run: pod.run.clone(), task: pod.task.clone() };
        if matches!(self.fault, Some(Fault::Create | Fault::ImageMissing)) {
            self.pods.lock().expect("no panic").insert(pod.name.clone(), entry);
            if self.fault == Some(Fault::Create) {
                return Err(DriverError::Refused { message: "a quota is full".into(), help: "ask for more".into() });
            }
            let message = "the image `missing` does not exist".into();
            self.tell(&PodEvent::CannotStart { container: Some(MAIN.into()), message, help: None });
            return Ok(());
        }
        let mut command = Command::new(self.agent());
        command.args(["supervise", "--deadline", "600", "--run", &self.run, "--spool"]).arg(directory("spool"));
        command.arg("--secrets").arg(directory("secret")).stdin(Stdio::null()).kill_on_drop(true);
        entry.agent = Some(command.spawn().map_err(|e| other(e.to_string()))?);
        self.pods.lock().expect("no panic").insert(pod.name.clone(), entry);
        self.tell(&PodEvent::Running { container: MAIN.into() });
        Ok(())
    }

    fn watch(&self, _pod: &PodPlan) -> BoxStream<'static, PodEvent> {
        let (sender, receiver) = mpsc::unbounded_channel();
        for event in self.unheard.lock().expect("no panic").drain(..) {
            sender.send(event).expect("its receiver is here");
        }
        self.watchers.lock().expect("no panic").push(sender);
        futures::stream::unfold(receiver, |mut receiver| async move { receiver.recv().await.map(|event| (event, receiver)) })
            .boxed()
    }

    async fn exec(&self, _pod: &PodPlan, _container: &str, _argv: &[String]) -> Result<Exec, DriverError> {
        let mut command = Command::new(self.agent());
        command.args(["connect", "--run", &self.run]).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().map_err(|e| other(e.to_string()))?;
        let (stdin, stdout) = (child.stdin.take().expect("piped"), child.stdout.take().expect("piped"));
        if let Some(Fault::CutStreams(bytes)) = self.fault {
            self.budget.store(bytes, Ordering::SeqCst);
        }
        let stdout = Cut { inner: stdout, budget: Arc::clone(&self.budget) };
        let done = async move { child.wait().await.map(|s| s.code().unwrap_or(-1)).map_err(|e| other(e.to_string())) };
        Ok(Exec { stdin: Box::new(stdin), stdout: Box::new(stdout), done: done.boxed() })
    }

    async fn log_tail(&self, _pod: &PodPlan, _container: &str, _lines: u32) -> Result<Vec<u8>, DriverError> {
        Ok(Vec::new())
    }

    async fn autopsy(&self, pod: &PodPlan) -> Result<Vec<PodEvent>, DriverError> {
        Ok(if self.standing().contains(&pod.name) { Vec::new() } else { vec![PodEvent::Gone] })
    }

    async fn delete(&self, pod: &PodPlan, _grace: Duration) -> Result<(), DriverError> {
        if self.fault == Some(Fault::Delete) {
            let (what, message) = (format!("pod {}", pod.name), "it has a finalizer".into());
            return Err(DriverError::Leftover { what, message, command: "windlass gc".into() });
        }
        let removed = self.pods.lock().expect("no panic").remove(&pod.name);
        if let Some(mut agent) = removed.and_then(|p| p.agent) {
            agent.kill().await.map_err(|e| other(e.to_string()))?;
        }
        Ok(())
    }

    async fn list(&self) -> Result<Vec<StandingPod>, DriverError> {
        let pods = self.pods.lock().expect("no panic");
        let standing = |(name, pod): (&String, &Pod)| StandingPod {
            name: name.clone(),
            run: pod.run.clone(),
            task: pod.task.clone(),
            age: Duration::ZERO,
            state: "Running".into(),
            expired: false,
        };
        Ok(pods.iter().map(standing).collect())
    }

    async fn remove(&self, pod: &StandingPod) -> Result<(), DriverError> {
        self.pods.lock().expect("no panic").remove(&pod.name);
        Ok(())
    }
}

/// A stream that ends in the middle, once its budget is spent.
struct Cut<R> {
    inner: R,
    budget: Arc<AtomicI64>,
}

impl<R: AsyncRead + Unpin> AsyncRead for Cut<R> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        let left = usize::try_from(self.budget.load(Ordering::SeqCst)).unwrap_or(0);
        if left == 0 {
            return Poll::Ready(Ok(()));
        }
        // A buffer of its own keeps the part that may pass apart from the caller's.
        let mut bytes = vec![0; left.min(buffer.remaining())];
        let mut part = ReadBuf::new(&mut bytes);
        let result = Pin::new(&mut self.inner).poll_read(context, &mut part);
        let read = part.filled();
        buffer.put_slice(read);
        self.budget.fetch_sub(i64::try_from(read.len()).unwrap_or(i64::MAX), Ordering::SeqCst);
        result
    }
}
