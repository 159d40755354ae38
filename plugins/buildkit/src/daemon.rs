//! BuildKit's daemon: one per task, started by the first step that builds.

use windlass_plugin_sdk::builder::Workplace;
use windlass_plugin_sdk::containers::Process;
use windlass_plugin_sdk::registries::Registry;
use windlass_plugin_sdk::{Error, failed, log};

use crate::registries;

/// Where it listens, which is where the image's client looks.
pub(crate) const ADDRESS: &str = "unix:///run/user/1000/buildkit/buildkitd.sock";

/// What it writes when it listens.
const READY: &str = "running server on";

/// The lines of its log that are shown when it dies.
const SHOWN: usize = 20;

/// A daemon that answers.
pub(crate) struct Daemon {
    /// Its process, when this step started it.
    process: Option<Process>,
}

impl Daemon {
    /// The daemon that an earlier step left, or a new one that listens.
    pub(crate) fn find_or_start(place: &Workplace, known: &[Registry]) -> Result<Self, Error> {
        if answers(place)? {
            return Ok(Self { process: None });
        }
        let config = registries::file(place);
        place.container.write_file(&config, 0o600, registries::text(known).as_str())?;
        // Without a sandbox of its own, because that would mount /proc, which a container may not do.
        let argv = ["rootlesskit", "buildkitd", "--oci-worker-no-process-sandbox", "--addr", ADDRESS, "--config", &config];
        let process = place.container.command(argv).bare_environment().start_piped()?;
        let mut written = Vec::new();
        while let Some(chunk) = process.read(64 * 1024)? {
            written.extend(chunk);
            if String::from_utf8_lossy(&written).contains(READY) {
                return Ok(Self { process: Some(process) });
            }
        }
        Err(dead(&process, &written, "did not start"))
    }

    /// Lets it live for the steps that follow.
    pub(crate) fn keep(self) -> Result<(), Error> {
        self.process.map_or(Ok(()), |process| process.keep())
    }

    /// Fails if it lives no more, with its last words.
    pub(crate) fn check(&self, place: &Workplace) -> Result<(), Error> {
        if answers(place)? {
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
}

fn answers(place: &Workplace) -> Result<bool, Error> {
    let (exit, _) = place.container.command(["buildctl", "--addr", ADDRESS, "debug", "workers"]).output(4096)?;
    Ok(exit.success())
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
            format!("BuildKit's daemon {how}: it was killed for want of memory (137); give the build step more `memory`")
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
