//! What a running task does, in as many rows as there are.

use std::time::Duration;

use windlass_model::event::{Failure, StepOutcome, Stream, StreamId};
use windlass_model::task::StepId;
use windlass_model::text::size;

use super::row::Row;
use crate::elapsed::{Clock, Elapsed};
use crate::palette::Tone;
use crate::state::{RunState, Step, StepPhase, Task};
use crate::text::{brief, one_line};

/// How much of a task is shown.
#[derive(Debug, Clone, Copy)]
pub(super) enum Detail {
    /// All: each step and sidecar that has something to say, with so many last lines, and the steps to come.
    Full {
        /// Last lines of each.
        tail: usize,
    },
    /// A row for what it does now, and so many last lines.
    Short {
        /// Last lines.
        tail: usize,
    },
    /// One row, with the last line in it.
    Line,
}

impl Detail {
    /// Whether there is no less to show than this without losing what a task does or wrote last.
    pub(super) fn is_least(self) -> bool {
        matches!(self, Self::Short { tail: 1 } | Self::Line)
    }
}

/// Adds the rows of a task that runs `since` then, with the latest news of its pod.
pub(super) fn rows(
    rows: &mut Vec<Row>,
    state: &RunState,
    task: &Task,
    (since, notice): (Duration, Option<&str>),
    at: Duration,
    detail: Detail,
) {
    let name = Row::of(Tone::Strong, one_line(&task.name).into_owned());
    let pod = task.pod.as_deref().map(one_line).unwrap_or_default();
    match detail {
        Detail::Full { tail } => {
            let row = name.and(None, format!("  {}", Clock(at.saturating_sub(since))));
            rows.push(row.and(Some(Tone::Faint), format!("  pod {pod}")));
            full(rows, state, task, notice, at, tail);
        }
        Detail::Short { tail } => {
            let doing = Doing::of(task, notice, at);
            rows.push(name.and(Some(doing.tone), format!("  {}", doing.words)).and(Some(Tone::Faint), format!("  {pod}")));
            rows.extend(doing.lines(state, tail).into_iter().map(|line| said("  ", &line)));
        }
        Detail::Line => {
            let doing = Doing::of(task, notice, at);
            let row = name.and(Some(doing.tone), format!("  {}", doing.words));
            let last = doing.lines(state, 1).pop().map(|line| format!(" | {line}"));
            rows.push(row.and(Some(Tone::Faint), last.unwrap_or_default()));
        }
    }
}

fn said(indent: &str, line: &str) -> Row {
    Row::of(Tone::Faint, format!("{indent}| {line}"))
}

/// What a task does now, in a few words.
struct Doing<'a> {
    tone: Tone,
    words: String,
    /// Whose last lines belong to it.
    step: Option<StepId>,
    /// What else there is to say, where no step has last lines.
    notice: Option<&'a str>,
}

impl<'a> Doing<'a> {
    fn of(task: &Task, notice: Option<&'a str>, at: Duration) -> Self {
        let failed = task.steps.iter().rev().find_map(|step| Some((step, step.failure()?)));
        if let Some((step, since)) = running(task).next() {
            let ended = |failure: &Failure| if failure.is_interruption() { "cancelled" } else { "failed" };
            let after =
                failed.map(|(step, failure)| format!("  ({} {})", one_line(&step.name), ended(failure))).unwrap_or_default();
            let words = format!("{}{after}", step_words(step, since, at));
            return Self { tone: Tone::Notice, words, step: Some(step.id), notice: None };
        }
        if let Some((step, _)) = failed.filter(|(_, failure)| failure.is_interruption()) {
            let words = format!("{}  cancelled", one_line(&step.name));
            return Self { tone: Tone::Notice, words, step: Some(step.id), notice: None };
        }
        if let Some((step, failure)) = failed {
            let words = format!("{}  failed: {}", one_line(&step.name), brief(&failure.message));
            return Self { tone: Tone::Bad, words, step: Some(step.id), notice: None };
        }
        Self { tone: Tone::Faint, words: between(task).to_owned(), step: None, notice }
    }

