//! An agent in a temporary directory, and clients for it.

use std::error::Error;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::{Child, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWrite};
use windlass_agent_client::protocol::message::Secret;
use windlass_agent_client::protocol::{Command, CommandId, Key, Record, SecretName};
use windlass_agent_client::{AgentClient, ClientError, ConnectError, Connection, Connector, Options};

pub type TestResult = Result<(), Box<dyn Error>>;

/// The program under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_windlass-agent");

/// A running agent.
pub struct Agent {
    pub root: TempDir,
    /// Its host's.
    pub key: Key,
    secrets: Vec<(SecretName, Secret)>,
    process: Child,
}

impl Agent {
    pub fn start(options: &[&str]) -> io::Result<Self> {
        Self::with_secrets(&[], options)
    }

    /// One whose clients begin with telling it these.
    pub fn with_secrets(secrets: &[(&str, &str)], options: &[&str]) -> io::Result<Self> {
        let secrets = secrets.iter().map(|(name, value)| secret(name, value)).collect();
        let root = tempfile::tempdir()?;
        let process = spawn(root.path(), options)?;
        Ok(Self { root, key: Key::random().map_err(io::Error::other)?, secrets, process })
    }

    /// Ends the agent without a warning and starts another in its place.
    pub fn replace(&mut self) -> io::Result<()> {
        self.process.kill()?;
        self.process.wait()?;
        self.process = spawn(self.root.path(), &[])?;
        Ok(())
    }

    pub fn kill(&mut self) -> io::Result<()> {
        self.process.kill()?;
        self.process.wait().map(drop)
    }

    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    pub fn terminate(&self) -> io::Result<()> {
        signal(self.process.id(), Signal::TERM)
    }

