//! Reading a secret's value from its source.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::{fmt, io};

use async_trait::async_trait;
use secrecy::SecretSlice;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use windlass_files::{FileError, Tree};
use windlass_model::secret::SecretName;

use super::sources::{ClusterSecret, Source};
use crate::environment::Environment;

/// The largest secret: a container engine and a cluster take no larger one.
const SECRET: u64 = 1 << 20;

/// Reads Secrets of the cluster that a task runs on.
#[async_trait]
pub trait ClusterSecrets: Send + Sync {
    /// The value of a key of a Secret.
    ///
    /// # Errors
    /// In words: no such Secret or key, forbidden, the cluster is not reached.
    async fn read(&self, secret: &ClusterSecret) -> Result<SecretSlice<u8>, String>;
}

/// Why a value could not be read.
#[derive(Debug, thiserror::Error)]
#[error("the value of {name} cannot be read from {origin}: {reason}")]
pub struct ReadError {
    /// The secret.
    pub name: SecretName,
    /// Its source, in words.
    pub origin: String,
    /// What went wrong.
    pub reason: Reason,
}

/// What went wrong while reading a value.
#[derive(Debug, thiserror::Error)]
pub enum Reason {
    /// The variable is not set.
    #[error("this shell has no such variable")]
    NotSet,
    /// The file or the command's program cannot be opened.
    #[error("{0}")]
    Io(io::Error),
    /// The command failed.
    #[error("{status}{said}")]
    Command {
        /// Its exit status.
        status: std::process::ExitStatus,
        /// The last line it wrote to stderr.
        said: String,
    },
    /// Neither a cluster nor a person has one that is so large.
    #[error("it has more than {} MiB, and no secret may have more", SECRET >> 20)]
    TooLarge,
    /// There is nothing in it: an empty secret is a mistake somewhere else.
    #[error("it is empty (to give an empty value on purpose, use -e {0}=)")]
    Empty(SecretName),
    /// The repository says so, and nobody trusts it.
    #[error("the project says so, and you have not trusted it: windlass trust")]
    Untrusted,
    /// The cluster refused, or none is at hand.
    #[error("{0}")]
    Cluster(String),
}

impl Source {
    /// Reads the value. One newline at the end of a file or of a command's output is not part of it.
    ///
    /// # Errors
    /// When the source is not there, fails, or is empty.
    pub async fn read(
        &self,
        name: &SecretName,
        environment: &impl Environment,
        cluster: Option<&dyn ClusterSecrets>,
    ) -> Result<SecretSlice<u8>, ReadError> {
        let bytes = match self {
            Self::Value(value) => return Ok(value.clone()),
            Self::Environment(variable) => environment.get(variable).map(os_bytes).ok_or(Reason::NotSet),
            Self::File(path) => in_background(path, |path| windlass_files::named(path, SECRET)).await,
            Self::Inside { directory, path } => {
                let directory = directory.clone();
                in_background(path, move |path| Tree::open(&directory)?.read(path, SECRET)).await
            }
            Self::Command { argv, directory } => output_of(argv, directory).await.map(without_newline),
            Self::Cluster(secret) => match cluster {
                Some(cluster) => {
                    return cluster.read(secret).await.map_err(|reason| self.failed(name, Reason::Cluster(reason)));
                }
                None => Err(Reason::Cluster("the task does not run on a cluster".into())),
            },
            Self::Untrusted(_) => Err(Reason::Untrusted),
        };
        match bytes {
            Ok(bytes) if bytes.is_empty() => Err(self.failed(name, Reason::Empty(name.clone()))),
            Ok(bytes) if bytes.len() as u64 > SECRET => Err(self.failed(name, Reason::TooLarge)),
            Ok(bytes) => Ok(bytes.into()),
            Err(reason) => Err(self.failed(name, reason)),
        }
    }

    /// What is plainly wrong with the source without reading the value: no such variable, no such file.
    pub fn missing(&self, name: &SecretName, environment: &impl Environment) -> Option<ReadError> {
        let opened = match self {
            Self::Environment(variable) if environment.get(variable).is_none() => Err(Reason::NotSet),
            Self::File(path) => windlass_files::exists(path).map_err(unopened),
            Self::Inside { directory, path } => {
                Tree::open(directory).map_err(FileError::from).and_then(|tree| tree.file(path, true).map(drop)).map_err(unopened)
            }
            Self::Value(_) | Self::Environment(_) | Self::Command { .. } | Self::Cluster(_) | Self::Untrusted(_) => Ok(()),
        };
        opened.err().map(|reason| self.failed(name, reason))
    }

    fn failed(&self, name: &SecretName, reason: Reason) -> ReadError {
        ReadError { name: name.clone(), origin: self.to_string(), reason }
    }
}

fn unopened(error: FileError) -> Reason {
    Reason::Io(error.into())
}

/// The source in words, never the value.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(_) => f.write_str("the command line"),
            Self::Environment(variable) => write!(f, "the environment variable {variable}"),
            Self::File(path) => write!(f, "the file {}", path.display()),
            Self::Inside { directory, path } => write!(f, "the file {}", directory.join(path).display()),
            // Arguments may be secrets themselves.
            Self::Command { argv, .. } => write!(f, "the command {}", argv.first().map_or("", String::as_str)),
            Self::Untrusted(source) => write!(f, "{source}, once the project is trusted"),
            Self::Cluster(secret) => write!(f, "key {} of the Kubernetes Secret {}", secret.key, secret.name),
        }
    }
}

