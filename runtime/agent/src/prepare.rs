//! Makes a process of a command: values, environment, working directory, program.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process;

use windlass_agent_protocol::{Command, StartFailure, Stdin, Value};

use crate::expand::{Definition, Scope, TooLong};
use crate::program::{self, Search};
use crate::secrets::Secrets;

/// A process that is ready to be started.
#[derive(Debug)]
pub struct Prepared {
    /// The process; only its output is not yet attached.
    pub command: process::Command,
    /// Bytes to write to its standard input.
    pub input: Option<Vec<u8>>,
    /// The program's path.
    pub program: PathBuf,
}

/// Works out everything that a command needs to start.
///
/// # Errors
/// What is missing or wrong.
pub fn prepare(command: &Command, secrets: &Secrets) -> Result<Prepared, StartFailure> {
    let container = container_environment();
    let own = definitions(command, secrets)?;
    let values = Values { secrets, scope: Scope { container: &container, own: &own } };
    let environment = values.environment(&own)?;
    let directory = match &command.cwd {
        Some(value) => make_directory(values.text("the working directory", value)?)?,
        None => std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/")),
    };
    let name = values.text("the program", &command.program)?;
    let path = environment.get(OsStr::new("PATH")).cloned().or_else(|| std::env::var_os("PATH"));
    let program = locate(&name, path.as_deref(), &directory)?;
    let mut process = process::Command::new(&program);
    process.arg0(&name).current_dir(directory).envs(environment);
    for (number, value) in command.args.iter().enumerate() {
        process.arg(values.text(&format!("argument {}", number + 1), value)?);
    }
    let input = values.input(&command.stdin, &mut process)?;
    Ok(Prepared { command: process, input, program })
}

/// The agent's own environment, which is the container's. Names that are no text cannot be referred to.
fn container_environment() -> HashMap<String, Vec<u8>> {
    std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_vec()))).collect()
}

/// The command's variables; of two with one name the later counts.
fn definitions(command: &Command, secrets: &Secrets) -> Result<HashMap<String, Definition>, StartFailure> {
    let mut own = HashMap::new();
    for variable in &command.env {
        let name = &variable.name;
        if name.is_empty() || name.contains(['=', '\0']) {
            let what = format!("the name of variable {name:?}");
            return Err(StartFailure::InvalidValue { what });
        }
        let definition = match &variable.value {
            Value::Text(text) => Definition::Verbatim(text.clone().into_bytes()),
            Value::Template(template) => Definition::Template(template.clone()),
            Value::Secret(secret) => {
                Definition::Verbatim(secrets.value(secret).ok_or_else(|| StartFailure::UnknownSecret(secret.clone()))?)
            }
        };
        own.insert(name.clone(), definition);
    }
    Ok(own)
}

struct Values<'a> {
    secrets: &'a Secrets,
    scope: Scope<'a>,
}

impl Values<'_> {
    fn bytes(&self, what: &str, value: &Value) -> Result<Vec<u8>, StartFailure> {
        match value {
            Value::Text(text) => Ok(text.clone().into_bytes()),
            Value::Template(template) => self.scope.expand(template).map_err(|e| too_long(what, e)),
            Value::Secret(name) => self.secrets.value(name).ok_or_else(|| StartFailure::UnknownSecret(name.clone())),
        }
    }

    /// A value that the kernel takes, which is one without NUL.
    fn text(&self, what: &str, value: &Value) -> Result<OsString, StartFailure> {
        without_nul(what, self.bytes(what, value)?)
    }

    fn environment(&self, own: &HashMap<String, Definition>) -> Result<HashMap<OsString, OsString>, StartFailure> {
        own.iter()
            .map(|(name, definition)| {
                let what = format!("variable {name}");
                let value = self.scope.value(name, definition);
                let value = value.map_err(|e| too_long(&what, e))?;
                Ok((name.into(), without_nul(&what, value)?))
            })
            .collect()
    }

    /// Opens what the command reads, or gives the bytes to write to it.
    fn input(&self, stdin: &Stdin, process: &mut process::Command) -> Result<Option<Vec<u8>>, StartFailure> {
        let (source, bytes) = match stdin {
            Stdin::Empty => (process::Stdio::null(), None),
            Stdin::Value(value) => (process::Stdio::piped(), Some(self.bytes("the input", value)?)),
            Stdin::File(path) => {
                let file = fs::File::open(path)
                    .map_err(|error| StartFailure::InputFile { path: path.clone(), reason: error.to_string() })?;
                (file.into(), None)
            }
        };
        process.stdin(source);
        Ok(bytes)
    }
}

