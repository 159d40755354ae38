//! The program as it is shipped: small, static, and content with an image that holds nothing at all.
//!
//! `cargo test -p windlass-agent --test static_program -- --ignored --nocapture`, as root.

use std::error::Error;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command as Process, Stdio};
use std::time::Instant;

use futures::StreamExt as _;
use tempfile::TempDir;
use windlass_agent_client::protocol::found::ANSWER;
use windlass_agent_client::protocol::message::{Content, Secret};
use windlass_agent_client::protocol::{Command, CommandId, Glob, Key, Part, SecretName};
use windlass_agent_client::{AgentClient, ClientError, ConnectError, Connection, Connector, Options};

type TestResult = Result<(), Box<dyn Error>>;

/// A Secret holds 1 MiB; half of it leaves room for the base64 of tools that print it, and for growth.
const LARGEST: u64 = 512 << 10;

fn build(root: &TempDir) -> Result<PathBuf, Box<dyn Error>> {
    let program = root.path().join("agent");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/build.sh");
    // Not with the settings of the cargo that runs this test.
    let settings = std::env::vars_os().map(|(name, _)| name).filter(|name| {
        let name = name.to_string_lossy();
        name.starts_with("CARGO") && name != "CARGO_HOME" || name.starts_with("RUST") && name != "RUSTUP_HOME"
    });
    let mut build = Process::new(script);
    for name in settings {
        build.env_remove(name);
    }
    let status = build.arg(&program).status()?;
    if !status.success() {
        return Err(format!("{script}: {status}").into());
    }
    Ok(program)
}

/// Starts `agent connect` beside the agent.
struct Exec {
    program: PathBuf,
    run: PathBuf,
}

