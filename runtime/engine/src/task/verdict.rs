//! What is known so far about how a task ends.

use windlass_model::event::{Failure, FailureKind};
use windlass_model::task::When;

use super::{Event, START_TIMEOUT, in_words};

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
            Self::Cancelled => false,
        }
    }

    /// The verdict after one more failure.
    pub(super) fn with_failure(self, failure: Failure) -> Self {
        self.or_if_passed(Self::Failed(failure))
    }

    /// This verdict, or the other one when nothing has failed yet. A cancellation outranks everything.
    pub(super) fn or_if_passed(self, other: Self) -> Self {
        match (self, other) {
            (Self::Passed, other) | (_, other @ Self::Cancelled) => other,
            (verdict, _) => verdict,
        }
    }

    /// The failure to report for a step that ends because of this verdict.
    pub(super) fn failure(&self) -> Failure {
        match self {
            Self::Failed(failure) | Self::TimedOut(failure) => failure.clone(),
            Self::Passed | Self::Cancelled => {
                Failure { kind: FailureKind::Task, message: "interrupted".into(), exit_code: None, help: None }
            }
        }
    }
}

/// What an event means for a task whose main container does not run yet; `None` if nothing.
pub(super) fn while_starting(event: Event) -> Option<Verdict> {
    match event {
        Event::Created(Err(failure)) | Event::Lost(failure) | Event::SidecarsReady(Err(failure)) => {
            Some(Verdict::Failed(failure))
        }
        Event::TimeUp => Some(Verdict::Failed(Failure {
            kind: FailureKind::Cluster,
            message: format!("the pod did not start within {}", in_words(START_TIMEOUT)),
            exit_code: None,
            help: Some("look at its events above: a node with room, the image, the volumes".into()),
        })),
        Event::Cancel => Some(Verdict::Cancelled),
        Event::Created(Ok(())) | Event::MainReady | Event::SidecarsReady(Ok(())) | Event::StepEnded(_) | Event::Deleted(_) => {
            None
        }
    }
}
