//! The live view in windows of many sizes, and while they change.

use windlass_model::event::{RunEvent, StepOutcome, TaskOutcome};
use windlass_report::{Palette, Reporter as _};

use crate::runs::{
    Course, failure, finished, outline, output, started, step_finished, step_started, task_finished, task_started,
};
use crate::screen::Screen;

const NAMES: [&str; 8] = ["one", "two", "three", "four", "five", "six", "seven", "eight"];

/// Eight builds that have begun, of which each has written.
fn eight_builds() -> Course {
    let mut course = vec![(0, started(NAMES.iter().map(|name| outline(name, &["build", "push"])).collect()))];
    for name in NAMES {
        course.push((1, task_started(name)));
        course.push((2, step_started(name, "build")));
        course.push((3, output(name, "build", format!("RUN make\nCC last-{name}.o\n"))));
    }
    course
}

fn passes(name: &str) -> [RunEvent; 2] {
    [step_finished(name, "build", StepOutcome::Passed, 1000), task_finished(name, TaskOutcome::Passed, 2000)]
}

/// Proves what a person sees of eight builds on an ordinary terminal: the header, each task with its step and its pod, and each one's last line.
#[test]
fn eight_tasks_on_an_ordinary_terminal_show_each_ones_last_line() {
    let mut screen = Screen::new(80, 24, Palette::Plain);
    screen.show(&eight_builds(), 42_500);
    let contents = screen.contents();
    assert!(contents.starts_with("0/8 done, 0:42\n"), "{contents}");
    for name in NAMES {
        let rows = format!("{name}  build  0:42  windlass-vbhy5pla-{name}\n  | CC last-{name}.o");
        assert!(contents.contains(&rows), "{name}: {contents}");
    }
}

/// Proves that the header counts what ended and what failed, and that tasks with room show more.
#[test]
fn the_header_counts_and_the_last_tasks_show_more() {
    let mut screen = Screen::new(80, 24, Palette::Plain);
    screen.show(&eight_builds(), 500);
    for (name, at) in NAMES[..5].iter().zip(1000..) {
        for event in passes(name) {
            screen.reporter.event(std::time::Duration::from_millis(at), &event).unwrap();
        }
    }
    let failed = failure("RUN in line 3 of the Dockerfile exited with code 7");
    let events = [
        step_finished("six", "build", StepOutcome::Failed(failed.clone()), 1000),
        task_finished("six", TaskOutcome::Failed(failed), 2000),
    ];
    screen.show(&events.into_iter().map(|event| (2000, event)).collect(), 62_000);
    let contents = screen.contents();
    let (_, live) = contents.split_once("6/8 done, 1 failed, 1:02\n").unwrap_or_else(|| panic!("{contents}"));
    let expected =
        "seven  1:01  pod windlass-vbhy5pla-seven\n  build  1:01\n    | RUN make\n    | CC last-seven.o\n  then push\neight";
    assert!(live.starts_with(expected), "{live}");
    assert!(live.ends_with("six failed: RUN in line 3 of the Dockerfile exited with code 7"), "{live}");
}

/// Proves for windows from tiny to huge that every running task is named as long as there is a row for it.
#[test]
fn a_row_for_each_task_is_enough() {
    for rows in 10..24 {
        let mut screen = Screen::new(80, rows, Palette::Plain);
        screen.show(&eight_builds(), 500);
        let contents = screen.contents();
        for name in NAMES {
            assert!(contents.contains(&format!("CC last-{name}.o")), "{rows} rows: {contents}");
        }
    }
    let mut screen = Screen::new(80, 6, Palette::Plain);
    screen.show(&eight_builds(), 500);
    assert!(screen.contents().ends_with("three  build  0:00 | CC last-three.o\nand 5 more tasks"), "{}", screen.contents());
}

/// Proves that a window made smaller, wider or higher at any moment keeps the permanent lines, once each and in order, and puts nothing of
/// what is redrawn into the history.
#[test]
fn a_window_that_shrinks_leaves_no_picture_in_the_history() {
    let sizes = [(80, 24), (80, 10), (80, 24), (40, 24), (100, 40), (30, 5), (80, 12), (80, 3), (200, 50), (60, 8)];
    let mut screen = Screen::new(80, 24, Palette::Plain);
    screen.show(&eight_builds(), 100);
    let mut permanent: Vec<String> = Vec::new();
    for (round, &(columns, rows)) in sizes.iter().enumerate() {
        screen.resize(columns, rows);
        let at = 1000 * (1 + round as u64);
        screen.wait(at);
        let note = format!("round {round}");
        let event = RunEvent::Note { level: windlass_model::event::Level::Warning, message: note.clone() };
        screen.show(&vec![(at + 1, event)], at + 500);
        permanent.push(format!(" warning {note}"));
        let (contents, history) = (screen.contents(), screen.history());
        let (above, live) = contents.split_once("0/8 done").unwrap_or_else(|| panic!("{round}: {contents}"));
        assert!(live.contains("one  ") || rows < 5, "{round}: {contents}");
        let seen: Vec<&str> = history.iter().map(String::as_str).chain(above.lines()).filter(|line| !line.is_empty()).collect();
        assert_eq!(seen, permanent, "round {round}, {columns}x{rows}: {history:?}\n{contents}");
    }
    screen.reporter.event(std::time::Duration::from_secs(60), &finished(0, &[], 60_000)).unwrap();
    screen.reporter.finish().unwrap();
    let all = [screen.history(), vec![screen.contents()]].concat().join("\n");
    assert!(!all.contains(" done, ") && all.contains("passed in 1m00s"), "{all}");
}
