//! How a run ends, and the exit code that says so.

use windlass_model::event::{FailureKind, TaskOutcome};

/// The exit codes of `windlass run`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitCode {
    /// Everything that ran passed.
    Passed,
    /// A task failed by its own doing.
    TaskFailed,
    /// Usage or configuration; also when nothing ran at all.
    Usage,
    /// The cluster or the engine failed.
    Cluster,
    /// A plugin failed.
    Plugin,
    /// Something is left behind.
    CleanUpIncomplete,
    /// A bug in windlass.
    Bug,
    /// Interrupted, and cleaned up.
    Interrupted,
}

impl ExitCode {
    /// The number that the process exits with.
    pub fn code(self) -> u8 {
        match self {
            Self::Passed => 0,
            Self::TaskFailed => 1,
            Self::Usage => 2,
            Self::Cluster => 3,
            Self::Plugin => 4,
            Self::CleanUpIncomplete => 5,
            Self::Bug => 70,
            Self::Interrupted => 130,
        }
    }
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunOutcome {
    /// The exit code.
    pub exit_code: ExitCode,
    /// What could not be deleted, each with its cause and command.
    pub leftovers: Vec<String>,
    /// How many tasks passed.
    pub passed: usize,
    /// How many failed, allowed failures not counted.
    pub failed: usize,
}

/// Collects the outcomes of tasks.
#[derive(Debug, Default)]
pub(super) struct RunResult {
    passed: usize,
    allowed: usize,
    failures: Vec<FailureKind>,
    dropped: usize,
    cancelled: bool,
    bug: bool,
    leftovers: Vec<String>,
}

impl RunResult {
    pub(super) fn add(&mut self, outcome: &TaskOutcome, leftover: Option<String>) {
        match outcome {
            TaskOutcome::Passed => self.passed += 1,
            TaskOutcome::Failed(failure) => self.failures.push(failure.kind),
            TaskOutcome::FailureAllowed(_) => self.allowed += 1,
            TaskOutcome::NotStarted { .. } => self.dropped += 1,
            TaskOutcome::Cancelled => self.cancelled = true,
            TaskOutcome::NotRun { .. } => {}
        }
        self.leftovers.extend(leftover);
    }

    pub(super) fn bug(&mut self, message: String) {
        tracing::error!(message, "a task ended without an outcome");
        self.bug = true;
    }

    pub(super) fn into_outcome(self) -> RunOutcome {
        let failed = |kind| self.failures.contains(&kind);
        let exit_code = if self.bug || failed(FailureKind::Bug) {
            ExitCode::Bug
        } else if self.cancelled && self.leftovers.is_empty() {
            ExitCode::Interrupted
        } else if failed(FailureKind::Task) {
            ExitCode::TaskFailed
        } else if failed(FailureKind::Plugin) {
            ExitCode::Plugin
        } else if failed(FailureKind::Cluster) {
            ExitCode::Cluster
        } else if !self.leftovers.is_empty() {
            ExitCode::CleanUpIncomplete
        } else if self.passed + self.allowed == 0 {
            ExitCode::Usage
        } else {
            ExitCode::Passed
        };
        RunOutcome { exit_code, leftovers: self.leftovers, passed: self.passed, failed: self.failures.len() }
    }
}

#[cfg(test)]
mod tests {
    use windlass_model::event::Failure;

    use super::*;

    fn failed(kind: FailureKind) -> TaskOutcome {
        TaskOutcome::Failed(Failure { kind, message: String::new(), exit_code: None, help: None })
    }

    fn exit_code(outcomes: &[TaskOutcome], leftover: bool) -> u8 {
        let mut result = RunResult::default();
        for outcome in outcomes {
            result.add(outcome, None);
        }
        if leftover {
            result.leftovers.push("pod".into());
        }
        result.into_outcome().exit_code.code()
    }

    #[test]
    fn exit_codes_say_whose_fault_it_was_and_nothing_run_is_not_green() {
        assert_eq!(exit_code(&[TaskOutcome::Passed], false), 0);
        assert_eq!(exit_code(&[], false), 2);
        assert_eq!(exit_code(&[TaskOutcome::NotRun { reason: String::new() }], false), 2);
        assert_eq!(exit_code(&[TaskOutcome::Passed, failed(FailureKind::Cluster)], false), 3);
        assert_eq!(exit_code(&[failed(FailureKind::Plugin), failed(FailureKind::Cluster)], false), 4);
        assert_eq!(exit_code(&[failed(FailureKind::Task), failed(FailureKind::Plugin)], true), 1);
        assert_eq!(exit_code(&[TaskOutcome::Passed], true), 5);
        assert_eq!(exit_code(&[TaskOutcome::Cancelled, failed(FailureKind::Task)], false), 130);
        assert_eq!(exit_code(&[TaskOutcome::Cancelled], true), 5);
        assert_eq!(exit_code(&[TaskOutcome::Cancelled, failed(FailureKind::Task), failed(FailureKind::Bug)], true), 70);
    }
}
