//! The last screen of a run: what was pushed, each failure with its cause and last lines, the counts, the next command.

use std::io::{self, Write};

use windlass_model::event::{Failure, FailureKind, StreamId, TaskOutcome};

use crate::elapsed::Elapsed;
use crate::next_command::{FailedTask, NextCommand};
use crate::palette::{Palette, Tone};
use crate::state::{RunEnd, RunState, Step, Task, TaskPhase};
use crate::text::{brief, files, one_line};

/// Last lines of a failed step.
const STEP_LINES: usize = 20;

/// Last lines of each sidecar and background step of a task that failed.
const BESIDE_LINES: usize = 10;

/// Results that are listed.
const RESULTS: usize = 50;

/// Artifacts that are listed.
const ARTIFACTS: usize = 50;

/// Writes the last screen. Of a run that has no end, because windlass itself failed, it says what is known.
pub(crate) fn write_last_screen(out: &mut impl Write, state: &RunState, palette: Palette, next: &NextCommand) -> io::Result<()> {
    if !state.images.is_empty() {
        writeln!(out, "\nimages pushed:")?;
        for pushed in &state.images {
            writeln!(out, "  {} {} (task {})", one_line(&pushed.image.reference), pushed.image.digest, one_line(&pushed.task))?;
        }
    }
    write_results(out, state)?;
    write_artifacts(out, state)?;
    for task in &state.tasks {
        if let TaskPhase::Ended(TaskOutcome::Failed(failure)) = &task.phase {
            write_failure(out, state, task, failure, palette)?;
        }
    }
    let Some(end) = &state.end else { return Ok(()) };
    if !end.leftovers.is_empty() {
        writeln!(out, "\n{}", palette.paint(Tone::Bad, "left behind:"))?;
        for leftover in &end.leftovers {
            writeln!(out, "  {}", one_line(leftover))?;
        }
    }
    write_summary(out, state, end, palette)?;
    write_next(out, state, palette, next)
}

fn write_results(out: &mut impl Write, state: &RunState) -> io::Result<()> {
    if state.results.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nresults:")?;
    for said in state.results.iter().take(RESULTS) {
        let (name, value) = (one_line(&said.name), said.value.in_variable());
        let (task, step) = (one_line(&said.step.task.name), one_line(&said.step.name));
        writeln!(out, "  {name} {} (task {task}, step {step})", one_line(&value))?;
    }
    match state.results.len().saturating_sub(RESULTS) {
        0 => Ok(()),
        more => writeln!(out, "  and {more} more, which are above and in --output json"),
    }
}

fn write_artifacts(out: &mut impl Write, state: &RunState) -> io::Result<()> {
    if state.artifacts.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nartifacts:")?;
    for collected in state.artifacts.iter().take(ARTIFACTS) {
        let (name, task, directory) = (one_line(&collected.name), one_line(&collected.task), one_line(&collected.directory));
        writeln!(out, "  {name} {} in {directory} (task {task})", files(collected.files, collected.size))?;
    }
    match state.artifacts.len().saturating_sub(ARTIFACTS) {
        0 => Ok(()),
        more => writeln!(out, "  and {more} more, which `windlass artifacts ls` lists"),
    }
}

fn write_failure(out: &mut impl Write, state: &RunState, task: &Task, failure: &Failure, palette: Palette) -> io::Result<()> {
    let failed = palette.paint(Tone::Bad, "failed:");
    writeln!(out, "\n{} {failed} {}", palette.paint(Tone::Strong, one_line(&task.name)), one_line(&failure.message))?;
    for (step, cause) in failed_steps(task) {
        if cause.message != failure.message {
            writeln!(out, "  step {}: {}", one_line(&step.name), one_line(&cause.message))?;
        }
        write_lines(out, state, (&StreamId::Step(step.id), &step.name), STEP_LINES, palette)?;
    }
    for (step, cause) in background_failures(task) {
        writeln!(out, "  background step {} stopped early: {}", one_line(&step.name), brief(&cause.message))?;
        write_lines(out, state, (&StreamId::Step(step.id), &step.name), BESIDE_LINES, palette)?;
    }
    let told = |id: &StreamId| background_failures(task).any(|(step, _)| *id == StreamId::Step(step.id));
    for stream in state.beside_steps(task).filter(|stream| !told(&stream.id())) {
        write_lines(out, state, (&stream.id(), stream.name()), BESIDE_LINES, palette)?;
    }
    match &failure.help {
        Some(help) => writeln!(out, "  {} {}", palette.paint(Tone::Strong, "help:"), one_line(help)),
        None => Ok(()),
    }
}

fn write_lines(
    out: &mut impl Write,
    state: &RunState,
    (stream, name): (&StreamId, &str),
    count: usize,
    palette: Palette,
) -> io::Result<()> {
    let lines = state.last_lines(stream, count);
    if lines.is_empty() {
        return writeln!(out, "  {} wrote no output", one_line(name));
    }
    writeln!(out, "  last lines of {}:", one_line(name))?;
    for line in lines {
        writeln!(out, "    {} {line}", palette.paint(Tone::Faint, "|"))?;
    }
    Ok(())
}

