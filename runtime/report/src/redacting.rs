//! Masking in every field of every event.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use windlass_model::event::{Failure, RunEvent, StepOutcome, TaskOutcome};
use windlass_redact::{MaskedStream, Patterns, Redactor};

use crate::streams::Streams;
use crate::{ReportError, Reporter};

/// A reporter that sees events without secrets.
pub struct Redacting<R> {
    redactor: Redactor,
    inner: R,
    streams: Streams<MaskedStream>,
    now: Duration,
}

impl<R: Reporter> Redacting<R> {
    /// Puts `redactor` before `inner`.
    pub fn new(redactor: Redactor, inner: R) -> Self {
        Self { redactor, inner, streams: Streams::default(), now: Duration::ZERO }
    }

    fn output(&mut self, at: Duration, event: &RunEvent) -> Result<(), ReportError> {
        let RunEvent::Output { task, step, data } = event else { return Ok(()) };
        let patterns = self.redactor.patterns();
        let (_, stream) = self.streams.entry(task, step, MaskedStream::default);
        match stream.push(&patterns, data) {
            None if !holds_secret(&patterns, task) && !holds_secret(&patterns, step) => self.inner.event(at, event),
            None => self.inner.event(at, &output(&patterns, task, step, Arc::clone(data))),
            Some(data) if data.is_empty() => Ok(()),
            Some(data) => self.inner.event(at, &output(&patterns, task, step, data.into())),
        }
    }

    /// The streams of a task (of every task), or one step of it, wrote all they ever will.
    fn streams_ended(&mut self, at: Duration, of_task: Option<&str>, of_step: Option<&str>) -> Result<(), ReportError> {
        let patterns = self.redactor.patterns();
        for (_, task, step, stream) in self.streams.iter_mut() {
            if of_task.is_none_or(|of| of == task) && of_step.is_none_or(|of| of == step) {
                let rest = stream.finish(&patterns);
                if !rest.is_empty() {
                    self.inner.event(at, &output(&patterns, task, step, rest.into()))?;
                }
            }
        }
        Ok(())
    }
}

impl<R: Reporter> Reporter for Redacting<R> {
    fn event(&mut self, at: Duration, event: &RunEvent) -> Result<(), ReportError> {
        self.now = at;
        match event {
            RunEvent::Output { .. } => return self.output(at, event),
            // A step in the background writes on.
            RunEvent::StepFinished { outcome: StepOutcome::Background, .. } => {}
            RunEvent::StepFinished { task, step, .. } => self.streams_ended(at, Some(task), Some(step))?,
            RunEvent::TaskFinished { task, .. } => self.streams_ended(at, Some(task), None)?,
            RunEvent::RunFinished { .. } => self.streams_ended(at, None, None)?,
            _ => {}
        }
        let patterns = self.redactor.patterns();
        let mut masked = event.clone();
        for_each_text(&mut masked, &mut |text| mask(&patterns, text));
        self.inner.event(at, &masked)
    }

    fn idle(&mut self, at: Duration) -> Result<(), ReportError> {
        self.now = at;
        self.inner.idle(at)
    }

    fn finish(&mut self) -> Result<(), ReportError> {
        self.streams_ended(self.now, None, None)?;
        self.inner.finish()
    }
}

fn holds_secret(patterns: &Patterns, text: &str) -> bool {
    !patterns.find(text.as_bytes()).is_empty()
}

fn mask(patterns: &Patterns, text: &mut String) {
    if let Cow::Owned(masked) = patterns.text(text) {
        *text = masked;
    }
}

fn output(patterns: &Patterns, task: &str, step: &str, data: Arc<[u8]>) -> RunEvent {
    let masked = |name: &str| {
        let mut name = name.to_owned();
        mask(patterns, &mut name);
        name
    };
    RunEvent::Output { task: masked(task), step: masked(step), data }
}

/// Every text of an event but output. A run's identity and digests cannot hold a secret.
fn for_each_text(event: &mut RunEvent, change: &mut impl FnMut(&mut String)) {
    match event {
        RunEvent::RunStarted { run: _, time, windlass, tasks } => {
            change(time);
            change(windlass);
            for task in tasks {
                change(&mut task.name);
                task.steps.iter_mut().for_each(&mut *change);
            }
        }
        RunEvent::TaskStarted { task, target, pod } => {
            change(task);
            change(target);
            change(pod);
        }
        RunEvent::PodNotice { task, container, level: _, message } => {
            change(task);
            container.iter_mut().for_each(&mut *change);
            change(message);
        }
        RunEvent::StepStarted { task, step } | RunEvent::Output { task, step, data: _ } => {
            change(task);
            change(step);
        }
        RunEvent::PluginLog { task, step, level: _, message } => {
            change(task);
            change(step);
            change(message);
        }
        RunEvent::ImagePushed { task, step, image } => {
            change(task);
            change(step);
            change(&mut image.reference);
        }
        RunEvent::StepFinished { task, step, outcome, duration_ms: _ } => {
            change(task);
            change(step);
            match outcome {
                StepOutcome::Passed | StepOutcome::Background | StepOutcome::Skipped => {}
                StepOutcome::Failed(failure) => failure_texts(failure, change),
            }
        }
        RunEvent::TaskFinished { task, outcome, duration_ms: _ } => {
            change(task);
            match outcome {
                TaskOutcome::Passed | TaskOutcome::Cancelled => {}
                TaskOutcome::Failed(failure) | TaskOutcome::FailureAllowed(failure) => failure_texts(failure, change),
                TaskOutcome::NotStarted { because } => change(because),
                TaskOutcome::NotRun { reason } => change(reason),
            }
        }
        RunEvent::RunFinished { run: _, exit_code: _, leftovers, duration_ms: _ } => {
            leftovers.iter_mut().for_each(change);
        }
        RunEvent::Note { level: _, message } => change(message),
    }
}

fn failure_texts(failure: &mut Failure, change: &mut impl FnMut(&mut String)) {
    let Failure { kind: _, message, exit_code: _, help } = failure;
    change(message);
    help.iter_mut().for_each(change);
}