#[cfg(unix)]
fn os_bytes(value: std::ffi::OsString) -> Vec<u8> {
    std::os::unix::ffi::OsStringExt::into_vec(value)
}

#[cfg(not(unix))]
fn os_bytes(value: std::ffi::OsString) -> Vec<u8> {
    value.to_string_lossy().into_owned().into_bytes()
}

/// Reads a file away from the threads that must not wait: a network's file system may not answer.
async fn in_background(
    path: &Path,
    read: impl FnOnce(&Path) -> Result<Vec<u8>, FileError> + Send + 'static,
) -> Result<Vec<u8>, Reason> {
    let path = path.to_owned();
    let read = tokio::task::spawn_blocking(move || read(&path)).await;
    read.map_err(io::Error::other).and_then(|read| read.map_err(io::Error::from)).map(without_newline).map_err(Reason::Io)
}

async fn output_of(argv: &[String], directory: &Path) -> Result<Vec<u8>, Reason> {
    let (program, arguments) = argv.split_first().ok_or(Reason::Io(io::ErrorKind::NotFound.into()))?;
    let program = if program.contains('/') { directory.join(program) } else { PathBuf::from(program) };
    let mut child = tokio::process::Command::new(program)
        .args(arguments)
        .current_dir(directory)
        // A password manager may ask for its passphrase.
        .stdin(Stdio::inherit())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(Reason::Io)?;
    let (printed, said) = tokio::join!(bounded(child.stdout.take(), SECRET + 2), bounded(child.stderr.take(), SAID));
    let (printed, said) = (printed.map_err(Reason::Io)?, said.map_err(Reason::Io)?);
    if printed.len() as u64 > SECRET + 1 {
        return Err(Reason::TooLarge);
    }
    let status = child.wait().await.map_err(Reason::Io)?;
    if status.success() {
        return Ok(printed);
    }
    let stderr = String::from_utf8_lossy(&said);
    let said = stderr.lines().rev().find(|line| !line.trim().is_empty()).map(|line| format!(": {line}")).unwrap_or_default();
    Err(Reason::Command { status, said })
}

/// So much of what a command says on stderr is kept.
const SAID: u64 = 64 << 10;

/// What a pipe gives, up to so many bytes. What follows a stop is left to the writer.
async fn bounded(pipe: Option<impl AsyncRead + Unpin>, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        pipe.take(most).read_to_end(&mut bytes).await?;
    }
    Ok(bytes)
}

fn without_newline(mut bytes: Vec<u8>) -> Vec<u8> {
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use secrecy::ExposeSecret as _;

    use super::*;

    async fn read(source: Source) -> Result<Vec<u8>, String> {
        let environment = BTreeMap::from([("HERE", "value\n")]);
        let name = SecretName::new("KEY").expect("a name");
        source.read(&name, &environment, None).await.map(|v| v.expose_secret().to_vec()).map_err(|e| e.to_string())
    }

    fn sh(script: &str, directory: &Path) -> Source {
        Source::Command { argv: vec!["sh".into(), "-c".into(), script.into()], directory: directory.to_owned() }
    }

    #[tokio::test]
    async fn one_newline_at_the_end_of_a_file_or_command_is_not_part_of_the_value() {
        let base = tempfile::tempdir().expect("a temporary directory");
        for (written, value) in [("key", "key"), ("key\n", "key"), ("key\r\n", "key"), ("a\nb\n\n", "a\nb\n")] {
            std::fs::write(base.path().join("key"), written).expect("a file");
            assert_eq!(read(Source::File(base.path().join("key"))).await, Ok(value.into()));
            assert_eq!(read(sh("cat key", base.path())).await, Ok(value.into()));
        }
        assert_eq!(read(Source::Environment("HERE".into())).await, Ok(b"value\n".to_vec()), "variables as they are");
    }

    /// Proves that what is too large is refused by name, and that a command that never stops printing does not fill the memory.
    #[tokio::test]
    async fn what_is_too_large_is_refused_by_name() {
        let base = tempfile::tempdir().expect("a temporary directory");
        let error = read(sh("yes", base.path())).await.expect_err("an error");
        assert!(error.contains("KEY") && error.contains("more than 1 MiB"), "{error}");
        let long = read(sh("head -c 1048576 /dev/zero | tr '\\\\0' x", base.path())).await.expect("a value");
        assert_eq!(long.len(), 1 << 20);
    }

    #[tokio::test]
    async fn what_cannot_be_read_says_which_secret_and_why() {
        let base = tempfile::tempdir().expect("a temporary directory");
        for (source, words) in [
            (Source::Environment("NOT_HERE".into()), ["KEY", "NOT_HERE", "no such variable"]),
            (Source::File("nope".into()), ["KEY", "nope", "No such file"]),
            (sh("echo reason >&2; exit 3", base.path()), ["KEY", "exit status: 3", "reason"]),
            (
                Source::Command { argv: vec!["no-such-program-here".into()], directory: base.path().into() },
                ["KEY", "no-such-program-here", "No such file"],
            ),
            (sh("true", base.path()), ["KEY", "empty", "-e KEY="]),
        ] {
            let error = read(source).await.expect_err("an error");
            assert!(words.iter().all(|word| error.contains(word)), "{error}");
        }
    }
}
