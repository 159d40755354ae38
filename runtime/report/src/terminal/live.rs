//! The live lines: a header, what each running task does, why tasks failed, and what waits.
//!
//! All of it fits into the window. The last lines of the steps matter most, so everything else gives way to them: with few tasks there is room
//! for steps to come and for six last lines, with many a task has two rows, or one. As long as there is more than the least to show, a quarter of
//! the window is left to what ended.

mod row;
mod task;

use std::time::Duration;

use windlass_model::event::TaskOutcome;

use super::Size;
use crate::elapsed::Clock;
use crate::palette::{Palette, Tone};
use crate::state::{RunState, Task, TaskPhase};
use crate::text::{brief, one_line};

use row::Row;
use task::Detail;

/// From all that can be shown of a task to the least.
const DETAILS: [Detail; 10] = [
    Detail::Full { tail: 6 },
    Detail::Full { tail: 5 },
    Detail::Full { tail: 4 },
    Detail::Full { tail: 3 },
    Detail::Full { tail: 2 },
    Detail::Full { tail: 1 },
    Detail::Short { tail: 3 },
    Detail::Short { tail: 2 },
    Detail::Short { tail: 1 },
    Detail::Line,
];

/// The live lines of a run, each narrower than the terminal, and fewer than it has rows.
pub(super) fn lines(state: &RunState, at: Duration, size: Size, palette: Palette) -> Vec<String> {
    if state.end.is_some() || state.tasks.is_empty() {
        return Vec::new();
    }
    // One row of what is above stays visible.
    let room = size.rows.saturating_sub(1).max(1);
    // A line as wide as the terminal would move the cursor on in some of them.
    let columns = size.columns.saturating_sub(1);
    rows(state, at, room).into_iter().map(|row| row.line(columns, palette)).collect()
}

fn rows(state: &RunState, at: Duration, room: usize) -> Vec<Row> {
    let failed = failed(state, (room / 4).max(1));
    let waiting = waiting(state);
    let below = failed.len() + waiting.iter().len();
    for detail in DETAILS {
        let mut rows = running(state, at, detail);
        let room = if detail.is_least() { room } else { room * 3 / 4 };
        if rows.len() + below <= room {
            rows.extend(failed);
            rows.extend(waiting);
            return rows;
        }
    }
    let mut rows = running(state, at, Detail::Line);
    if rows.len() > room {
        let shown = room.saturating_sub(1).max(1);
        let hidden = rows.len() - shown;
        rows.truncate(shown);
        if shown < room {
            rows.push(Row::of(Tone::Faint, format!("and {hidden} more tasks")));
        }
    }
    let left = room - rows.len();
    rows.extend(failed.into_iter().chain(waiting).take(left));
    rows
}

/// The header, and the running tasks below it.
fn running(state: &RunState, at: Duration, detail: Detail) -> Vec<Row> {
    let mut rows = vec![Row::of(Tone::Strong, header(state, at))];
    for task in &state.tasks {
        if let TaskPhase::Running { since, notice } = &task.phase {
            task::rows(&mut rows, state, task, (*since, notice.as_deref()), at, detail);
        }
    }
    rows
}

/// `3/8 done, 1 failed, 0:42`. Tasks that were never to run here do not count.
fn header(state: &RunState, at: Duration) -> String {
    let (mut all, mut done, mut failed) = (0, 0, 0);
    for task in &state.tasks {
        let (counts, ended, bad) = match &task.phase {
            TaskPhase::Ended(TaskOutcome::NotRun { .. }) => (0, 0, 0),
            TaskPhase::Ended(TaskOutcome::Failed(_)) => (1, 1, 1),
            TaskPhase::Ended(_) => (1, 1, 0),
            TaskPhase::Waiting | TaskPhase::Running { .. } => (1, 0, 0),
        };
        (all, done, failed) = (all + counts, done + ended, failed + bad);
    }
    let failed = if failed == 0 { String::new() } else { format!(", {failed} failed") };
    format!("{done}/{all} done{failed}, {}", Clock(at))
}

/// Why tasks failed: it is not said above for good, because the last screen will.
fn failed(state: &RunState, most: usize) -> Vec<Row> {
    let why = |task: &Task| {
        let (tone, word, failure) = match &task.phase {
            TaskPhase::Ended(TaskOutcome::Failed(failure)) => (Tone::Bad, "failed", failure),
            TaskPhase::Ended(TaskOutcome::FailureAllowed(failure)) => (Tone::Notice, "failed, which is allowed", failure),
            _ => return None,
        };
        Some(Row::of(tone, format!("{} {word}: {}", one_line(&task.name), brief(&failure.message))))
    };
    let mut rows: Vec<Row> = state.tasks.iter().filter_map(why).collect();
    if rows.len() > most {
        let hidden = rows.len() - (most - 1);
        rows.truncate(most - 1);
        rows.push(Row::of(Tone::Bad, format!("{hidden}{} tasks failed", if most > 1 { " more" } else { "" })));
    }
    rows
}

fn waiting(state: &RunState) -> Option<Row> {
    let waiting = state.tasks.iter().filter(|task| matches!(task.phase, TaskPhase::Waiting));
    let names: Vec<_> = waiting.map(|task| one_line(&task.name)).collect();
    (!names.is_empty()).then(|| Row::of(Tone::Faint, format!("waiting: {}", names.join(", "))))
}
