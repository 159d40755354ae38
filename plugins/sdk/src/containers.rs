//! The task's containers: commands, and files. Power `containers`.

use crate::bindings::powers::windlass::plugin::containers as wit;
use crate::error::Error;
use crate::secrets::Secret;

/// How a command ended, a running command, and a value for one: text, or a secret that only the container will see.
pub use wit::{Exit, Process, Value};

/// A container of the pod that windlass's agent supervises.
pub struct Container(wit::Container);

/// The container that the step names (`container:`), else the main one.
///
/// # Errors
/// When the power was not granted.
pub fn default() -> Result<Container, Error> {
    wit::default().map(Container)
}

/// A container by name.
///
/// # Errors
/// When the power was not granted or there is no such container.
pub fn open(name: &str) -> Result<Container, Error> {
    wit::open(name).map(Container)
}

/// A directory of this step's own, the same in every container and in `cleanup`, held in memory, for the container's user alone. It is removed
/// after `cleanup`, unless a process of the step was kept.
///
/// # Errors
/// When the power was not granted.
pub fn private_directory() -> Result<String, Error> {
    wit::private_directory()
}

/// A directory of the task's on disk, the same in every container that windlass's agent supervises: for what one step leaves for
/// another, such as an OCI layout. [`Container::write_file`] makes it. Every container of the pod can change what is in it, so nothing there
/// is to be run or believed without a digest that came another way.
///
/// # Errors
/// When the power was not granted.
pub fn shared_directory() -> Result<String, Error> {
    wit::shared_directory()
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// Bytes are for files only: commands take text.
impl From<Vec<u8>> for Value<'_> {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

impl<'a> From<&'a Secret> for Value<'a> {
    fn from(secret: &'a Secret) -> Self {
        Self::Secret(secret)
    }
}

impl Container {
    /// Its name.
    pub fn name(&self) -> String {
        self.0.name()
    }

    /// The task's working directory as this container sees it.
    ///
    /// # Errors
    /// When it does not see it: the working directory lies outside of the volume that containers share.
    pub fn working_dir(&self) -> Result<String, Error> {
        self.0.working_dir()
    }

    /// Where a program is in the container's `PATH`.
    ///
    /// # Errors
    /// When the container is not reached.
    pub fn find_program(&self, name: &str) -> Result<Option<String>, Error> {
        self.0.find_program(name)
    }

    /// Which programs it runs: `amd64` or `arm64`, as images name it. For plugins that bring a program along.
    ///
    /// # Errors
    /// When the container is not reached.
    pub fn architecture(&self) -> Result<String, Error> {
        self.0.architecture()
    }

    /// A file of at most `max` bytes; `None` when there is no such file.
    ///
    /// # Errors
    /// When it is larger or unreadable, or the container is not reached.
    pub fn read_file(&self, path: &str, max: u32) -> Result<Option<Vec<u8>>, Error> {
        self.0.read_file(path, max)
    }

    /// Writes a file, with the directories above it.
    ///
    /// # Errors
    /// When it cannot be written, or the container is not reached.
    pub fn write_file<'a>(&self, path: &str, mode: u32, contents: impl Into<Value<'a>>) -> Result<(), Error> {
        self.0.write_file(path, mode, &contents.into())
    }

    /// Removes a file that may be gone already.
    ///
    /// # Errors
    /// When it cannot be removed, or the container is not reached.
    pub fn remove_file(&self, path: &str) -> Result<(), Error> {
        self.0.remove_file(path)
    }

    /// A command, to be completed and then started.
    pub fn command<'a, S: Into<String>>(&'a self, argv: impl IntoIterator<Item = S>) -> Command<'a> {
        Command {
            container: self,
            command: wit::Command {
                argv: argv.into_iter().map(Into::into).collect(),
                expand_argv: false,
                env: Vec::new(),
                stdin: None,
                working_dir: None,
                timeout_ms: None,
                output: wit::Output::Inherit,
                escaping_processes: false,
                registry_credentials: false,
                bare_environment: false,
            },
        }
    }
}

/// A command that is being put together.
#[must_use = "it runs only when started"]
pub struct Command<'a> {
    container: &'a Container,
    command: wit::Command<'a>,
}

