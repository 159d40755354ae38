//! Credential helpers: programs that give one login each time that they are started.

use std::ffi::OsString;
use std::io;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;
use windlass_model::text;

use super::{CredentialsError, Login, Secret};

/// How long a helper may take. Those that ask a cloud take a second or two.
const TIME: Duration = Duration::from_secs(10);

/// Bytes of an answer that are taken.
const ANSWER: u64 = 64 << 10;

/// What helpers say when they have no login, instead of giving none.
const NOT_FOUND: &str = "credentials not found";

/// One of them.
pub(super) struct Helper {
    program: String,
    /// The file that names it.
    named_in: String,
    path: Option<OsString>,
    time: Duration,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    username: String,
    secret: String,
}

impl Helper {
    /// The program `docker-credential-NAME`. A file chooses the name, and nothing else of what is started.
    pub(super) fn new(name: &str, named_in: String, path: Option<OsString>) -> Result<Self, CredentialsError> {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if name.len() > 100 || !name.chars().all(fits) {
            return Err(CredentialsError::HelperName { path: named_in, helper: text::shortened(name, 100).into_owned() });
        }
        Ok(Self { program: format!("docker-credential-{name}"), named_in, path, time: TIME })
    }

    /// The login that it has under a key; nothing when it says that it has none. One that takes too long is ended, with what it
    /// started.
    pub(super) async fn get(&self, key: &str) -> Result<Option<Login>, CredentialsError> {
        let mut command = Command::new(&self.program);
        if let Some(path) = &self.path {
            command.env("PATH", path);
        }
        command.arg("get").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.process_group(0).kill_on_drop(true).spawn().map_err(|problem| self.missing(&problem))?;
        let mut group = Group(child.id());
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let talk = async {
            if let Some(mut stdin) = stdin {
                // One that ends without reading says by its answer what is wrong.
                drop(stdin.write_all(format!("{key}\n").as_bytes()).await);
            }
            let said = bounded(stdout).await?;
            Ok::<_, io::Error>((said, child.wait().await?))
        };
        let Ok(answer) = tokio::time::timeout(self.time, talk).await else {
            let (path, program) = (self.named_in.clone(), self.program.clone());
            return Err(CredentialsError::HelperHangs { path, program, seconds: self.time.as_secs() });
        };
        // It has ended, and what it left behind is meant to stay: an agent that keeps a passphrase.
        group.0 = None;
        let (said, status) = answer.map_err(|problem| self.fails(&format!(": {problem}")))?;
        if u64::try_from(said.len()).map_or(true, |length| length >= ANSWER) {
            return Err(self.no_answer());
        }
        if !status.success() {
            return self.failure(&said);
        }
        let answer: Answer = serde_json::from_slice(&said).map_err(|_| self.no_answer())?;
        // Such a name says that the secret is a token for the token service.
        let secret = match answer.username.as_str() {
            "<token>" => Secret::Identity(answer.secret.into()),
            _ => Secret::Password(answer.secret.into()),
        };
        Ok(Some(Login { user: answer.username, secret, source: format!("the credential helper {}", self.program) }))
    }

    /// What its words mean when it failed. An answer among them is not repeated.
    fn failure(&self, said: &[u8]) -> Result<Option<Login>, CredentialsError> {
        let said = String::from_utf8_lossy(said);
        let line = said.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
        if line.to_ascii_lowercase().contains(NOT_FOUND) {
            return Ok(None);
        }
        let shown =
            if line.is_empty() || line.starts_with('{') { String::new() } else { format!(": {}", text::shortened(line, 200)) };
        Err(self.fails(&shown))
    }

    fn fails(&self, said: &str) -> CredentialsError {
        CredentialsError::HelperFails { path: self.named_in.clone(), program: self.program.clone(), said: said.to_owned() }
    }

    fn no_answer(&self) -> CredentialsError {
        CredentialsError::HelperAnswer { path: self.named_in.clone(), program: self.program.clone() }
    }

    fn missing(&self, problem: &io::Error) -> CredentialsError {
        let problem = match problem.kind() {
            io::ErrorKind::NotFound => "there is no such program in PATH".to_owned(),
            _ => problem.to_string(),
        };
        CredentialsError::HelperMissing { path: self.named_in.clone(), program: self.program.clone(), problem }
    }
}

/// The processes that a helper is, ended when nobody waits for them any more.
struct Group(Option<u32>);

impl Drop for Group {
    fn drop(&mut self) {
        let leader = self.0.and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        if let Some(leader) = leader {
            // They may have ended by themselves.
            let _ = kill_process_group(leader, Signal::KILL);
        }
    }
}

/// What comes, up to a bound. What follows it is left to the writer.
async fn bounded(pipe: Option<impl AsyncRead + Unpin>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        pipe.take(ANSWER).read_to_end(&mut bytes).await?;
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests;
