//! The command line as clap reads it: one module per group of options, nothing decided here.

mod artifacts;
mod author;
mod build;
mod cache;
mod choice;
mod commands;
mod complete;
mod definition;
mod examples;
mod explain;
mod format;
mod given;
mod init;
mod on;
mod parse;
mod plugin;
mod target;
mod trust;
mod value;
mod with;
mod words;

use std::path::PathBuf;

use clap::builder::FalseyValueParser;
use clap::{ArgAction, Args, Parser, ValueEnum};

pub use artifacts::{ArtifactsCommand, KeptIn};
pub use author::{TestArgs, TryArgs};
pub use build::BuildArgs;
pub use cache::{CacheCommand, RmArgs};
pub use choice::Choice;
pub use commands::{
    CheckArgs, Command, CompletionsArgs, ConvertArgs, DoctorArgs, GcArgs, LsArgs, ManArgs, NoTasks, PlanArgs, RunArgs,
};
pub use definition::command;
pub use explain::ExplainArgs;
pub use format::{PlanFormat, RunFormat, TableFormat};
pub use given::{PluginChoice, PluginFiles, SecretOptions, VariableOptions};
pub use init::InitArgs;
pub use on::On;
pub use parse::parse;
pub use plugin::{PackArgs, PluginCommand, VerifyArgs};
pub use target::TargetOptions;
pub use trust::TrustArgs;
pub use value::{InvalidArgument, SecretSource, SecretValue, Substitution, Unrepeated, Variable};

const EXAMPLES: &str = "\
Examples:
  windlass check                         check .cirrus.yml for mistakes
  windlass plan                          show what would run, where, and with which powers
  windlass run                           run every task of the file
  windlass run build --on engine         run one task on this machine's Docker or Podman
  windlass build -t gcr.io/me/app:1 .    build and push one image, without a file and without privilege
  windlass run --secret GOOGLE_CREDENTIALS=file:key.json

Exit codes:
  0 passed   1 a task failed   2 usage, configuration, or nothing to run
  3 cluster or container engine, or a failed doctor test   4 plugin
  5 something could not be deleted   70 a bug in windlass   130 interrupted, and cleaned up";

/// Runs the container-image build tasks of a `.cirrus.yml` on any Kubernetes cluster, or on this machine's container engine.
///
/// A task is one pod: a main container and its additional containers. Each step in it is a plugin that can do only what it
/// was granted. `check` reads the file, `plan` shows everything that a run would do without doing any of it, `run` does it.
#[derive(Debug, Parser)]
#[command(name = "windlass", version, after_help = EXAMPLES, max_term_width = 110)]
pub struct Cli {
    /// Options of more than one command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options that may stand before a command and behind it. Those that have no effect on a command are refused there: see [`command`].
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// The file with the tasks; by default `.cirrus.yml` or `.cirrus.yaml` in this directory
    #[arg(short, long, global = true, value_name = "PATH")]
    pub file: Option<PathBuf>,

    /// Also read platform settings from this file; they take precedence over the project's windlass.yaml
    ///
    /// It can be given several times. In CI, WINDLASS_SETTINGS names such files, separated by `:`.
    #[arg(long, global = true, value_name = "PATH")]
    pub settings: Vec<PathBuf>,

    /// Trust what the project asks for, for this command only and without asking: for CI that runs only what was reviewed
    #[arg(long, global = true, env = "WINDLASS_TRUST_PROJECT", value_parser = FalseyValueParser::new())]
    pub trust_project: bool,

    /// When to use colours
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = Color::Auto)]
    pub color: Color,

    /// Log what windlass does, to stderr; give it twice for every detail (RUST_LOG gives finer control)
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,

    /// The text of a task file that a command wrote itself, in place of one that is read.
    #[arg(skip)]
    pub task: Option<String>,
}

impl Global {
    /// The options as words of a command line that is to find the same.
    pub fn words(&self) -> Vec<String> {
        let file = self.file.iter().flat_map(|path| ["-f".to_owned(), path.display().to_string()]);
        let settings = self.settings.iter().flat_map(|path| ["--settings".to_owned(), path.display().to_string()]);
        file.chain(settings).chain(self.trust_project.then(|| "--trust-project".to_owned())).collect()
    }
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_consistent() {
        command().debug_assert();
    }

    /// A newcomer can act on every help page: a paragraph that says what the command is for, and examples.
    #[test]
    fn every_command_explains_itself_with_examples() {
        fn visit(command: &clap::Command) {
            assert!(command.get_about().is_some(), "{} says nothing of itself", command.get_name());
            let examples = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(examples.contains("windlass "), "{} has no examples", command.get_name());
            command.get_subcommands().for_each(visit);
        }
        visit(&command());
    }
}
