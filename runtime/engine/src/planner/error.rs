//! What keeps a plan from being made.

use windlass_model::docker::RefusedWord;

use super::refusal::Refusal;
use super::select::UnknownTask;
use crate::ports::plugin::PluginError;

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// A task named on the command line does not exist or cannot run here.
    #[error(transparent)]
    Selection(#[from] UnknownTask),
    /// A plugin could not be loaded or refuses its request.
    #[error("task {task}, step {step} (line {line})")]
    Plugin {
        /// The task.
        task: String,
        /// The step.
        step: String,
        /// Its line in the file.
        line: usize,
        /// The cause.
        #[source]
        source: Box<PluginError>,
    },
    /// Plugins ask for, or bring, what they may not.
    #[error("{0}")]
    Denied(Box<Refusal>),
    /// `--use` cannot take over the docker commands of a task's scripts.
    #[error("task {task}: --use cannot replace its docker commands: {}", list(words))]
    Scripts {
        /// The task.
        task: String,
        /// What of them has no typed form; at least one.
        words: Vec<RefusedWord>,
    },
    /// A step uses a container that the task has not, or a plugin of the wrong kind.
    #[error("task {task}, step {step} (line {line}): {message}")]
    Step {
        /// The task.
        task: String,
        /// The step.
        step: String,
        /// Its line in the file.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// The platform's policy refuses something.
    #[error("task {task}: {message}")]
    Policy {
        /// The task.
        task: String,
        /// What is refused, and which setting of which file decides.
        message: String,
        /// What to do.
        help: Vec<String>,
    },
    /// The image that a task starts from cannot be built.
    #[error("task {task}: {message}")]
    Environment {
        /// The task.
        task: String,
        /// What is wrong, and what to do.
        message: String,
    },
    /// Steps bring containers or volumes that contradict each other.
    #[error("task {task}: {message}")]
    Conflict {
        /// The task.
        task: String,
        /// What contradicts what.
        message: String,
    },
}

fn list(words: &[RefusedWord]) -> String {
    words.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
