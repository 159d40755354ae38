//! The live lines: running tasks, their steps, and the last lines of each step that runs or failed.

use std::time::Duration;

use windlass_model::event::{StepOutcome, Stream, StreamId};

use super::Size;
use super::region::Line;
use crate::elapsed::Elapsed;
use crate::palette::{Palette, Tone};
use crate::state::{RunState, Step, StepPhase, Task, TaskPhase};
use crate::text::{brief, fit, one_line};

/// Last lines of one step at most.
const TAIL: usize = 6;

/// The live lines of a run, none wider than the terminal, and fewer than it has rows.
pub(super) fn lines(state: &RunState, at: Duration, size: Size, palette: Palette) -> Vec<Line> {
    if state.end.is_some() {
        return Vec::new();
    }
    // The cursor's row and one of history stay free.
    let room = size.rows.saturating_sub(2).max(1);
    let frame = rows(state, at, 0);
    let tails = frame.iter().filter(|row| row.tail_follows).count();
    let each = room.saturating_sub(frame.len()).checked_div(tails).unwrap_or(0).min(TAIL);
    let mut rows = if each > 0 { rows(state, at, each) } else { frame };
    if rows.len() > room {
        let hidden = rows.len() - (room - 1);
        rows.truncate(room - 1);
        rows.push(Row::new(Tone::Faint, format!("and {hidden} more lines")));
    }
    // A line as wide as the terminal would move the cursor on in some of them.
    let columns = size.columns.saturating_sub(1);
    rows.into_iter().map(|row| row.line(columns, palette)).collect()
}

/// A line before it is fitted and painted.
struct Row {
    tone: Tone,
    text: String,
    /// The last lines of a step have their place below.
    tail_follows: bool,
}

impl Row {
    fn new(tone: Tone, text: String) -> Self {
        Self { tone, text, tail_follows: false }
    }

    fn line(self, columns: usize, palette: Palette) -> Line {
        let text = fit(&self.text, columns);
        let painted = palette.paint(self.tone, &text).to_string();
        Line::new(&text, painted)
    }
}

fn rows(state: &RunState, at: Duration, tail: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    for task in &state.tasks {
        if let TaskPhase::Running { since, notice } = &task.phase {
            let elapsed = Elapsed(at.saturating_sub(*since));
            rows.push(Row::new(Tone::Strong, format!("{}  {elapsed}", one_line(&task.name))));
            task_rows(&mut rows, state, task, notice.as_deref(), at, tail);
        }
    }
    let waiting = state.tasks.iter().filter(|task| matches!(task.phase, TaskPhase::Waiting));
    let waiting: Vec<_> = waiting.map(|task| one_line(&task.name)).collect();
    if !waiting.is_empty() {
        rows.push(Row::new(Tone::Faint, format!("waiting: {}", waiting.join(", "))));
    }
    rows
}

fn task_rows(rows: &mut Vec<Row>, state: &RunState, task: &Task, notice: Option<&str>, at: Duration, tail: usize) {
    let mut running = false;
    for step in &task.steps {
        let name = one_line(&step.name);
        let (tone, text) = match &step.phase {
            StepPhase::Running { since } => {
                running = true;
                (Tone::Notice, format!("  {name}  {}", Elapsed(at.saturating_sub(*since))))
            }
            StepPhase::Ended { outcome: StepOutcome::Failed(failure), took } => {
                let message = brief(&failure.message);
                (Tone::Bad, format!("  {name}  {}  failed: {message}", Elapsed(*took)))
            }
            StepPhase::Ended { outcome: StepOutcome::Background, .. } => {
                rows.push(match &step.ended_early {
                    None => Row::new(Tone::Faint, format!("  {name}  in the background")),
                    Some(failure) => {
                        let message = brief(&failure.message);
                        Row::new(Tone::Notice, format!("  {name}  ended in the background: {message}"))
                    }
                });
                continue;
            }
            StepPhase::Ended { .. } | StepPhase::Waiting => continue,
        };
        rows.push(Row { tone, text, tail_follows: true });
        let last = state.last_lines(&StreamId::Step(step.id), tail);
        rows.extend(last.into_iter().map(|line| Row::new(Tone::Faint, format!("    | {line}"))));
    }
    for sidecar in state.beside_steps(task).filter(|stream| matches!(stream, Stream::Container { .. })) {
        let text = format!("  {}  (sidecar)", one_line(sidecar.name()));
        rows.push(Row { tone: Tone::Faint, text, tail_follows: true });
        let last = state.last_lines(&sidecar.id(), tail);
        rows.extend(last.into_iter().map(|line| Row::new(Tone::Faint, format!("    | {line}"))));
    }
    if let Some(notice) = notice {
        rows.push(Row::new(Tone::Faint, format!("  {}", brief(notice))));
    } else if !running && task.steps.iter().all(|step| matches!(step.phase, StepPhase::Waiting)) {
        rows.push(Row::new(Tone::Faint, "  preparing the pod".to_owned()));
    }
    let waiting = |step: &&Step| matches!(step.phase, StepPhase::Waiting);
    let then: Vec<_> = task.steps.iter().filter(waiting).map(|step| one_line(&step.name)).collect();
    if !then.is_empty() {
        rows.push(Row::new(Tone::Faint, format!("  then {}", then.join(", "))));
    }
}