fn too_long(what: &str, error: TooLong) -> StartFailure {
    StartFailure::System { action: format!("expanding variables in {what}"), reason: error.to_string() }
}

fn without_nul(what: &str, bytes: Vec<u8>) -> Result<OsString, StartFailure> {
    if bytes.contains(&0) {
        let what = what.to_owned();
        return Err(StartFailure::InvalidValue { what });
    }
    Ok(OsString::from_vec(bytes))
}

fn make_directory(path: OsString) -> Result<PathBuf, StartFailure> {
    let path = PathBuf::from(path);
    let failed = |reason: String| StartFailure::WorkingDirectory { path: path.to_string_lossy().into_owned(), reason };
    fs::create_dir_all(&path).map_err(|error| failed(error.to_string()))?;
    // `create_dir_all` takes an existing file for a failure already; what is left is permission to enter.
    match rustix::fs::access(&path, rustix::fs::Access::EXEC_OK) {
        // Absolute, for the program's path is worked out before the process goes there.
        Ok(()) => std::path::absolute(&path).map_err(|error| failed(error.to_string())),
        Err(error) => Err(failed(io::Error::from(error).to_string())),
    }
}

fn locate(name: &OsStr, path: Option<&OsStr>, directory: &Path) -> Result<PathBuf, StartFailure> {
    let program = || name.to_string_lossy().into_owned();
    match program::find(name, path, directory) {
        Search::Found(file) => Ok(file),
        Search::NotExecutable(file) => Err(StartFailure::NotExecutable {
            program: file.to_string_lossy().into_owned(),
            reason: "it is not an executable file".into(),
        }),
        Search::Missing { searched } => Err(StartFailure::ProgramNotFound { program: program(), searched }),
    }
}

/// The most bytes of one argument or variable, with its NUL: the kernel's `MAX_ARG_STRLEN`.
const LONGEST: usize = 128 << 10;

fn beyond_limits(command: &process::Command) -> String {
    let variables = command.get_envs().filter_map(|(name, value)| {
        let length = name.len() + value?.len() + 2;
        Some((length, format!("the variable {}", name.to_string_lossy())))
    });
    let arguments = command.get_args().enumerate().map(|(at, value)| (value.len() + 1, format!("argument {}", at + 1)));
    let all: Vec<_> = variables.chain(arguments).collect();
    let total: usize = all.iter().map(|(length, _)| length).sum();
    match all.into_iter().max() {
        Some((length, what)) if length > LONGEST => format!("{what} has {length} bytes, and Linux allows {LONGEST} in one"),
        Some((length, what)) => format!(
            "its arguments and environment have {total} bytes, more than Linux allows here (a quarter of the limit of the stack); \
             the longest is {what} with {length}"
        ),
        None => "its arguments and environment are too long".into(),
    }
}

/// What the kernel's refusal to start a program means.
#[must_use]
pub fn refusal(program: &Path, command: &process::Command, error: &io::Error) -> StartFailure {
    let reason = match error.raw_os_error() {
        Some(libc::ENOENT) => "its interpreter or dynamic loader is missing".into(),
        Some(libc::ENOEXEC) => "it is neither a program for this machine nor a script that begins with #!".into(),
        Some(libc::E2BIG) => beyond_limits(command),
        _ => error.to_string(),
    };
    StartFailure::NotExecutable { program: program.to_string_lossy().into_owned(), reason }
}
