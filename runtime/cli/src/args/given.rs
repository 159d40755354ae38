//! What a person gives to a run besides the file: variables, secrets, plugins.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use clap_complete::engine::ArgValueCandidates;

use super::complete::substitutions;
use super::value::{InvalidArgument, PluginFile, SecretValue, Substitution, Unrepeated, Variable};
use crate::environment::Environment;

/// Variables and changed files.
#[derive(Debug, Clone, Default, Args)]
pub struct VariableOptions {
    /// Set a variable for every task, overriding the file; without a value, it is taken from this shell's environment
    #[arg(short, long = "env", value_name = "NAME[=VALUE]", help_heading = "Values")]
    pub env: Vec<Unrepeated<Variable>>,

    /// Read variables from a file of NAME=VALUE lines, as for `docker run --env-file`; -e overrides it
    #[arg(long, value_name = "PATH", help_heading = "Values")]
    pub env_file: Vec<PathBuf>,

    /// Files that count as changed for changesInclude(…), instead of asking git
    #[arg(long, value_name = "PATH,…", value_delimiter = ',', help_heading = "Values")]
    pub affected_files: Option<Vec<String>>,

    /// Treat warnings about the file as errors
    #[arg(long)]
    pub strict: bool,
}

/// Values of secrets.
#[derive(Debug, Clone, Default, Args)]
pub struct SecretOptions {
    /// Where the value of a secret variable comes from: env:VARIABLE, file:PATH or cmd:COMMAND
    ///
    /// The value is never printed, is masked in all output, and appears in no pod manifest except in the Secret that carries
    /// it. One newline at the end of a file or of a command's output is not part of the value.
    #[arg(long, value_name = "NAME=SOURCE", help_heading = "Values")]
    pub secret: Vec<Unrepeated<SecretValue>>,
}

impl SecretOptions {
    /// The secrets.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn secrets(&self) -> Result<Vec<SecretValue>, InvalidArgument> {
        self.secret.iter().map(|secret| secret.0.clone()).collect()
    }
}

/// Which plugins to use.
#[derive(Debug, Clone, Default, Args)]
pub struct PluginChoice {
    /// Use another plugin for all steps of a kind (login, build, push, step), without editing the file
    ///
    /// It works on scripts, too: a task's scripts of docker commands become typed steps, and a docker-in-docker
    /// container that no step needs any more is left out. A command without a typed form is an error that names line and word.
    #[arg(
        long = "use",
        value_name = "KIND=PLUGIN",
        help_heading = "Plugins",
        add = ArgValueCandidates::new(substitutions)
    )]
    pub substitutes: Vec<Substitution>,

    /// Plugins from files.
    #[command(flatten)]
    pub given: PluginFiles,
}

/// Plugins beside those that windlass carries.
#[derive(Debug, Clone, Default, Args)]
pub struct PluginFiles {
    /// Add a plugin under the name in its manifest; it replaces a built-in plugin of that name
    ///
    /// PLUGIN is a component (`scan.wasm`), a directory of components, an OCI layout (a directory or a `.tar`), `BUNDLE/NAME`, or
    /// `oci://REGISTRY/REPOSITORY:TAG`.
    #[arg(long = "plugin", value_name = "PLUGIN", help_heading = "Plugins")]
    pub files: Vec<PluginFile>,

    /// Fail rather than change windlass.lock; the default where CI is set
    #[arg(long, help_heading = "Plugins")]
    pub locked: bool,

    /// Ask no registry for plugins: use those that are on this machine
    #[arg(long, help_heading = "Plugins")]
    pub offline: bool,
}

impl PluginFiles {
    /// Whether `windlass.lock` may not be changed: `--locked`, or `CI` in the environment.
    pub fn is_locked(&self, environment: &impl Environment) -> bool {
        let off = |value: &OsString| ["", "0", "false", "no"].iter().any(|off| value.eq_ignore_ascii_case(off));
        self.locked || environment.get("CI").is_some_and(|value| !off(&value))
    }
}
