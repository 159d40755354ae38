//! The programs that recipes call: looked for in `PATH`, or installed once in the user's cache under their version.

mod pinned;

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use windlass_model::text;

pub(crate) use pinned::{componentize_py, componentize_qjs};

/// Where programs are looked for and kept.
#[derive(Debug, Clone)]
pub struct Tools {
    /// Directories as `PATH` lists them.
    pub path: OsString,
    /// A directory of the user's own: tools in their pinned versions, and what Rust compiles once for all plugins.
    pub cache: PathBuf,
}

/// Why a program did not do its work.
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    /// It is not there.
    #[error("`{program}` is not in PATH, and it {purpose}; {install}")]
    Missing {
        /// Its name.
        program: &'static str,
        /// What it is needed for.
        purpose: &'static str,
        /// What to do.
        install: &'static str,
    },
    /// A toolchain is not whole.
    #[error("the Rust toolchain lacks {what}; {install}")]
    Incomplete {
        /// What it has not.
        what: &'static str,
        /// What to do.
        install: &'static str,
    },
    /// It cannot be started.
    #[error("{program} cannot be started")]
    Start {
        /// Its path.
        program: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It failed.
    #[error("{program} failed ({status})")]
    Failed {
        /// Its name.
        program: String,
        /// How it ended.
        status: std::process::ExitStatus,
        /// What it wrote, standard error last, cut at the front where it is long.
        output: String,
    },
    /// A directory of the cache cannot be written.
    #[error("{path} cannot be written")]
    Cache {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// Of what a compiler writes, so many bytes are kept: the end, where the errors are counted.
const MOST_OUTPUT: usize = 64 << 10;

/// Variables that would build something else than the recipe says, by how their names begin.
const OF_THE_BUILD: [&str; 12] = [
    "CARGO_BUILD_",
    "CARGO_ENCODED_",
    "CARGO_INCREMENTAL",
    "CARGO_PROFILE_",
    "CARGO_RESOLVER_",
    "CARGO_TARGET_",
    "CARGO_UNSTABLE_",
    "GOARCH",
    "GOOS",
    "RUSTC",
    "RUSTFLAGS",
    "__CARGO",
];

impl Tools {
    /// As the environment says; `None` when the user has no cache directory.
    pub fn of_environment() -> Option<Self> {
        let kept = windlass_plugin_host::default_cache()?;
        let cache = kept.parent()?.join("plugin-kit");
        Some(Self { path: std::env::var_os("PATH").unwrap_or_default(), cache })
    }

    /// The path of a program.
    ///
    /// # Errors
    /// When it is not in `PATH`.
    pub(crate) fn find(&self, program: &'static str, purpose: &'static str, install: &'static str) -> Result<PathBuf, ToolError> {
        let nowhere = Path::new("/");
        which::which_in(program, Some(&self.path), nowhere).map_err(|_| ToolError::Missing { program, purpose, install })
    }

    /// A command with the same `PATH` and without settings of other builds.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>, directory: &Path) -> Command {
        let mut command = Command::new(program);
        let other = |name: &OsStr| name.to_str().is_some_and(|name| OF_THE_BUILD.iter().any(|begin| name.starts_with(begin)));
        for (name, _) in std::env::vars_os().filter(|(name, _)| other(name)) {
            command.env_remove(name);
        }
        command.env("PATH", &self.path).current_dir(directory).stdin(Stdio::null());
        command
    }
}

/// Runs a command to its end and gives its standard output.
///
/// # Errors
/// When it cannot be started or fails.
pub(crate) fn run(command: &mut Command) -> Result<Vec<u8>, ToolError> {
    Ok(outputs(command)?.0)
}

/// Runs a command to its end and gives what it wrote to standard output, and to standard error as lines for people.
///
/// # Errors
/// As [`run`].
pub(crate) fn outputs(command: &mut Command) -> Result<(Vec<u8>, String), ToolError> {
    let program = PathBuf::from(command.get_program());
    let output = command.output().map_err(|source| ToolError::Start { program: program.clone(), source })?;
    if output.status.success() {
        return Ok((output.stdout, for_people(&output.stderr)));
    }
    Err(ToolError::Failed {
        program: program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned(),
        status: output.status,
        output: for_people(&[output.stdout, output.stderr].concat()),
    })
}

fn for_people(said: &[u8]) -> String {
    let kept = said.get(said.len().saturating_sub(MOST_OUTPUT)..).unwrap_or_default();
    text::lines(String::from_utf8_lossy(kept).trim_end()).into_owned()
}
