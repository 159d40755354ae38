//! What a person gives to a run besides the file: variables, secrets, plugins.

use std::path::PathBuf;

use clap::Args;
use clap_complete::engine::ArgValueCandidates;

use super::complete;
use super::value::{InvalidArgument, PluginFile, SecretValue, Substitution, Unrepeated, Variable};

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
        add = ArgValueCandidates::new(complete::substitutions)
    )]
    pub substitutes: Vec<Substitution>,

    /// Add a plugin under the name in its manifest; it replaces a built-in plugin of that name
    #[arg(long = "plugin", value_name = "PATH.wasm", help_heading = "Plugins")]
    pub files: Vec<PluginFile>,
}
