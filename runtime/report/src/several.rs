//! More than one reporter for a run.

use std::time::Duration;

use windlass_model::event::RunEvent;

use crate::{ReportError, Reporter};

/// Gives every event to each of its reporters, in order: a log file beside a terminal, for example.
#[derive(Default)]
pub struct Several(Vec<Box<dyn Reporter + Send>>);

impl Several {
    /// These reporters.
    pub fn new(reporters: Vec<Box<dyn Reporter + Send>>) -> Self {
        Self(reporters)
    }

    /// All of them get their turn, also after one failed; the first error counts.
    fn each(&mut self, mut turn: impl FnMut(&mut dyn Reporter) -> Result<(), ReportError>) -> Result<(), ReportError> {
        let mut outcome = Ok(());
        for reporter in &mut self.0 {
            outcome = outcome.and(turn(reporter.as_mut()));
        }
        outcome
    }
}

impl Reporter for Several {
    fn event(&mut self, at: Duration, event: &RunEvent) -> Result<(), ReportError> {
        self.each(|reporter| reporter.event(at, event))
    }

    fn idle(&mut self, at: Duration) -> Result<(), ReportError> {
        self.each(|reporter| reporter.idle(at))
    }

    fn finish(&mut self) -> Result<(), ReportError> {
        self.each(|reporter| reporter.finish())
    }
}
