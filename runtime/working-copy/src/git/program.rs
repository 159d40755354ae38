//! The `git` program, run so that nothing in the tree makes it run anything else.
//!
//! Git runs what a repository's own configuration, hooks and attributes name, and a repository may have been made by anybody: a clone of
//! a pull request, an archive, a directory that is committed and looks like a repository itself. [`confinement`](super::confinement) says
//! what is turned off.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc;
use std::time::Duration;

use super::{Git, confinement};
use crate::repository::{Foreign, Repository};

/// How long git may take for one answer. A pipe in the place of a file that it reads would hold it for ever.
const PATIENCE: Duration = Duration::from_secs(20);

/// The same for a list of files, which it has to look for on the disk.
const LISTING: Duration = Duration::from_secs(120);

/// The `git` program, run in one directory.
#[derive(Debug, Clone)]
pub struct Program {
    directory: PathBuf,
    patience: Duration,
    /// What the repository's own filters are overridden with; asked for before the first other question.
    filters: OnceLock<Vec<String>>,
}

/// Why git gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// It could not be started.
    #[error("git cannot be run")]
    Start(#[source] io::Error),
    /// The directory is in no working copy.
    #[error("not a git checkout")]
    NoRepository,
    /// It refused, in its own words.
    #[error("git: {0}")]
    Refused(String),
    /// It did not end, and was ended.
    #[error("git took longer than {} s; perhaps a file that it reads is a pipe", .0.as_secs())]
    TooLong(Duration),
}

/// What it printed and how it ended.
struct Answer {
    status: ExitStatus,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

impl Program {
    /// Git for the working copy that a directory lies in.
    ///
    /// # Errors
    /// When its repository is not its own. Where the user's environment names one, that is the user's word.
    pub fn of(directory: &Path) -> Result<Self, Foreign> {
        if std::env::var_os("GIT_DIR").is_none() {
            Repository::find(directory)?;
        }
        Ok(Self { directory: directory.to_owned(), patience: PATIENCE, filters: OnceLock::new() })
    }

    /// The same, for what takes longer the more files there are.
    pub(crate) fn patient(self) -> Self {
        Self { patience: LISTING, ..self }
    }

    /// What a command lists, each part ended by a NUL. Names of files need not be text.
    ///
    /// # Errors
    /// As [`Git::ask`].
    pub(crate) fn list(&self, arguments: &[&str]) -> Result<Vec<Vec<u8>>, ProgramError> {
        let filters = self.filters()?.to_vec();
        let listing = self.bytes(&filters, arguments)?.unwrap_or_default();
        Ok(listing.split(|byte| *byte == 0).filter(|part| !part.is_empty()).map(<[u8]>::to_vec).collect())
    }

    /// The options that keep the repository's filters from being run, whatever they are called.
    fn filters(&self) -> Result<&[String], ProgramError> {
        if let Some(known) = self.filters.get() {
            return Ok(known);
        }
        // Reads files and runs nothing. A repository without any configuration lists nothing.
        let listing = self.answer(&[], &["config", "--list", "--name-only", "-z"])?.unwrap_or_default();
        Ok(self.filters.get_or_init(|| confinement::without_filters(&listing)))
    }

    fn answer(&self, options: &[String], arguments: &[&str]) -> Result<Option<String>, ProgramError> {
        Ok(self.bytes(options, arguments)?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }

    fn bytes(&self, options: &[String], arguments: &[&str]) -> Result<Option<Vec<u8>>, ProgramError> {
        let mut command = Command::new("git");
        command.args(confinement::OPTIONS).args(options).args(arguments).current_dir(&self.directory);
        confinement::environment(&mut command);
        let Answer { status, stdout, stderr } = run(command, self.patience)?;
        if status.success() {
            return Ok(Some(stdout));
        }
        if status.code() == Some(1) {
            return Ok(None);
        }
        let message = String::from_utf8_lossy(&stderr);
        if message.contains("not a git repository") {
            return Err(ProgramError::NoRepository);
        }
        let first = message.lines().next().unwrap_or("it ended without a message");
        Err(ProgramError::Refused(first.trim_start_matches("fatal: ").to_owned()))
    }
}

impl Git for Program {
    fn ask(&self, arguments: &[&str]) -> Result<Option<String>, ProgramError> {
        let filters = self.filters()?.to_vec();
        self.answer(&filters, arguments)
    }
}

fn run(mut command: Command, patience: Duration) -> Result<Answer, ProgramError> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(ProgramError::Start)?;
    let (told, heard) = mpsc::channel();
    read(child.stdout.take(), 0, told.clone());
    read(child.stderr.take(), 1, told);
    let mut streams = [Vec::new(), Vec::new()];
    for _ in 0..2 {
        match heard.recv_timeout(patience) {
            Ok((stream, bytes)) => streams[stream] = bytes.map_err(ProgramError::Start)?,
            Err(_) => {
                end(&mut child);
                return Err(ProgramError::TooLong(patience));
            }
        }
    }
    let status = child.wait().map_err(ProgramError::Start)?;
    let [stdout, stderr] = streams;
    Ok(Answer { status, stdout, stderr })
}

/// Reads a stream to its end on a thread of its own, because git may fill either first.
fn read(stream: Option<impl Read + Send + 'static>, number: usize, told: mpsc::Sender<(usize, io::Result<Vec<u8>>)>) {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = stream.map_or(Ok(0), |mut stream| stream.read_to_end(&mut bytes));
        // Nobody listens when it took too long.
        let _ = told.send((number, read.map(|_| bytes)));
    });
}

fn end(child: &mut Child) {
    // It may have ended by itself in the meantime.
    let _ = child.kill();
    let _ = child.wait();
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A pipe where git expects a file holds git, and not windlass.
    #[test]
    fn git_that_does_not_end_is_ended() {
        let directory = tempfile::tempdir().expect("a directory");
        let init = Command::new("git").args(["init", "--quiet"]).current_dir(directory.path()).status().expect("git runs");
        assert!(init.success());
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mkfifoat(rustix::fs::CWD, directory.path().join(".gitignore"), mode).expect("a pipe");
        let git = Program { patience: Duration::from_millis(300), ..Program::of(directory.path()).expect("its own repository") };
        let answer = git.ask(&["ls-files", "--others", "--exclude-standard"]);
        assert!(matches!(answer, Err(ProgramError::TooLong(_))), "{answer:?}");
    }
}
