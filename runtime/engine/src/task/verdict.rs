//! What is known so far about how a task ends.

use std::time::Duration;

use windlass_model::event::{Failure, FailureKind};
use windlass_model::task::When;

use super::{Event, in_words};
use crate::times;

/// How a task ends, as far as is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing has failed.
    Passed,
    /// Something failed; the first failure counts.
    Failed(Failure),
    /// Its time was up.
    TimedOut(Failure),
    /// The user ended it.
    Cancelled,
}

impl Verdict {
    /// Whether a step of this condition runs now.
    pub fn permits(&self, when: When) -> bool {
        match self {
            Self::Passed => matches!(when, When::OnSuccess | When::Always),
            Self::Failed(_) => matches!(when, When::OnFailure | When::Always),
            Self::TimedOut(_) => matches!(when, When::OnTimeout | When::Always),
            Self::Cancelled => when == When::Always,
        }
    }

    /// The verdict after one more failure.
    pub(super) fn with_failure(self, failure: Failure) -> Self {
        self.or_if_passed(Self::Failed(failure))
    }

    /// This verdict, or the other one when nothing has failed yet: what happened first is the cause.
    pub(super) fn or_if_passed(self, other: Self) -> Self {
        match self {
            Self::Passed => other,
            verdict => verdict,
        }
    }

    /// The verdict once the task's time was up as well.
    pub(super) fn timed_out(self, failure: Failure) -> Self {
        match self {
            Self::Failed(first) => {
                let message = format!("{}; then {}", first.message, failure.message);
                Self::TimedOut(Failure { message, ..first })
            }
            _ => Self::TimedOut(failure),
        }
    }
}

fn of_task(message: String) -> Failure {
    Failure { kind: FailureKind::Task, message, exit_code: None, help: None }
}

/// Why a step ended that ran after a time-out or an interruption, and did not come to an end.
pub(super) fn last_steps_took_too_long() -> Failure {
    of_task(format!("steps after a time-out or an interruption have {}, and that time is over", in_words(times::LAST_STEPS)))
}

/// What an event means for a task whose main container does not run yet; `None` if nothing.
pub(super) fn while_starting(event: Event, limit: Duration) -> Option<Verdict> {
    match event {
        Event::Created(Err(failure)) | Event::Lost(failure) | Event::SidecarsReady(Err(failure)) => {
            Some(Verdict::Failed(failure))
        }
        Event::TimeUp => Some(Verdict::Failed(Failure {
            kind: FailureKind::Cluster,
            message: format!("the pod did not start within {}", in_words(limit)),
            exit_code: None,
            help: Some("look at its events above: a node with room, the image, the volumes".into()),
        })),
        Event::Cancel | Event::Kill => Some(Verdict::Cancelled),
        Event::Created(Ok(())) | Event::MainReady | Event::SidecarsReady(Ok(())) | Event::StepEnded(_) | Event::Deleted(_) => {
            None
        }
    }
}
