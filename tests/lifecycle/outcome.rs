//! What a run came to.

use tempfile::TempDir;
use windlass_engine::run::RunOutcome;
use windlass_model::event::{Failure, RunEvent, StepOutcome, TaskOutcome};
use windlass_redact::Redactor;

/// What a run came to.
pub struct Run {
    pub outcome: RunOutcome,
    pub events: Vec<RunEvent>,
    pub standing: Vec<String>,
    /// What the run came to know of secrets.
    pub redactor: Redactor,
    /// What the run has collected.
    pub artifacts: TempDir,
}

impl Run {
    pub fn output(&self) -> String {
        let piece = |e: &RunEvent| match e {
            RunEvent::Output { data, .. } => Some(data.to_vec()),
            _ => None,
        };
        String::from_utf8_lossy(&self.events.iter().filter_map(piece).collect::<Vec<_>>().concat()).into_owned()
    }

    pub fn steps(&self) -> Vec<(String, StepOutcome)> {
        let ended = |e: &RunEvent| match e {
            RunEvent::StepFinished { step, outcome, .. } => Some((step.name.clone(), outcome.clone())),
            _ => None,
        };
        self.events.iter().filter_map(ended).collect()
    }

    pub fn failure(&self) -> String {
        self.task_failure().map(|failure| failure.message).unwrap_or_default()
    }

    /// Why a task failed, with what to do.
    pub fn task_failure(&self) -> Option<Failure> {
        self.events.iter().find_map(|event| match event {
            RunEvent::TaskFinished { outcome: TaskOutcome::Failed(failure), .. } => Some(failure.clone()),
            _ => None,
        })
    }
}
