//! What a command can see of the agent beside it: nothing.

use std::error::Error;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Stdio;

use windlass_agent_client::AgentClient;
use windlass_agent_client::protocol::Key;
use windlass_agent_client::protocol::message::Content;

use crate::support::{Agent, Exec, PROGRAM, TestResult, id, quick, run, secret, shell, until};

/// A user without a name, to whom no file belongs.
const NOBODY: u32 = 54_321;

struct Killed(std::process::Child);

impl Drop for Killed {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Who an agent and its commands run as, when the test is root; else as the test's user, who has no rights either.
#[derive(Clone, Copy)]
enum User {
    Nobody,
    /// Root with the capabilities that runtimes leave it, of which none lets it look into others'.
    RootOfContainer,
}

/// Starts an agent.
fn start(root: &Path, user: User) -> io::Result<Killed> {
    /// Those of containerd, CRI-O and Docker together.
    const LEFT: &str = "-all,+chown,+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid,+setpcap,+net_bind_service,+net_raw,\
                        +sys_chroot,+mknod,+audit_write,+setfcap";
    fs::set_permissions(root, Permissions::from_mode(0o777))?;
    let program = root.join("agent");
    fs::copy(PROGRAM, &program)?;
    let is_root = rustix::process::geteuid().is_root();
    let mut agent = match user {
        User::RootOfContainer if is_root => {
            let mut setpriv = std::process::Command::new("setpriv");
            setpriv.arg(format!("--bounding-set={LEFT}")).arg("--inh-caps=-all").arg(program);
            setpriv
        }
        _ => std::process::Command::new(program),
    };
    agent.args(["supervise", "--heartbeat", "60", "--run"]).arg(root.join("run")).arg("--spool").arg(root.join("spool"));
    agent.arg("--handover").arg(root.join("handover")).stdin(Stdio::null());
    if matches!(user, User::Nobody) && is_root {
        agent.uid(NOBODY).gid(NOBODY);
    }
    agent.spawn().map(Killed)
}

/// A script that tries to read everything of a process that only its owner may. It says what it could.
fn look(pid: u32) -> String {
    format!(
        "cd /proc/{pid} || exit 9; head -c1 environ >/dev/null 2>&1 && echo environ; \
         dd if=mem bs=1 count=1 skip=$((0x$(head -c 12 maps 2>/dev/null || echo 0))) >/dev/null 2>&1 && echo mem; \
         head -c1 maps >/dev/null 2>&1 && echo maps; readlink fd/0 >/dev/null && echo fd; readlink exe >/dev/null && echo exe; echo end"
    )
}

/// What commands of an agent see of it, of the bridge to it, and of each other.
async fn looks(user: User) -> Result<[String; 3], Box<dyn Error>> {
    let root = tempfile::tempdir()?;
    let agent = start(root.path(), user)?;
    let client = AgentClient::adopt(Exec::at(root.path().join("run")), Key::random()?, quick()).await?;
    let (of_agent, _) = run(&client, shell("agent", &look(agent.0.id()))).await?;

    // A bridge as a runtime starts it: beside the commands, as their user.
    let script = format!("exec {0}/agent connect --run {0}/run <{0}/open", root.path().display());
    rustix::fs::mkfifoat(rustix::fs::CWD, root.path().join("open"), rustix::fs::Mode::from_bits_truncate(0o666))?;
    let open = fs::File::options().read(true).write(true).open(root.path().join("open"))?;
    fs::set_permissions(root.path().join("open"), Permissions::from_mode(0o666))?;
    client.start(shell("bridge", &format!("echo $$; {script}"))).await?;
    let pid = pid(&client, "bridge").await?;
    let name = format!("/proc/{pid}/cmdline");
    until("the bridge is there", || Ok(fs::read(&name)?.windows(7).any(|part| part == b"connect"))).await?;
    // Its first act is to hide; until it has done so there is nothing in it to see.
    let mut of_bridge = String::new();
    for n in 0..100 {
        of_bridge = run(&client, shell(&format!("bridge-{n}"), &look(pid))).await?.0;
        if of_bridge == "end\n" {
            break;
        }
    }
    drop(open);

    client.start(shell("other", "echo $$; exec sleep 1000")).await?;
    let other = self::pid(&client, "other").await?;
    let (of_other, _) = run(&client, shell("control", &look(other))).await?;
    Ok([of_agent, of_bridge, of_other])
}

/// The number that a command prints first.
async fn pid(client: &AgentClient, name: &str) -> Result<u32, Box<dyn Error>> {
    let said = client.follow(&id(name)).next().await?.ok_or("no output")?;
    Ok(String::from_utf8(said.to_vec())?.trim().parse()?)
}

/// Proves that a command of the agent's own user, root of a container included, reads neither its memory nor its environment nor its open
/// files, with which it could take over secrets, output and the connection; nor those of `agent connect`. A program that nothing hides
/// is open to it.
#[tokio::test]
async fn a_command_cannot_look_into_the_agent() -> TestResult {
    for user in [User::Nobody, User::RootOfContainer] {
        let [of_agent, of_bridge, of_other] = looks(user).await?;
        assert_eq!((of_agent.as_str(), of_bridge.as_str()), ("end\n", "end\n"));
        assert!(of_other.starts_with("environ\n") && of_other.contains("maps\nfd\nexe\n"), "of another command: {of_other}");
    }
    Ok(())
}

/// Proves that output waits in no file that a command could open: it was in `/windlass/spool/COMMAND/output.N`, for every command of the
/// same user to read and to change.
#[tokio::test]
async fn output_that_waits_has_no_name() -> TestResult {
    let agent = Agent::start(&[])?;
    let client = agent.client().await?;
    client.start(shell("much", "head -c 3000000 /dev/zero; echo done")).await?;
    assert!(client.wait(&id("much")).await?.succeeded());
    until("it waits", || Ok(agent.spooled()? >= 3_000_000)).await?;
    assert_eq!(fs::read_dir(agent.path("spool"))?.count(), 0);
    Ok(())
}

/// Proves that other users of the container enter neither the agent's directory nor what steps keep in it, and that it goes with its step.
#[tokio::test]
async fn private_files_are_private_and_go_in_one() -> TestResult {
    let agent = Agent::with_secrets(&[("KEY", "the key")], &[])?;
    let client = agent.client().await?;
    let mode = |name: &str| -> Result<u32, Box<dyn Error>> { Ok(fs::metadata(agent.path(name))?.permissions().mode() & 0o7777) };
    let put = async |name: &str, content| client.put_file(&agent.path(name).to_string_lossy(), 0o600, content).await;
    put("run/step-1/docker/config.json", Content::Secret(secret("KEY", "").0)).await?;
    put("elsewhere/deep/file", Content::Bytes(Vec::new())).await?;
    for directory in ["run", "spool", "run/step-1", "run/step-1/docker"] {
        assert_eq!(mode(directory)?, 0o700, "{directory}");
    }
    assert_eq!(mode("elsewhere/deep")? & 0o055, 0o055, "the task's own directories are as open as its umask says");
    // A link in it leads nowhere.
    std::os::unix::fs::symlink(agent.path("elsewhere"), agent.path("run/step-1/link"))?;
    let step = agent.path("run/step-1");
    client.remove_directory(&step.to_string_lossy()).await?;
    client.remove_directory(&step.to_string_lossy()).await?;
    assert!(!step.exists() && agent.path("elsewhere/deep/file").exists());
    Ok(())
}