impl<'a> Command<'a> {
    /// Sets a variable on top of the task's environment.
    pub fn env(mut self, name: impl Into<String>, value: impl Into<Value<'a>>) -> Self {
        self.command.env.push((name.into(), value.into()));
        self
    }

    /// Gives it something to read; its input is empty otherwise.
    pub fn stdin(mut self, value: impl Into<Value<'a>>) -> Self {
        self.command.stdin = Some(value.into());
        self
    }

    /// Starts it elsewhere than in the task's working directory.
    pub fn working_dir(mut self, path: impl Into<String>) -> Self {
        self.command.working_dir = Some(path.into());
        self
    }

    /// Kills it after this many milliseconds.
    pub fn timeout_ms(mut self, milliseconds: u64) -> Self {
        self.command.timeout_ms = Some(milliseconds);
        self
    }

    /// Expands `$V`, `${V}`, `${V:default}` and `%V%` in program and arguments, in the container.
    pub fn expand_argv(mut self) -> Self {
        self.command.expand_argv = true;
        self
    }

    /// Lets processes that it leaves behind live on.
    pub fn escaping_processes(mut self, escaping: bool) -> Self {
        self.command.escaping_processes = escaping;
        self
    }

    /// Lends it the credentials of the task's login steps, as a Docker configuration: `DOCKER_CONFIG` names its directory and
    /// `REGISTRY_AUTH_FILE` the file.
    pub fn registry_credentials(mut self) -> Self {
        self.command.registry_credentials = true;
        self
    }

    /// Keeps the task's variables from it: beside those of its container it sees only what [`Command::env`] sets. For programs that
    /// hand their environment on, such as a builder to the commands of a Dockerfile.
    pub fn bare_environment(mut self) -> Self {
        self.command.bare_environment = true;
        self
    }

    /// Starts it, its output going to the user.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(self) -> Result<Process, Error> {
        self.container.0.start(&self.command)
    }

    /// Starts it, its output going to the plugin, which reads it with [`Process::read`].
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start_piped(mut self) -> Result<Process, Error> {
        self.command.output = wit::Output::Pipe;
        self.start()
    }

    /// Runs it to its end, its output going to the user. The exit code is the caller's to judge.
    ///
    /// # Errors
    /// When it cannot be started or the container is lost.
    pub fn run(self) -> Result<Exit, Error> {
        self.start()?.wait()
    }

    /// Runs it to its end and returns its output, which the user does not see. At most `max` bytes are kept, the last ones.
    ///
    /// # Errors
    /// When it cannot be started or the container is lost.
    pub fn output(self, max: usize) -> Result<(Exit, Vec<u8>), Error> {
        self.collect(wit::Output::Pipe, max)
    }

    /// As [`Command::output`], and the user sees the output as well.
    ///
    /// # Errors
    /// When it cannot be started or the container is lost.
    pub fn output_shown(self, max: usize) -> Result<(Exit, Vec<u8>), Error> {
        self.collect(wit::Output::Tee, max)
    }

    fn collect(mut self, output: wit::Output, max: usize) -> Result<(Exit, Vec<u8>), Error> {
        self.command.output = output;
        let process = self.start()?;
        let mut kept = Vec::new();
        while let Some(chunk) = process.read(64 * 1024)? {
            kept.extend(chunk);
            kept.drain(..kept.len().saturating_sub(max));
        }
        Ok((process.wait()?, kept))
    }
}

impl Exit {
    /// Whether it ended by itself with code 0.
    pub fn success(&self) -> bool {
        self.code == 0 && self.signal.is_none() && !self.timed_out
    }

    /// The error that a command's bad end is: `what` exited with its code, was killed, ran out of time.
    ///
    /// # Errors
    /// When it did not end with code 0.
    pub fn check(&self, what: &str) -> Result<(), Error> {
        if self.success() {
            return Ok(());
        }
        let message = match (self.timed_out, self.signal) {
            (true, _) => format!("{what} ran out of time"),
            (false, Some(signal)) => format!("{what} was killed by signal {signal}"),
            (false, None) => format!("{what} exited with code {}", self.code),
        };
        Err(Error::Failed(crate::bindings::powers::windlass::plugin::types::Failure { message, exit_code: Some(self.code) }))
    }
}
