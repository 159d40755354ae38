//! Containers that ended, and when that was: a step is failed by what happened while it ran.

use std::time::{Duration, Instant};

use crate::ports::driver::ContainerEnd;

/// How long the news of a container's end may lag behind it: kubelet looks at containers once a second.
pub(super) const NEWS_LAG: Duration = Duration::from_secs(4);

/// How exact drivers tell the time of an end.
const PRECISION: Duration = Duration::from_secs(1);

/// A container that ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ended {
    pub(super) container: String,
    pub(super) end: ContainerEnd,
    /// When it was heard of.
    pub(super) heard: Instant,
}

/// The time in which a step ran, until it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) began: Instant,
    pub(super) failed: Instant,
}

/// When a container ended, as seen from a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    /// Before the step began.
    Before,
    /// While it ran.
    During,
    /// Close to its beginning or its failure: what came first cannot be told.
    Unclear,
}

impl Ended {
    /// Whether it says that something went wrong.
    pub(super) fn is_bad(&self) -> bool {
        self.end != ContainerEnd::Exited(0)
    }

    /// When it ended, as seen from a step. `at` is the time by the pod's own clock, where that is known.
    pub(super) fn when(&self, step: Span, at: Option<Instant>) -> When {
        let (mut earliest, mut latest) = (back(self.heard, NEWS_LAG), self.heard);
        if let Some(at) = at {
            (earliest, latest) = (earliest.max(back(at, PRECISION)), latest.min(at + PRECISION).max(back(at, PRECISION)));
        }
        if latest <= step.began {
            When::Before
        } else if earliest >= step.began && earliest <= step.failed {
            When::During
        } else {
            When::Unclear
        }
    }
}

/// A time before another; that itself on a machine that was not up by then.
fn back(instant: Instant, by: Duration) -> Instant {
    instant.checked_sub(by).unwrap_or(instant)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Proves that what a step is blamed on was certainly not there before: with the time of the news alone, the end of a sidecar in one step
    /// was taken for the cause of the next one's failure.
    #[test]
    fn an_end_belongs_to_a_step_only_when_it_certainly_was_in_it() {
        let start = Instant::now() + Duration::from_secs(60);
        let second = |s: f64| start + Duration::from_secs_f64(s);
        let step = Span { began: second(10.0), failed: second(20.0) };
        let when = |heard: f64, at: Option<f64>| {
            let ended = Ended { container: "daemon".into(), end: ContainerEnd::Exited(1), heard: second(heard) };
            ended.when(step, at.map(second))
        };
        assert_eq!(when(9.0, None), When::Before);
        assert_eq!(when(12.0, None), When::Unclear, "the news of 9.5 may have come so late");
        assert_eq!(when(15.0, None), When::During);
        assert_eq!(when(12.0, Some(8.5)), When::Before, "the pod's clock knows better than the news");
        assert_eq!(when(12.0, Some(9.5)), When::Unclear, "it is exact to a second only");
        assert_eq!(when(12.0, Some(11.5)), When::During);
        assert_eq!(when(22.0, Some(19.5)), When::During, "the news came after the failure");
        assert_eq!(when(25.0, Some(23.0)), When::Unclear, "what comes after a failure is not its cause");
    }
}
