//! A step in the background that ends early and not well: told when it happens, and again at the end.

use std::time::Duration;

use windlass_model::event::{RunEvent, StepOutcome, TaskOutcome};
use windlass_report::{Palette, Plain, Reporter, Size, Terminal, usual_next_command};

use crate::runs::{
    Course, failure, finished, outline, output, show, started, step_finished, step_ref, step_started, task_finished, task_started,
};
use crate::sink::Sink;

const SAID: &str = "its process exited with code 3";

/// The task ends like this, after the step `s` failed in the background.
fn course(end: Option<&str>) -> Course {
    let mut course = vec![
        (0, started(vec![outline("t", &["s", "other"])])),
        (1, task_started("t")),
        (2, step_started("t", "s")),
        (3, step_finished("t", "s", StepOutcome::Background, 1)),
        (4, step_started("t", "other")),
        (5, output("t", "s", "no config\n")),
        (6, RunEvent::BackgroundFailed { step: step_ref("t", "s"), failure: failure(SAID) }),
    ];
    let (step, task, code) = match end {
        None => (StepOutcome::Passed, TaskOutcome::Passed, 0),
        Some(cause) => (StepOutcome::Failed(failure(cause)), TaskOutcome::Failed(failure(cause)), 1),
    };
    course.extend([
        (900, step_finished("t", "other", step, 800)),
        (901, task_finished("t", task, 900)),
        (902, finished(code, &[], 902)),
    ]);
    course
}

fn plain(course: &Course) -> String {
    let sink = Sink::default();
    show(&mut Plain::new(sink.clone(), Box::new(usual_next_command)), course);
    sink.text()
}

#[test]
fn the_plain_log_tells_it_at_once_and_in_the_summary_though_the_task_passed() {
    let text = plain(&course(None));
    let (before, after) = text.split_once("t/other passed").unwrap_or_else(|| panic!("{text}"));
    assert!(before.contains(&format!("==> t/s: warning: stopped early in the background: {SAID}")), "{text}");
    assert!(after.contains(&format!("  t: background step s stopped early: {SAID}")), "{text}");
    assert!(after.contains("passed in") && after.contains("1 passed"), "{text}");
}

/// It may be the reason: its last lines stand beside those of the step that failed.
#[test]
fn a_failed_task_shows_its_last_lines_too() {
    let text = plain(&course(Some("exit code 1")));
    let (_, screen) = text.split_once("t failed: exit code 1").unwrap_or_else(|| panic!("{text}"));
    assert!(screen.contains(&format!("background step s stopped early: {SAID}")), "{text}");
    assert!(screen.contains("last lines of s:") && screen.contains("| no config"), "{text}");
    assert_eq!(screen.matches("| no config").count(), 1, "{text}");
}

#[test]
fn the_terminal_tells_it_while_the_task_runs() {
    let sink = Sink::default();
    let size = Box::new(|| Size { columns: 100, rows: 30 });
    let mut terminal = Terminal::new(sink.clone(), size, Palette::Plain, Box::new(usual_next_command));
    for (at, event) in course(None).iter().take(7) {
        terminal.event(Duration::from_millis(*at), event).unwrap();
    }
    terminal.idle(Duration::from_millis(500)).unwrap();
    let live = sink.text();
    assert!(live.contains(&format!("warning t/s: stopped early in the background: {SAID}")), "{live}");
    assert!(live.contains(&format!("  s  stopped early in the background: {SAID}")), "{live}");
}
