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
        FailureKind::Cluster => match fitting_builder(failed.failure) {
            Some(option) => format!("windlass run {task} {option}"),
            None => "windlass doctor".to_owned(),
        },
        FailureKind::Plugin => format!("windlass plan {task}"),
    })
}

/// The option that chooses a builder which would not have been refused, where the failure names one: `doctor` would only refuse again.
pub fn fitting_builder(failure: &Failure) -> Option<&str> {
    let help = failure.help.as_deref()?;
    let option = help.get(help.find("--use build=")?..)?;
    let end = option.char_indices().skip("--use ".len()).find(|(_, c)| !(c.is_ascii_alphanumeric() || matches!(c, '=' | '-')));
    option.get(..end.map_or(option.len(), |(at, _)| at))
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

    #[test]
    fn a_refused_pod_is_tried_with_a_builder_that_fits() {
        let help = "namespace ci has the label x=baseline: build with a plugin that it lets in (--use build=kaniko or --use build=makisu), or …";
        let failure = |help: &str| Failure { help: Some(help.to_owned()), ..failure_of(FailureKind::Cluster) };
        let next = |failure: &Failure| usual_next_command(FailedTask { task: "t", step: None, failure });
        assert_eq!(next(&failure(help)).as_deref(), Some("windlass run t --use build=kaniko"));
        assert_eq!(next(&failure("--use build=oci-x")).as_deref(), Some("windlass run t --use build=oci-x"));
        assert_eq!(next(&failure("ask for more")).as_deref(), Some("windlass doctor"));
    }

    fn failure_of(kind: FailureKind) -> Failure {
        Failure { kind, message: "m".to_owned(), exit_code: None, help: None }
    }
}
