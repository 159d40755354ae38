//! What is wrong with what a plan is made from: everything at once, each with its line.

use windlass_model::docker::RefusedWord;
use windlass_model::lines::Lines;

use super::{Refusal, UnknownTask};
use crate::ports::plugin::PluginError;
use crate::words::in_one_line;

/// Why there is no plan: one reason at least.
#[derive(Debug)]
pub struct PlanErrors(Vec<Located>);

/// A reason, and where in the task file it lies.
#[derive(Debug)]
pub struct Located {
    /// The one-based line of the step's key, or of the task's; `None` where it is about no task.
    pub line: Option<usize>,
    /// What is wrong.
    pub error: PlanError,
}

impl PlanErrors {
    /// Errors of a task, whose key is in this line.
    pub(super) fn of_task(errors: Self, line: usize) -> impl Iterator<Item = Located> {
        errors.0.into_iter().map(move |located| Located { line: located.line.or(Some(line)), ..located })
    }

    /// All of them; `Ok` without any.
    pub(super) fn all(errors: Vec<Located>) -> Result<(), Self> {
        if errors.is_empty() { Ok(()) } else { Err(Self(errors)) }
    }

    /// Each reason, in the order of the tasks and their steps.
    pub fn iter(&self) -> impl Iterator<Item = &Located> {
        self.0.iter()
    }
}

impl From<PlanError> for PlanErrors {
    fn from(error: PlanError) -> Self {
        vec![error].into()
    }
}

impl From<Vec<PlanError>> for PlanErrors {
    fn from(errors: Vec<PlanError>) -> Self {
        Self(errors.into_iter().map(Located::from).collect())
    }
}

impl From<Box<Refusal>> for PlanError {
    fn from(refusal: Box<Refusal>) -> Self {
        Self::Denied(refusal)
    }
}

impl From<Box<Refusal>> for PlanErrors {
    fn from(refusal: Box<Refusal>) -> Self {
        PlanError::from(refusal).into()
    }
}

impl From<Box<Refusal>> for Located {
    fn from(refusal: Box<Refusal>) -> Self {
        PlanError::from(refusal).into()
    }
}

impl From<PlanError> for Located {
    fn from(error: PlanError) -> Self {
        Self { line: error.line(), error }
    }
}

impl PlanErrors {
    /// All of them in one line, each with the line of the file that it is about.
    pub fn in_words(&self, lines: &Lines) -> String {
        let line = |located: &Located| match (&located.error, located.line) {
            // It names each step with its line.
            (PlanError::Denied(_), _) | (_, None) => String::new(),
            (_, Some(line)) => format!("{}: ", lines.words(line)),
        };
        let all: Vec<String> = self.0.iter().map(|located| format!("{}{}", line(located), in_one_line(&located.error))).collect();
        all.join("; ")
    }
}

impl std::fmt::Display for PlanErrors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.in_words(&Lines::default()))
    }
}

impl std::error::Error for PlanErrors {}

/// Something that is wrong with what a plan is made from.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// A task named on the command line does not exist or cannot run here.
    #[error(transparent)]
    Selection(#[from] UnknownTask),
    /// A plugin could not be loaded or refuses its request.
    #[error("task {task}, step {step}")]
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
    #[error("task {task}, step {step}: {message}")]
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
        /// The line of the step that it is about; nothing where it is about the task.
        line: Option<usize>,
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

impl PlanError {
    /// The line of the step that it is about, or of the first of them.
    fn line(&self) -> Option<usize> {
        match self {
            Self::Plugin { line, .. } | Self::Step { line, .. } => Some(*line),
            Self::Denied(refusal) => refusal.denials.first().map(|denial| denial.line),
            Self::Policy { line, .. } => *line,
            Self::Selection(_) | Self::Scripts { .. } | Self::Environment { .. } | Self::Conflict { .. } => None,
        }
    }
}

fn list(words: &[RefusedWord]) -> String {
    words.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
