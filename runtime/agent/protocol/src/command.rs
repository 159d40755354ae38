//! What a command is: program, values, streams and limits.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{CommandId, SecretName};

/// A piece of text that a command is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Value {
    /// Given as it stands.
    Text(String),
    /// `$V`, `${V}`, `${V:default}` and `%V%` in it are replaced in the container: by the container's own
    /// environment first, then by the command's. What is unknown becomes empty, a variable
    /// inside its own value stays as written, and what came out of a secret is not looked at again.
    Template(String),
    /// The bytes of a secret, never expanded.
    Secret(SecretName),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// One environment variable of a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variable {
    /// Its name: not empty, without `=` and NUL.
    pub name: String,
    /// Its value.
    pub value: Value,
}

/// What a command reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stdin {
    /// Nothing: `/dev/null`.
    Empty,
    /// A value, then the end of the stream. Nothing is added, not even a newline.
    Value(Value),
}

/// A command to run in the container, in a session and process group of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// Its name.
    pub id: CommandId,
    /// The program: a path, or a name to look up in the command's `PATH`.
    pub program: Value,
    /// The arguments after the program's name.
    pub args: Vec<Value>,
    /// Variables on top of the container's environment; of two with one name the later one counts.
    pub env: Vec<Variable>,
    /// Working directory, made if missing. Without one: the container's.
    pub cwd: Option<Value>,
    /// What it reads. What it writes, standard output and standard error, is one stream in the order in which it was written.
    pub stdin: Stdin,
    /// How long it may run.
    pub timeout: Option<Duration>,
    /// Time between SIGTERM and SIGKILL when its time is up.
    pub grace: Duration,
    /// Whether processes that it leaves behind live on. Otherwise its whole process group is
    /// killed when the command itself has ended.
    pub escaping: bool,
}

impl Command {
    /// A command without arguments, environment, input and time limit, whose
    /// process group ends with it. It has 5 s between SIGTERM and SIGKILL.
    pub fn new(id: CommandId, program: impl Into<Value>) -> Self {
        Self {
            id,
            program: program.into(),
            args: Vec::new(),
            env: Vec::new(),
            cwd: None,
            stdin: Stdin::Empty,
            timeout: None,
            grace: Duration::from_secs(5),
            escaping: false,
        }
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, value: impl Into<Value>) -> Self {
        self.args.push(value.into());
        self
    }

    /// Adds an environment variable.
    #[must_use]
    pub fn env(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.env.push(Variable { name: name.into(), value: value.into() });
        self
    }
}
