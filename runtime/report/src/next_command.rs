//! The command that a person types after a failure.

use std::borrow::Cow;

use windlass_model::event::{Failure, FailureKind};

/// A task that failed.
#[derive(Debug, Clone, Copy)]
pub struct FailedTask<'a> {
    /// Its name.
    pub task: &'a str,
    /// The first of its steps that failed, when it was a step.
    pub step: Option<&'a str>,
    /// How the task failed.
    pub failure: &'a Failure,
}

/// Finds the next command for a failed task. The command line knows its own options best, so it may bring its own;
/// [`usual_next_command`] is the one to start from.
pub type NextCommand = Box<dyn Fn(FailedTask<'_>) -> Option<String> + Send>;

/// The next command when nothing more is known: look at the cluster, at the grants, or run the task again.
pub fn usual_next_command(failed: FailedTask<'_>) -> Option<String> {
    // A name with a NUL byte cannot be typed at all.
    let task = shlex::try_quote(failed.task).unwrap_or(Cow::Borrowed("TASK"));
    Some(match failed.failure.kind {
        FailureKind::Task | FailureKind::Bug => format!("windlass run {task}"),
        FailureKind::Cluster => "windlass doctor".to_owned(),
        FailureKind::Plugin => format!("windlass plan {task}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_name_is_quoted_for_the_shell() {
        let failure = Failure { kind: FailureKind::Task, message: "exit code 1".to_owned(), exit_code: Some(1), help: None };
        let next = usual_next_command(FailedTask { task: "test GO:1.25 $(x)", step: None, failure: &failure });
        assert_eq!(next.as_deref(), Some("windlass run 'test GO:1.25 $(x)'"));
    }
}
