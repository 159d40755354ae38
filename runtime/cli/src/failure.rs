//! Everything that can end a command before or instead of a run, with its exit code and what to do.

use std::fmt::Write as _;
use std::io;
use std::path::PathBuf;

use windlass_artifact::signature::VerifyError;
use windlass_artifact_store::StoreError;
use windlass_config::Diagnostics;
use windlass_container_engine::ConnectError;
use windlass_engine::planner::PlanErrors;
use windlass_engine::ports::driver::DriverError;
use windlass_engine::ports::plugin::PluginError;
use windlass_kube::{KubeconfigError, MissingKubeconfigs};
use windlass_model::plan::OpenValue;
use windlass_model::text;
use windlass_plugin_host::StartError;
use windlass_plugin_source::SourceError;
use windlass_plugin_store::lock::LockError;

use crate::secrets::{ReadError, SourcesError, ValueError};
use crate::variables::GivenError;

mod exit_code;
mod help;

pub use exit_code::{plan_exit_code, plugin_exit_code};
pub use help::{NO_KUBECONFIG, of_plan as help_of_plan, of_refusal as help_of_refusal, open_value, plugin as help_of_plugin};

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
    /// A file or directory cannot be written.
    #[error("{path} cannot be written")]
    Unwritable {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Artifacts cannot be read or copied.
    #[error(transparent)]
    Artifacts(#[from] StoreError),
    /// Caches cannot be listed or removed.
    #[error(transparent)]
    Caches(#[from] windlass_cache_store::StoreError),
    /// The lock cannot be read or written.
    #[error("{path} cannot be used")]
    Lock {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: LockError,
    },
    /// A plugin, a registry or the store.
    #[error(transparent)]
    Source(Box<SourceError>),
    /// Nobody who is trusted has signed it.
    #[error("{what} is not approved")]
    Unsigned {
        /// What was to be verified.
        what: String,
        /// Why not.
        source: VerifyError,
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
    #[error("{}", still_open(open))]
    Open {
        /// Which, and how to give each.
        open: Vec<OpenValue>,
    },
    /// The project asks for what its user has not trusted.
    #[error("this project {} for what you have not trusted", if *before { "now asks" } else { "asks" })]
    Untrusted {
        /// What, one plain line each.
        asks: Vec<String>,
        /// The options that name what it asks for, when that is a place and nothing else.
        options: Option<String>,
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
    /// `KUBECONFIG` names files that are not there, and no other.
    #[error("{0}")]
    NoKubeconfig(MissingKubeconfigs),
    /// The same, where a task names a cluster.
    #[error("task {task} names a cluster, and {files}")]
    ClusterUnknown {
        /// The first such task.
        task: String,
        /// The files.
        files: MissingKubeconfigs,
    },
    /// No container engine.
    #[error(transparent)]
    Engine(#[from] ConnectError),
    /// This machine cannot run plugins.
    #[error("plugins cannot run on this machine")]
    PluginHost(#[source] StartError),
    /// A plugin.
    #[error(transparent)]
    Plugin(#[from] PluginError),
    /// A plugin of `--use` that cannot be used.
    #[error("--use {substitute}")]
    Substitute {
        /// As it was given.
        substitute: String,
        /// Why.
        #[source]
        source: Box<PluginError>,
    },
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
        let words = cause.to_string();
        // Some errors say theirs in a sentence of their own.
        if !text.ends_with(&words) {
            let _ = write!(text, ": {words}");
        }
        source = cause.source();
    }
    // Servers, plugins and files have their words in it.
    text::one_line(&text).into_owned()
}

/// Errors of files that were shown already.
pub fn shown(files: &[Diagnostics], exit_code: u8) -> Failure {
    Failure::Configuration { files: files.iter().flat_map(Diagnostics::errors).collect(), exit_code }
}

fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// What is wrong, where somebody has spoken of a value and it cannot be had; else how many values are missing.
fn still_open(open: &[OpenValue]) -> String {
    let mut problems: Vec<String> = Vec::new();
    for problem in open.iter().filter_map(OpenValue::problem) {
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }
    if !problems.is_empty() {
        return problems.join("; ");
    }
    let values = if open.len() == 1 { "1 value has".into() } else { format!("{} values have", open.len()) };
    format!("{values} to be given before this can run")
}

#[cfg(test)]
mod tests;
