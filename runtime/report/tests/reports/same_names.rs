//! Steps and tasks that share a name are told apart by their places: none loses its output, its outcome or its last lines to another.

use std::time::Duration;

use windlass_model::event::{RunEvent, StepOutcome, StepRef, Stream, TaskOutcome, TaskOutline, TaskRef};
use windlass_model::task::TaskId;
use windlass_report::{Json, Palette, Plain, Reporter, Size, Terminal, usual_next_command};

use crate::runs::{Course, failure, finished, show, started};
use crate::sink::Sink;

fn task(id: usize) -> TaskRef {
    TaskRef { name: "app".to_owned(), id: TaskId(id) }
}

fn step(id: usize, index: usize) -> StepRef {
    StepRef { task: task(id), name: "x".to_owned(), index }
}

fn output(step: StepRef, data: &str) -> RunEvent {
    RunEvent::Output { stream: Stream::Step(step), data: data.as_bytes().into() }
}

fn step_finished(step: StepRef, outcome: StepOutcome) -> RunEvent {
    RunEvent::StepFinished { step, outcome, duration_ms: 1 }
}

/// Two tasks of one name with two steps of one name each, and a sidecar of that name too.
fn course() -> Course {
    let outline = |id| TaskOutline { id: TaskId(id), name: "app".to_owned(), steps: vec!["x".to_owned(), "x".to_owned()] };
    let start = |id| RunEvent::TaskStarted {
        task: task(id),
        target: "context prod, namespace ci".to_owned(),
        pod: format!("windlass-vbhy5pla-{id}-app"),
    };
    let end = |id, outcome| RunEvent::TaskFinished { task: task(id), outcome, duration_ms: 1 };
    let log = |id| RunEvent::Output {
        stream: Stream::Container { task: task(id), name: "x".to_owned() },
        data: b"of the sidecar\n".as_slice().into(),
    };
    vec![
        (0, started(vec![outline(0), outline(1)])),
        (1, start(0)),
        (2, start(1)),
        (3, output(step(0, 0), "cause of 0.0\n")),
        (4, log(0)),
        (5, output(step(1, 0), "cause of 1.0\n")),
        (6, step_finished(step(0, 0), StepOutcome::Failed(failure("0.0 failed")))),
        (7, output(step(0, 1), "tidied 0.1\n")),
        (8, step_finished(step(0, 1), StepOutcome::Passed)),
        (9, step_finished(step(1, 0), StepOutcome::Failed(failure("1.0 failed")))),
        (10, step_finished(step(1, 1), StepOutcome::Skipped)),
        (11, end(0, TaskOutcome::Failed(failure("0.0 failed")))),
        (12, end(1, TaskOutcome::Failed(failure("1.0 failed")))),
        (13, finished(1, &[], 13)),
    ]
}

/// What the last screen has to hold: each failure with the lines of its own step, and nobody else's.
fn assert_last_screen(text: &str) {
    let (_, first) = text.split_once("app failed: 0.0 failed").unwrap_or_else(|| panic!("no first failure: {text}"));
    let (first, second) = first.split_once("app failed: 1.0 failed").unwrap_or_else(|| panic!("no second failure: {text}"));
    let (lines, beside) =
        first.split_once("last lines of x:\n    | of the sidecar").unwrap_or_else(|| panic!("no sidecar: {text}"));
    assert!(lines.contains("| cause of 0.0") && !beside.contains("cause of"), "{text}");
    assert!(second.contains("| cause of 1.0") && !second.contains("cause of 0.0"), "{text}");
    assert!(second.contains("2 failed"), "{text}");
}

#[test]
fn the_plain_log_keeps_each_ones_last_lines() {
    let sink = Sink::default();
    show(&mut Plain::new(sink.clone(), Box::new(usual_next_command)), &course());
    assert_last_screen(&sink.text());
}

#[test]
fn the_terminal_keeps_each_ones_last_lines_also_while_the_task_runs() {
    let sink = Sink::default();
    let size = Box::new(|| Size { columns: 100, rows: 50 });
    let mut terminal = Terminal::new(sink.clone(), size, Palette::Plain, Box::new(usual_next_command));
    for (at, event) in course().into_iter().take(9) {
        terminal.event(Duration::from_secs(at), &event).unwrap();
    }
    let live = sink.text();
    let (_, live) = live.rsplit_once("failed: 0.0 failed").unwrap_or_else(|| panic!("no live failure: {live}"));
    assert!(live.contains("| cause of 0.0"), "{live}");
    for (at, event) in course().into_iter().skip(9) {
        terminal.event(Duration::from_secs(at), &event).unwrap();
    }
    terminal.finish().unwrap();
    let text = sink.text();
    assert_last_screen(text.rsplit("\x1b[J").next().unwrap());
}

#[test]
fn json_lines_say_whose_each_piece_is() {
    let sink = Sink::default();
    show(&mut Json::new(sink.clone()), &course());
    let lines: Vec<serde_json::Value> = sink.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let pieces = lines.iter().filter(|line| line["event"] == "output");
    let found: Vec<_> = pieces.map(|l| (l["task_id"].clone(), l["step_id"].clone(), l["container"].clone())).collect();
    let none = serde_json::Value::Null;
    let expected = [
        (0.into(), 0.into(), none.clone()),
        (0.into(), none.clone(), "x".into()),
        (1.into(), 0.into(), none.clone()),
        (0.into(), 1.into(), none),
    ];
    assert_eq!(found, expected);
}