    fn lines(&self, state: &RunState, count: usize) -> Vec<String> {
        match self.step {
            Some(step) => state.last_lines(&StreamId::Step(step), count),
            None => self.notice.map(|notice| brief(notice).into_owned()).into_iter().collect(),
        }
    }
}

/// What happens while no step runs.
fn between(task: &Task) -> &'static str {
    let waits = |step: &Step| matches!(step.phase, StepPhase::Waiting);
    if task.steps.iter().all(waits) {
        "preparing the pod"
    } else if task.steps.iter().any(waits) {
        "starting the next step"
    } else {
        "cleaning up"
    }
}

fn running(task: &Task) -> impl Iterator<Item = (&Step, Duration)> {
    task.steps.iter().filter_map(|step| match step.phase {
        StepPhase::Running { since } => Some((step, since)),
        StepPhase::Waiting | StepPhase::Ended { .. } => None,
    })
}

fn step_words(step: &Step, since: Duration, at: Duration) -> String {
    let sent = step.sent.map(|bytes| format!("  {} sent", size(bytes))).unwrap_or_default();
    format!("{}  {}{sent}", one_line(&step.name), Clock(at.saturating_sub(since)))
}

fn full(rows: &mut Vec<Row>, state: &RunState, task: &Task, notice: Option<&str>, at: Duration, tail: usize) {
    for step in &task.steps {
        let Some((tone, words)) = full_step(step, at) else { continue };
        rows.push(Row::of(tone, format!("  {words}")));
        if step.failure().is_some() || matches!(step.phase, StepPhase::Running { .. }) {
            let last = state.last_lines(&StreamId::Step(step.id), tail);
            rows.extend(last.iter().map(|line| said("    ", line)));
        }
    }
    for stream in state.beside_steps(task) {
        match stream {
            Stream::Container { name, .. } => rows.push(Row::of(Tone::Faint, format!("  {}  (sidecar)", one_line(name)))),
            Stream::Step(_) => continue,
        }
        rows.extend(state.last_lines(&stream.id(), tail).iter().map(|line| said("    ", line)));
    }
    match notice {
        Some(notice) => rows.push(Row::of(Tone::Faint, format!("  {}", brief(notice)))),
        None if running(task).next().is_none() => rows.push(Row::of(Tone::Faint, format!("  {}", between(task)))),
        None => {}
    }
    let waiting = task.steps.iter().filter(|step| matches!(step.phase, StepPhase::Waiting));
    let then: Vec<_> = waiting.map(|step| one_line(&step.name)).collect();
    if !then.is_empty() {
        rows.push(Row::of(Tone::Faint, format!("  then {}", then.join(", "))));
    }
}

/// A step's own row, if it has one.
fn full_step(step: &Step, at: Duration) -> Option<(Tone, String)> {
    let name = one_line(&step.name);
    match &step.phase {
        StepPhase::Running { since } => Some((Tone::Notice, step_words(step, *since, at))),
        StepPhase::Ended { outcome: StepOutcome::Failed(failure), took } if failure.is_interruption() => {
            Some((Tone::Notice, format!("{name}  {}  cancelled", Elapsed(*took))))
        }
        StepPhase::Ended { outcome: StepOutcome::Failed(Failure { message, .. }), took } => {
            Some((Tone::Bad, format!("{name}  {}  failed: {}", Elapsed(*took), brief(message))))
        }
        StepPhase::Ended { outcome: StepOutcome::Background, .. } => Some(match &step.ended_early {
            None => (Tone::Faint, format!("{name}  in the background")),
            Some(failure) => (Tone::Notice, format!("{name}  stopped early in the background: {}", brief(&failure.message))),
        }),
        StepPhase::Ended { .. } | StepPhase::Waiting => None,
    }
}
