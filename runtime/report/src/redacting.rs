//! Masking in every field of every event.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use windlass_model::event::{CacheOutcome, Failure, RunEvent, StepOutcome, StepRef, Stream, StreamId, TaskOutcome};
use windlass_model::result::Annotation;
use windlass_redact::{MaskedStream, Patterns, Redactor};

use crate::streams::{Ended, Streams};
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
        let RunEvent::Output { stream, data } = event else { return Ok(()) };
        let patterns = self.redactor.patterns();
        let (_, masked) = self.streams.entry(stream, MaskedStream::default);
        match masked.push(&patterns, data) {
            None if !holds_secret(&patterns, &stream.task().name) && !holds_secret(&patterns, stream.name()) => {
                self.inner.event(at, event)
            }
            None => self.inner.event(at, &output(&patterns, stream, Arc::clone(data))),
            Some(data) if data.is_empty() => Ok(()),
            Some(data) => self.inner.event(at, &output(&patterns, stream, data.into())),
        }
    }

    /// These streams wrote all they ever will.
    fn streams_ended(&mut self, at: Duration, ended: Ended<'_>) -> Result<(), ReportError> {
        let patterns = self.redactor.patterns();
        for (_, entry) in self.streams.iter_mut().filter(|(_, entry)| ended.has(&entry.id)) {
            let rest = entry.value.finish(&patterns);
            if !rest.is_empty() {
                self.inner.event(at, &output(&patterns, &entry.stream, rest.into()))?;
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
            RunEvent::StepFinished { step, .. } => self.streams_ended(at, Ended::Stream(&StreamId::Step(step.id())))?,
            RunEvent::TaskFinished { task, .. } => self.streams_ended(at, Ended::Task(task.id))?,
            RunEvent::RunFinished { .. } => self.streams_ended(at, Ended::All)?,
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
        self.streams_ended(self.now, Ended::All)?;
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

fn output(patterns: &Patterns, stream: &Stream, data: Arc<[u8]>) -> RunEvent {
    let mut stream = stream.clone();
    stream_texts(&mut stream, &mut |text| mask(patterns, text));
    RunEvent::Output { stream, data }
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
            change(&mut task.name);
            change(target);
            change(pod);
        }
        RunEvent::PodNotice { task, container, level: _, message } => {
            change(&mut task.name);
            container.iter_mut().for_each(&mut *change);
            change(message);
        }
        RunEvent::StepStarted { step } | RunEvent::WorkingCopySent { step, bytes: _ } => step_texts(step, change),
        RunEvent::Output { stream, data: _ } => stream_texts(stream, change),
        RunEvent::PluginLog { step, level: _, message } => {
            step_texts(step, change);
            change(message);
        }
        RunEvent::ImagePushed { step, image } => {
            step_texts(step, change);
            change(&mut image.reference);
        }
        RunEvent::ResultSet { step, name, variable, value } => {
            step_texts(step, change);
            change(name);
            change(variable);
            value.text_mut().into_iter().for_each(change);
        }
        RunEvent::Annotated { step, annotation } => {
            step_texts(step, change);
            let Annotation { path, line: _, end_line: _, column: _, end_column: _, level: _, title, message } = annotation;
            change(path);
            title.iter_mut().for_each(&mut *change);
            change(message);
        }
        RunEvent::ArtifactFile { step, artifact, path, size: _, digest: _ } => {
            step_texts(step, change);
            change(artifact);
            change(path);
        }
        RunEvent::ArtifactCollected { step, artifact, directory, files: _, size: _ } => {
            step_texts(step, change);
            change(artifact);
            change(directory);
        }
        RunEvent::Cache { step, cache, key, outcome } => {
            step_texts(step, change);
            change(cache);
            change(key);
            match outcome {
                CacheOutcome::RestoredOther { from: text, .. }
                | CacheOutcome::Missed { why: text }
                | CacheOutcome::NotStored { why: text } => {
                    change(text);
                }
                CacheOutcome::Restored { .. } | CacheOutcome::Stored { .. } => {}
            }
        }
        RunEvent::BackgroundFailed { step, failure } => {
            step_texts(step, change);
            failure_texts(failure, change);
        }
        RunEvent::StepFinished { step, outcome, duration_ms: _ } => {
            step_texts(step, change);
            match outcome {
                StepOutcome::Passed | StepOutcome::Background | StepOutcome::Skipped => {}
                StepOutcome::Failed(failure) => failure_texts(failure, change),
            }
        }
        RunEvent::TaskFinished { task, outcome, duration_ms: _ } => {
            change(&mut task.name);
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

fn step_texts(step: &mut StepRef, change: &mut impl FnMut(&mut String)) {
    change(&mut step.task.name);
    change(&mut step.name);
}

fn stream_texts(stream: &mut Stream, change: &mut impl FnMut(&mut String)) {
    match stream {
        Stream::Step(step) => step_texts(step, change),
        Stream::Container { task, name } => {
            change(&mut task.name);
            change(name);
        }
    }
}

fn failure_texts(failure: &mut Failure, change: &mut impl FnMut(&mut String)) {
    let Failure { kind: _, message, exit_code: _, help } = failure;
    change(message);
    help.iter_mut().for_each(change);
}
