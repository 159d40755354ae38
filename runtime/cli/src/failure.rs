//! Everything that can end a command before or instead of a run, with its exit code and what to do.

use std::fmt::Write as _;
use std::io;
use std::path::PathBuf;

use windlass_config::Diagnostics;
use windlass_container_engine::ConnectError;
use windlass_engine::planner::{Denial, PlanError, Refusal};
use windlass_engine::ports::driver::DriverError;
use windlass_engine::ports::plugin::PluginError;
use windlass_kube::KubeconfigError;
use windlass_model::plan::OpenValue;
use windlass_model::text;
use windlass_plugin_host::StartError;

use crate::secrets::{ReadError, SourcesError};
use crate::values::ValueError;
use crate::variables::GivenError;

mod help;

pub use help::open_value;

/// Why a command did not do its work. A run whose tasks fail is no `Failure`: it has an outcome.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// What was asked for cannot be.
    #[error("{message}")]
    Usage {
        /// What is wrong.
        message: String,
        /// What to do, one suggestion an entry.
        help: Vec<String>,
    },
    /// A file is not there or cannot be read.
    #[error("{path} cannot be read")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
        /// What to do.
        help: Vec<String>,
    },
    /// A file has errors; they have been shown.
    #[error("{file} has {}", count(*errors, "error"))]
    Configuration {
        /// The file.
        file: String,
        /// How many.
        errors: usize,
    },
    /// Variables on the command line cannot be taken.
    #[error(transparent)]
    Given(#[from] GivenError),
    /// Sources of secrets contradict each other.
    #[error(transparent)]
    Sources(#[from] SourcesError),
    /// The value of a secret cannot be read.
    #[error(transparent)]
    Secret(#[from] ReadError),
    /// The value of a secret cannot be used.
    #[error(transparent)]
    Value(#[from] ValueError),
    /// There is no plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// Values are missing.
    #[error("{} to be given before this can run", verb(open.len()))]
    Open {
        /// Which, and how to give each.
        open: Vec<OpenValue>,
    },
    /// The project asks for what its user has not trusted.
    #[error("this project {} for what you have not trusted", if *before { "now asks" } else { "asks" })]
    Untrusted {
        /// What, one plain line each.
        asks: Vec<String>,
        /// Whether some of what it asked for earlier was trusted.
        before: bool,
    },
    /// The user was asked, and said no.
    #[error("you did not trust this project, so nothing of it was done")]
    Declined,
    /// No task would run.
    #[error("nothing to run: {reason}")]
    NothingToRun {
        /// Why.
        reason: String,
    },
    /// A cluster or the container engine.
    #[error(transparent)]
    Driver(#[from] DriverError),
    /// The kubeconfig is there but wrong.
    #[error("the {} cannot be read", windlass_kube::describe_kubeconfig(None))]
    Kubeconfig(#[source] KubeconfigError),
    /// No container engine.
    #[error(transparent)]
    Engine(#[from] ConnectError),
    /// This machine cannot run plugins.
    #[error("plugins cannot run on this machine")]
    PluginHost(#[source] StartError),
    /// A plugin.
    #[error(transparent)]
    Plugin(#[from] PluginError),
    /// A cluster or engine is not as a run needs it; the findings have been shown.
    #[error("{} of the tests failed", failed)]
    Doctor {
        /// How many tests failed.
        failed: usize,
    },
    /// Something could not be deleted.
    #[error("{} could not be deleted", count(leftovers.len(), "pod"))]
    Leftovers {
        /// What, each with the command that deletes it.
        leftovers: Vec<String>,
    },
    /// Output could not be written.
    #[error("the output cannot be written")]
    Output(#[source] io::Error),
    /// The system does not give what windlass runs on: threads, signals, random numbers.
    #[error("this machine does not let windlass run")]
    Runtime(#[source] io::Error),
    /// A part of windlass panicked, and has told.
    #[error("a part of windlass failed")]
    Bug,
}

impl Failure {
    /// A wrong request with one suggestion.
    pub fn usage(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), help: vec![help.into()] }
    }

    /// The process's exit code.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage { .. }
            | Self::Unreadable { .. }
            | Self::Configuration { .. }
            | Self::Given(_)
            | Self::Sources(_)
            | Self::Secret(_)
            | Self::Value(_)
            | Self::Open { .. }
            | Self::Untrusted { .. }
            | Self::Declined
            | Self::NothingToRun { .. }
            | Self::Output(_)
            | Self::Runtime(_) => 2,
            Self::Plan(error) => match error {
                PlanError::Selection(_)
                | PlanError::Scripts { .. }
                | PlanError::Step { .. }
                | PlanError::Policy { .. }
                | PlanError::Environment { .. }
                | PlanError::Conflict { .. } => 2,
                PlanError::Denied(_) => 4,
                PlanError::Plugin { source, .. } => plugin_exit_code(source),
            },
            Self::Kubeconfig(_) => 2,
            Self::Driver(_) | Self::Engine(_) | Self::Doctor { .. } => 3,
            Self::PluginHost(_) => 4,
            Self::Plugin(error) => plugin_exit_code(error),
            Self::Leftovers { .. } => 5,
            Self::Bug => crate::panic::EXIT_CODE,
        }
    }

    /// What happened, with its causes, on one line.
    pub fn causes(&self) -> String {
        let mut text = self.to_string();
        let mut source = std::error::Error::source(self);
        while let Some(cause) = source {
            let _ = write!(text, ": {cause}");
            source = cause.source();
        }
        // Servers, plugins and files have their words in it.
        text::one_line(&text).into_owned()
    }

    /// The failure as it is shown: the causes on one line, then what to do.
    pub fn render(&self) -> String {
        let help = help::of(self).into_iter().map(|help| format!("\nhelp: {}", help::within(&help)));
        let what = match self {
            Self::Plan(PlanError::Denied(refusal)) => denials(refusal),
            _ => format!("error: {}", self.causes()),
        };
        format!("{what}{}", help.collect::<String>())
    }
}

/// A plugin that refuses what the file asks of it, or is not found, is the file's matter.
fn plugin_exit_code(error: &PluginError) -> u8 {
    match error {
        PluginError::NotFound { .. } | PluginError::Unsupported { .. } => 2,
        PluginError::Unloadable { .. }
        | PluginError::Failed { .. }
        | PluginError::Denied { .. }
        | PluginError::Trapped { .. } => 4,
        PluginError::Infrastructure { .. } => 3,
        PluginError::Cancelled => 130,
    }
}

/// Each plugin that may not do something, and below it what and why it asks.
fn denials(refusal: &Refusal) -> String {
    let one = |denial: &Denial| {
        let lines: String = denial.lines().iter().map(|line| format!("\n    - {}", text::one_line(line))).collect();
        format!("error: {}{lines}", text::one_line(&denial.heading()))
    };
    refusal.denials.iter().map(one).collect::<Vec<_>>().join("\n")
}

/// Errors of a file that were shown already.
pub fn shown(diagnostics: &Diagnostics) -> Failure {
    let errors = diagnostics.iter().filter(|d| d.severity() == windlass_config::Severity::Error).count();
    Failure::Configuration { file: diagnostics.file().to_owned(), errors }
}

fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

fn verb(number: usize) -> String {
    if number == 1 { "1 value has".into() } else { format!("{number} values have") }
}

#[cfg(test)]
mod tests;
