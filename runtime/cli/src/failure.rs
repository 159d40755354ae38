//! Everything that can end a command before or instead of a run, with its exit code and what to do.

use std::fmt::Write as _;
use std::io;
use std::path::PathBuf;

use windlass_config::{Diagnostic, Diagnostics, Severity};
use windlass_container_engine::ConnectError;
use windlass_engine::planner::{PlanError, PlanErrors};
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

pub use help::{of_plan as help_of_plan, open_value};

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
    /// Files have errors; they have been shown.
    #[error("{}", files.iter().map(|(file, errors)| format!("{file} has {}", count(*errors, "error"))).collect::<Vec<_>>().join(", "))]
    Configuration {
        /// Each file, and how many.
        files: Vec<(String, usize)>,
        /// Whose matter they are.
        exit_code: u8,
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
    Plan(#[from] PlanErrors),
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
    #[error("you did not trust this project, so nothing was done")]
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
    /// Places did not answer; why has been shown for each.
    #[error("it is not known what is there: {}", places.join("; "))]
    Unanswered {
        /// The places.
        places: Vec<String>,
        /// Whose matter it is.
        exit_code: u8,
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
            Self::Configuration { exit_code, .. } | Self::Unanswered { exit_code, .. } => *exit_code,
            Self::Plan(errors) => errors.iter().map(|located| plan_exit_code(&located.error)).min().unwrap_or(2),
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
        causes(self)
    }

    /// The failure as it is shown: the causes on one line, then what to do.
    pub fn render(&self) -> String {
        let help = help::of(self).into_iter().map(|help| format!("\nhelp: {}", help::within(&help)));
        format!("error: {}{}", self.causes(), help.collect::<String>())
    }
}

/// An error with its causes, on one line.
pub fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let _ = write!(text, ": {cause}");
        source = cause.source();
    }
    // Servers, plugins and files have their words in it.
    text::one_line(&text).into_owned()
}

/// Whose matter it is that there is no plan.
pub fn plan_exit_code(error: &PlanError) -> u8 {
    match error {
        PlanError::Selection(_)
        | PlanError::Scripts { .. }
        | PlanError::Step { .. }
        | PlanError::Policy { .. }
        | PlanError::Environment { .. }
        | PlanError::Conflict { .. } => 2,
        PlanError::Denied(_) => 4,
        PlanError::Plugin { source, .. } => plugin_exit_code(source),
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

/// Errors of files that were shown already.
pub fn shown(files: &[Diagnostics], exit_code: u8) -> Failure {
    let is_error = |problem: &&Diagnostic| problem.severity() == Severity::Error;
    let errors = |file: &Diagnostics| (file.file().to_owned(), file.iter().filter(is_error).count());
    let files = files.iter().map(errors).filter(|(_, errors)| *errors > 0).collect();
    Failure::Configuration { files, exit_code }
}

fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

fn verb(number: usize) -> String {
    if number == 1 { "1 value has".into() } else { format!("{number} values have") }
}

#[cfg(test)]
mod tests;