    /// Waits for the agent's end.
    pub async fn ended(&mut self) -> Result<ExitStatus, Box<dyn Error>> {
        let mut status = None;
        until("the agent ends", || {
            status = self.process.try_wait()?;
            Ok(status.is_some())
        })
        .await?;
        status.ok_or_else(|| "no status".into())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// The bytes of all files in which output waits. They have no names, and only whoever may look into the agent sees them.
    pub fn spooled(&self) -> io::Result<u64> {
        let spool = self.path("spool");
        let mut sum = 0;
        for entry in fs::read_dir(format!("/proc/{}/fd", self.process.id()))? {
            // A segment may go while one looks.
            let file = entry?.path();
            if fs::read_link(&file).is_ok_and(|place| place.starts_with(&spool)) {
                sum += fs::metadata(&file).map_or(0, |found| found.len());
            }
        }
        Ok(sum)
    }

    pub fn connector(&self) -> Exec {
        Exec { run: self.path("run") }
    }

    pub async fn client(&self) -> Result<AgentClient, ClientError> {
        self.client_over(self.connector(), quick()).await
    }

    pub async fn client_over(&self, connector: impl Connector, options: Options) -> Result<AgentClient, ClientError> {
        let client = AgentClient::adopt(connector, self.key.clone(), options).await?;
        client.put_secrets(self.secrets.clone()).await?;
        Ok(client)
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        // SIGTERM, so that the commands end too.
        if self.terminate().is_ok() {
            let _ = self.process.wait();
        }
    }
}

fn spawn(root: &Path, options: &[&str]) -> io::Result<Child> {
    let mut command = std::process::Command::new(PROGRAM);
    command.arg("supervise").args(["--grace", "1"]);
    for (option, name) in [("--run", "run"), ("--spool", "spool"), ("--handover", "handover")] {
        command.arg(option).arg(root.join(name));
    }
    command.args(options).stdin(Stdio::null()).spawn()
}

/// Few and short waits between attempts.
pub fn quick() -> Options {
    Options {
        attempts: 50,
        first_delay: Duration::from_millis(1),
        longest_delay: Duration::from_millis(20),
        ..Options::default()
    }
}

pub fn signal(pid: u32, signal: Signal) -> io::Result<()> {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    let pid = pid.ok_or_else(|| io::Error::other("no process id"))?;
    Ok(kill_process(pid, signal)?)
}

pub fn alive(pid: u32) -> bool {
    // A process that has ended and was not waited for is not alive.
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat.rsplit(") ").next().and_then(|rest| rest.chars().next());
    !matches!(state, None | Some('Z' | 'X'))
}

/// Waits until a condition holds; an error after half a minute.
pub async fn until(what: &str, mut holds: impl FnMut() -> Result<bool, Box<dyn Error>>) -> TestResult {
    let started = Instant::now();
    while !holds()? {
        if started.elapsed() > Duration::from_secs(30) {
            return Err(format!("waited in vain: {what}").into());
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Ok(())
}

pub fn id(name: &str) -> CommandId {
    CommandId::new(name).unwrap_or_else(|error| panic!("{error}"))
}

pub fn secret(name: &str, value: &str) -> (SecretName, Secret) {
    (SecretName::new(name).unwrap_or_else(|error| panic!("{error}")), Secret(value.into()))
}

/// `sh -c SCRIPT`.
pub fn shell(name: &str, script: &str) -> Command {
    Command::new(id(name), "/bin/sh").arg("-c").arg(script)
}

/// Runs a command to its end and gives its output and record.
pub async fn run(client: &AgentClient, command: Command) -> Result<(String, Record), Box<dyn Error>> {
    let name = command.id.clone();
    client.start(command).await?;
    let (bytes, record) = collect(client, &name).await?;
    Ok((String::from_utf8(bytes)?, record))
}

pub async fn collect(client: &AgentClient, name: &CommandId) -> Result<(Vec<u8>, Record), Box<dyn Error>> {
    let mut output = client.follow(name);
    let mut all = Vec::new();
    while let Some(bytes) = output.next().await? {
        all.extend_from_slice(&bytes);
    }
    let record = output.record().cloned().ok_or("ended without a record")?;
    Ok((all, record))
}

/// Connects as a driver's exec does: with a process that is `agent connect`.
pub struct Exec {
    run: PathBuf,
}

impl Exec {
    pub fn at(run: PathBuf) -> Self {
        Self { run }
    }
}

impl Connector for Exec {
    async fn connect(&self) -> Result<Connection, ConnectError> {
        let mut child = tokio::process::Command::new(PROGRAM)
            .args(["connect", "--wait", "10", "--run"])
            .arg(&self.run)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(ConnectError::failed)?;
        match (child.stdout.take(), child.stdin.take()) {
            (Some(stdout), Some(stdin)) => Ok(Connection::new(stdout, stdin).guarded_by(child)),
            _ => Err(ConnectError::failed("no pipes")),
        }
    }
}

/// A connector whose streams break after some bytes, each time after another number.
pub struct Brittle<C> {
    pub inner: C,
    /// From this number the lengths of the streams' lives are made.
    pub seed: AtomicU64,
    /// The longest life of a stream, in bytes per direction.
    pub longest: u64,
    pub connections: Arc<AtomicU32>,
}

impl<C> Brittle<C> {
    pub fn new(inner: C, seed: u64, longest: u64) -> Self {
        Self { inner, seed: AtomicU64::new(seed), longest, connections: Arc::default() }
    }

    /// SplitMix64.
    fn life(&self) -> u64 {
        let mut z = self.seed.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % self.longest
    }
}

impl<C: Connector> Connector for Brittle<C> {
    async fn connect(&self) -> Result<Connection, ConnectError> {
        let whole = self.inner.connect().await?;
        self.connections.fetch_add(1, Ordering::Relaxed);
        Ok(Connection {
            reader: Box::new(whole.reader.take(self.life())),
            writer: Box::new(Breaking(whole.writer, self.life())),
            guard: whole.guard,
        })
    }
}

/// A stream that breaks after some bytes.
struct Breaking<S>(S, u64);

impl<S: AsyncWrite + Unpin> AsyncWrite for Breaking<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let left = usize::try_from(self.1).unwrap_or(usize::MAX);
        if left == 0 {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let part = &bytes[..bytes.len().min(left)];
        let poll = Pin::new(&mut self.0).poll_write(cx, part);
        if let Poll::Ready(Ok(count)) = &poll {
            self.1 -= *count as u64;
        }
        poll
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