impl Connector for Exec {
    async fn connect(&self) -> Result<Connection, ConnectError> {
        let mut child = tokio::process::Command::new(&self.program)
            .arg("connect")
            .arg("--run")
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

/// A process that is killed with its guard.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn id(name: &str) -> Result<CommandId, Box<dyn Error>> {
    Ok(CommandId::new(name)?)
}

#[test]
#[ignore = "builds the static program, which takes minutes the first time"]
fn it_is_small() -> TestResult {
    let root = tempfile::tempdir()?;
    let size = fs::metadata(build(&root)?)?.len();
    println!("the agent has {size} bytes");
    assert!(size <= LARGEST, "{size} bytes are more than {LARGEST}");
    Ok(())
}

#[tokio::test]
#[ignore = "builds the static program, and needs root for namespaces of its own"]
async fn it_runs_as_a_user_without_name_in_an_empty_read_only_image() -> TestResult {
    let outside = tempfile::tempdir()?;
    fs::set_permissions(outside.path(), fs::Permissions::from_mode(0o755))?;
    let program = build(&outside)?;
    let image = outside.path().join("image");
    for directory in ["windlass/bin", "windlass/run", "windlass/spool"] {
        fs::create_dir_all(image.join(directory))?;
    }
    fs::copy(&program, image.join("windlass/bin/agent"))?;
    // Every container has this one, whatever its image holds.
    fs::create_dir(image.join("dev"))?;
    fs::write(image.join("dev/null"), "")?;
    // The volumes are the only places where it may write.
    let volumes = [outside.path().join("run"), outside.path().join("spool")];
    for volume in &volumes {
        fs::create_dir(volume)?;
        fs::set_permissions(volume, fs::Permissions::from_mode(0o777))?;
    }
    let enter = "mount --bind \"$1\" \"$1\" && mount -o remount,bind,ro \"$1\" \
                 && mount --bind \"$2\" \"$1/windlass/run\" && mount --bind \"$3\" \"$1/windlass/spool\" \
                 && mount --bind /dev/null \"$1/dev/null\" \
                 && exec unshare --pid --fork --kill-child --root=\"$1\" --wd=/ --setuid=12345 --setgid=12345 \
                 /windlass/bin/agent supervise --heartbeat 30";
    let container = Process::new("unshare")
        .args(["--mount", "sh", "-c", enter, "sh"])
        .arg(&image)
        .args(&volumes)
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .stdin(Stdio::null())
        .spawn()?;
    let _container = Running(container);

    let exec = Exec { program, run: outside.path().join("run") };
    let client = AgentClient::adopt(exec, Key::random()?, Options::default()).await?;
    client.put_secrets(vec![(SecretName::new("TOKEN")?, Secret(b"windlass agent".to_vec()))]).await?;
    let command = Command::new(id("version")?, "/windlass/bin/agent").arg("version");
    client.start(command).await?;
    let mut output = client.follow(&id("version")?);
    let mut all = Vec::new();
    while let Some(bytes) = output.next().await? {
        all.extend_from_slice(&bytes);
    }
    assert!(String::from_utf8(all)?.starts_with("HIDDEN-BY-WINDLASS "));
    assert!(output.record().is_some_and(|record| record.succeeded()));
    let empty = || Content::Bytes(Vec::new());
    client.put_file("/windlass/run/credentials/config.json", 0o600, empty()).await?;
    let refused = client.put_file("/elsewhere", 0o600, empty()).await;
    assert!(matches!(&refused, Err(ClientError::Refused(_))), "{refused:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "builds the static program, and carries a gigabyte"]
async fn a_gigabyte_of_output_is_carried_in_bounded_memory() -> TestResult {
    let root = tempfile::tempdir()?;
    let program = build(&root)?;
    let directory = |name: &str| root.path().join(name);
    let agent = Process::new(&program)
        .arg("supervise")
        .args([Path::new("--run"), &directory("run"), Path::new("--spool"), &directory("spool")])
        .stdin(Stdio::null())
        .spawn()?;
    let agent = Running(agent);
    let client = AgentClient::adopt(Exec { program, run: directory("run") }, Key::random()?, Options::default()).await?;
    let value = Secret(b"a secret of some length\nin two lines".to_vec());
    client.put_secrets(vec![(SecretName::new("TOKEN")?, value)]).await?;
    let total = 1_000_000_000;
    // Lines of text, not zeros: what a build prints.
    let script = format!("yes 'Step 3/12 : RUN apt-get install --yes a-package-or-two' | head -c {total}");
    let started = Instant::now();
    client.start(Command::new(id("much")?, "/bin/sh").arg("-c").arg(script)).await?;
    let mut output = client.follow(&id("much")?);
    let mut count = 0u64;
    while let Some(bytes) = output.next().await? {
        count += bytes.len() as u64;
    }
    let seconds = started.elapsed().as_secs_f64();
    assert_eq!(count, total);
    let kilobytes = peak(&agent)?;
    println!("{:.0} MB/s; the agent's peak was {kilobytes} kB", 1000.0 / seconds);
    assert!(kilobytes < 32 << 10, "the agent took {kilobytes} kB");
    Ok(())
}

/// Files on their way to the host, several answers at a time.
#[tokio::test]
#[ignore = "builds the static program"]
async fn files_are_read_in_bounded_memory() -> TestResult {
    let root = tempfile::tempdir()?;
    let program = build(&root)?;
    let directory = |name: &str| root.path().join(name);
    let agent = Process::new(&program)
        .arg("supervise")
        .args([Path::new("--run"), &directory("run"), Path::new("--spool"), &directory("spool")])
        .stdin(Stdio::null())
        .spawn()?;
    let agent = Running(agent);
    let client = AgentClient::adopt(Exec { program, run: directory("run") }, Key::random()?, Options::default()).await?;
    let work = directory("work");
    fs::create_dir(&work)?;
    let status = Process::new("/bin/sh")
        .current_dir(&work)
        .args(["-c", "head -c 200000000 /dev/urandom >noise; yes 'Step 3/12 : RUN apt-get' | head -c 200000000 >text"])
        .status()?;
    assert!(status.success());
    let work = work.to_string_lossy().into_owned();
    let found = client.find_files(&work, &Glob::parse("*")?, 10).await?;
    for file in &found.files {
        let parts = (0..file.size).step_by(ANSWER).map(|offset| Part {
            file: file.clone(),
            offset,
            length: u32::try_from((file.size - offset).min(ANSWER as u64)).unwrap_or(0),
        });
        let started = Instant::now();
        let mut reads = futures::stream::iter(parts).map(|part| client.read_found(&work, vec![part])).buffered(8);
        let mut count = 0;
        while let Some(bytes) = reads.next().await {
            count += bytes?.len() as u64;
        }
        assert_eq!(count, file.size);
        println!("{}: {:.0} MB/s", String::from_utf8_lossy(&file.path), count as f64 / 1e6 / started.elapsed().as_secs_f64());
    }
    let kilobytes = peak(&agent)?;
    println!("the agent's peak was {kilobytes} kB");
    assert!(kilobytes < 32 << 10, "the agent took {kilobytes} kB");
    Ok(())
}

/// The most memory that an agent has taken, in kilobytes.
fn peak(agent: &Running) -> Result<u64, Box<dyn Error>> {
    let status = fs::read_to_string(format!("/proc/{}/status", agent.0.id()))?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no peak")?;
    Ok(peak.trim().trim_end_matches(" kB").parse()?)
}
