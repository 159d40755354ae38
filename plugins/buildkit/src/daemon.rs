//! BuildKit's daemon: one per task, started by the first step that builds, and its client in the task's own container.

use windlass_plugin_sdk::containers::{self, Container, Process};
use windlass_plugin_sdk::registries::Registry;
use windlass_plugin_sdk::{Error, failed, log};

use crate::{CONTAINER, registries};

/// What it writes when it listens.
const READY: &str = "running server on";

/// What an image without the client is told.
const NO_CLIENT: &str = "BuildKit's image has no buildctl; use one that has, such as moby/buildkit:v0.34.2-rootless";

/// The lines of its log that are shown when it dies.
const SHOWN: usize = 20;

/// Where the daemon and its client meet: a directory that both containers see.
pub(crate) struct Meeting(String);

impl Meeting {
    pub(crate) fn place() -> Result<Self, Error> {
        Ok(Self(format!("{}/buildkit", containers::shared_directory()?)))
    }

    fn socket(&self) -> String {
        format!("{}/buildkitd.sock", self.0)
    }

    /// An empty file, which is there once a daemon was started.
    fn mark(&self) -> String {
        format!("{}/started", self.0)
    }

    /// A copy of the client, which is linked statically and runs in any container.
    pub(crate) fn client(&self) -> String {
        format!("{}/buildctl", self.0)
    }

    /// Where the daemon listens.
    pub(crate) fn address(&self) -> String {
        format!("unix://{}", self.socket())
    }
}

/// A daemon that answers.
pub(crate) struct Daemon {
    container: Container,
    meeting: Meeting,
    /// Its process, when this step started it.
    process: Option<Process>,
}

impl Daemon {
    /// The daemon that an earlier step left, or a new one that listens.
    pub(crate) fn find_or_start(known: &[Registry]) -> Result<Self, Error> {
        let mut daemon = Self { container: containers::open(CONTAINER)?, meeting: Meeting::place()?, process: None };
        let (container, meeting) = (&daemon.container, &daemon.meeting);
        let (mark, address) = (meeting.mark(), meeting.address());
        if container.read_file(&mark, 1)?.is_some() && daemon.answers()? {
            return Ok(daemon);
        }
        container.write_file(&mark, 0o644, "")?;
        // Not where they meet: the task's container must not say how the daemon works.
        let config = format!("{}/buildkitd.toml", containers::private_directory()?);
        container.write_file(&config, 0o600, registries::text(known).as_str())?;
        // Without a sandbox of its own, because that would mount /proc, which a container may not do.
        let argv = ["rootlesskit", "buildkitd", "--oci-worker-no-process-sandbox", "--addr", &address, "--config", &config];
        let process = container.command(argv).bare_environment().start_piped()?;
        let client = container.find_program("buildctl")?.ok_or_else(|| failed(NO_CLIENT))?;
        // To a file that is not there: what is written over one, ext4 sends to the disk at once.
        succeed(container, ["cp".into(), client, meeting.client()])?;
        let mut written = Vec::new();
        while let Some(chunk) = process.read(64 * 1024)? {
            written.extend(chunk);
            if String::from_utf8_lossy(&written).contains(READY) {
                // The task's container may have another user. Nobody else sees the directory: a RUN has its own root.
                succeed(container, ["chmod".into(), "0666".into(), meeting.socket()])?;
                daemon.process = Some(process);
                return Ok(daemon);
            }
        }
        Err(dead(&process, &written, "did not start"))
    }

    /// How its client is started.
    pub(crate) fn meeting(&self) -> &Meeting {
        &self.meeting
    }

    /// Lets it live for the steps that follow.
    pub(crate) fn keep(self) -> Result<(), Error> {
        self.process.map_or(Ok(()), |process| process.keep())
    }

    /// Fails if it lives no more, with its last words.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.answers()? {
            return Ok(());
        }
        let Some(process) = &self.process else {
            return Err(failed("BuildKit's daemon, which an earlier step started, has died"));
        };
        let mut written = Vec::new();
        while let Some(chunk) = process.read(64 * 1024)? {
            written.extend(chunk);
        }
        Err(dead(process, &written, "died"))
    }

    fn answers(&self) -> Result<bool, Error> {
        let argv = ["buildctl", "--addr", &self.meeting.address(), "debug", "workers"];
        let (exit, _) = self.container.command(argv).output(4096)?;
        Ok(exit.success())
    }
}

/// Runs a command of the image that has nothing to say.
fn succeed(container: &Container, argv: [String; 3]) -> Result<(), Error> {
    let line = argv.join(" ");
    let (exit, output) = container.command(argv).output(4096)?;
    if exit.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output);
    Err(failed(format!("`{line}` failed in BuildKit's container: {}", said.lines().last().unwrap_or_default())))
}

/// The error that a daemon's end is, after its last lines.
fn dead(process: &Process, written: &[u8], how: &str) -> Error {
    let exit = match process.wait() {
        Ok(exit) => exit,
        Err(error) => return error,
    };
    let text = String::from_utf8_lossy(written);
    let lines: Vec<&str> = text.lines().collect();
    for line in lines.iter().skip(lines.len().saturating_sub(SHOWN)) {
        log::warning(line);
    }
    failed(sentence(how, exit.code, &text))
}

fn sentence(how: &str, code: i32, text: &str) -> String {
    let killed = code == 137 || text.contains("signal: killed");
    let known = [
        ("fork/exec /proc/self/exe: operation not permitted", "seccomp must be unconfined"),
        ("newuidmap", "privilege escalation and the capabilities SETUID and SETGID must be allowed"),
        ("fork/exec /usr/bin/newuidmap", "the capabilities SETUID and SETGID must be allowed"),
        ("operation not permitted", "something took a right from its container; compare the pod with what `windlass plan` shows"),
    ];
    match known.iter().find(|(words, _)| text.contains(words)) {
        _ if killed => {
            format!("BuildKit's daemon {how}: it ran out of memory and was killed (137); give the build step more `memory`")
        }
        Some((_, means)) => format!("BuildKit's daemon {how}: {means}"),
        None => format!("BuildKit's daemon {how}: it exited with code {code}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_right_is_named() {
        let said = |text: &str| sentence("did not start", 1, text);
        assert!(
            said("[rootlesskit:parent] error: failed to start the child: fork/exec /proc/self/exe: operation not permitted")
                .contains("seccomp")
        );
        assert!(
            said("newuidmap 33 0 1000 1 failed: newuidmap: write to uid_map failed: Operation not permitted")
                .contains("privilege escalation")
        );
        assert_eq!(said("listen: address in use"), "BuildKit's daemon did not start: it exited with code 1");
    }
}
