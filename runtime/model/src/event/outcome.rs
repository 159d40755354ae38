//! How steps and tasks end, and why.

use serde::{Deserialize, Serialize};

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "result")]
pub enum StepOutcome {
    /// Its terminal record says exit code 0 and all of its output arrived.
    Passed,
    /// It runs in the background until the task ends.
    Background,
    /// It did not run: its condition did not hold.
    Skipped,
    /// It failed.
    Failed(Failure),
}

/// How a task ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "result")]
pub enum TaskOutcome {
    /// Every step that counts passed.
    Passed,
    /// It failed.
    Failed(Failure),
    /// It failed, and `allow_failures` forgives it.
    FailureAllowed(Failure),
    /// A task it depends on did not pass.
    NotStarted {
        /// That task.
        because: String,
    },
    /// The user interrupted the run.
    Cancelled,
    /// It was never to run here.
    NotRun {
        /// Why.
        reason: String,
    },
}

/// A failure, in words for a person and in kinds for a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Whose fault it is, which decides the exit code.
    pub kind: FailureKind,
    /// The cause in one sentence.
    pub message: String,
    /// The command's exit code, when one was the cause.
    pub exit_code: Option<i32>,
    /// What to do, when windlass knows.
    pub help: Option<String>,
}

impl Failure {
    /// What the user's interruption is to the step that ran then.
    pub fn interrupted() -> Self {
        Self { kind: FailureKind::Task, message: "interrupted".to_owned(), exit_code: None, help: None }
    }

    /// Whether it is that.
    pub fn is_interruption(&self) -> bool {
        *self == Self::interrupted()
    }
}

/// Whose fault a failure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The task's own: a command exited non-zero, a sidecar never listened, memory ran out, time was up.
    Task,
    /// The cluster's or the engine's: not reached, forbidden, the node was lost.
    Cluster,
    /// A plugin's: it trapped, asked for what it was not granted, or returned what makes no sense.
    Plugin,
    /// windlass' own.
    Bug,
}