fn write_summary(out: &mut impl Write, state: &RunState, end: &RunEnd, palette: Palette) -> io::Result<()> {
    let (tone, verdict) = match end.exit_code {
        0 => (Tone::Good, "passed"),
        5 => (Tone::Bad, "clean-up incomplete"),
        130 => (Tone::Notice, "interrupted"),
        _ => (Tone::Bad, "failed"),
    };
    let counts = Counts::of(&state.tasks);
    writeln!(out, "\n{} in {}; tasks: {counts}", palette.paint(tone, verdict), Elapsed(end.took))?;
    for task in &state.tasks {
        let name = one_line(&task.name);
        match &task.phase {
            TaskPhase::Ended(TaskOutcome::NotRun { reason }) => writeln!(out, "  {name} was not run here: {}", one_line(reason))?,
            TaskPhase::Ended(TaskOutcome::NotStarted { because }) => {
                writeln!(out, "  {name} was not started: {} did not pass", one_line(because))?;
            }
            TaskPhase::Ended(TaskOutcome::FailureAllowed(failure)) => {
                writeln!(out, "  {name} failed, which is allowed: {}", one_line(&failure.message))?;
            }
            _ => {}
        }
        for (step, cause) in failures_besides(task) {
            writeln!(out, "  {name}: step {} failed: {}", one_line(&step.name), one_line(&cause.message))?;
        }
        for (step, cause) in background_failures(task) {
            let (step, cause) = (one_line(&step.name), brief(&cause.message));
            writeln!(out, "  {name}: background step {step} stopped early: {cause}")?;
        }
    }
    Ok(())
}

/// Each command once, in the order of the tasks.
fn write_next(out: &mut impl Write, state: &RunState, palette: Palette, next: &NextCommand) -> io::Result<()> {
    let mut commands = Vec::new();
    for task in &state.tasks {
        if let TaskPhase::Ended(TaskOutcome::Failed(failure)) = &task.phase {
            let step = failed_steps(task).next().map(|(step, _)| step.name.as_str());
            let command = next(FailedTask { task: &task.name, step, failure });
            let next = command.map(|command| (first(failure.kind), command));
            commands.extend(next.filter(|next| !commands.contains(next)));
        }
    }
    if !commands.is_empty() {
        writeln!(out)?;
    }
    for (first, command) in commands {
        writeln!(out, "next{first}: {}", palette.paint(Tone::Strong, one_line(&command)))?;
    }
    Ok(())
}

/// What comes before the command: the same command again ends in the same failure, unless something is changed.
fn first(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Task => ", once that is put right",
        FailureKind::Cluster | FailureKind::Plugin | FailureKind::Bug => "",
    }
}

fn background_failures(task: &Task) -> impl Iterator<Item = (&Step, &Failure)> {
    task.steps.iter().filter_map(|step| Some((step, step.ended_early.as_ref()?)))
}

/// Steps that failed in a task whose end is something else, such as one that was cancelled. That the step was interrupted which ran then goes
/// without saying.
fn failures_besides(task: &Task) -> impl Iterator<Item = (&Step, &Failure)> {
    let own = match &task.phase {
        TaskPhase::Ended(TaskOutcome::FailureAllowed(failure)) => Some(&failure.message),
        _ => None,
    };
    let told = matches!(task.phase, TaskPhase::Ended(TaskOutcome::Failed(_)));
    failed_steps(task).filter(move |(_, cause)| !told && own != Some(&cause.message) && !cause.is_interruption())
}

fn failed_steps(task: &Task) -> impl Iterator<Item = (&Step, &Failure)> {
    task.steps.iter().filter_map(|step| Some((step, step.failure()?)))
}

/// How many tasks ended how.
#[derive(Default)]
struct Counts {
    passed: usize,
    failed: usize,
    allowed: usize,
    cancelled: usize,
    not_started: usize,
    not_run: usize,
    unfinished: usize,
}

impl Counts {
    fn of(tasks: &[Task]) -> Self {
        let mut counts = Self::default();
        for task in tasks {
            *match &task.phase {
                TaskPhase::Ended(TaskOutcome::Passed) => &mut counts.passed,
                TaskPhase::Ended(TaskOutcome::Failed(_)) => &mut counts.failed,
                TaskPhase::Ended(TaskOutcome::FailureAllowed(_)) => &mut counts.allowed,
                TaskPhase::Ended(TaskOutcome::Cancelled) => &mut counts.cancelled,
                TaskPhase::Ended(TaskOutcome::NotStarted { .. }) => &mut counts.not_started,
                TaskPhase::Ended(TaskOutcome::NotRun { .. }) => &mut counts.not_run,
                TaskPhase::Waiting | TaskPhase::Running { .. } => &mut counts.unfinished,
            } += 1;
        }
        counts
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} passed", self.passed)?;
        for (count, what) in [
            (self.failed, "failed"),
            (self.allowed, "failed (allowed)"),
            (self.cancelled, "cancelled"),
            (self.not_started, "not started"),
            (self.not_run, "not run here"),
            (self.unfinished, "unfinished"),
        ] {
            if count > 0 {
                write!(f, ", {count} {what}")?;
            }
        }
        Ok(())
    }
}
