//! The live tree, on a terminal in memory.

use std::time::Duration;

use windlass_model::event::StepOutcome;
use windlass_report::{Palette, Reporter as _};

use crate::runs::{failed_run, log_of, outline, output, sent, started, step_finished, step_started, task_started};
use crate::screen::Screen;

#[test]
fn what_runs_is_drawn_below_what_ended() {
    let mut screen = Screen::new(80, 24, Palette::Colour);
    screen.show(&failed_run(), 2650);
    insta::assert_snapshot!(screen.contents());
}

#[test]
fn a_step_that_failed_keeps_its_last_lines_until_its_task_ends() {
    let mut screen = Screen::new(80, 24, Palette::Colour);
    screen.show(&failed_run(), 62_500);
    insta::assert_snapshot!(screen.contents());
}

#[test]
fn the_last_screen_replaces_the_live_lines() {
    let mut screen = Screen::new(80, 40, Palette::Colour);
    screen.show(&failed_run(), 64_000);
    screen.reporter.finish().unwrap();
    insta::assert_snapshot!(screen.contents());
}

/// Proves that sidecars have their own lines below those of the steps while they write.
#[test]
fn a_sidecar_that_writes_is_drawn_beside_the_steps() {
    let mut screen = Screen::new(80, 24, Palette::Plain);
    let course = vec![
        (0, started(vec![outline("app", &["build"])])),
        (1, task_started("app")),
        (2, step_started("app", "build")),
        (3, output("app", "build", "building\n")),
        (4, log_of("app", "daemon", "API listen on 2375\n")),
    ];
    screen.show(&course, 500);
    let contents = screen.contents();
    assert!(contents.contains("  daemon  (sidecar)\n    | API listen on 2375"), "{contents}");
}

#[test]
fn before_any_step_the_news_of_the_pod_are_shown() {
    let mut screen = Screen::new(80, 24, Palette::Plain);
    screen.show(&failed_run(), 800);
    assert!(screen.contents().contains("preparing the pod"), "{}", screen.contents());
    let mut screen = Screen::new(80, 24, Palette::Plain);
    screen.show(&failed_run(), 1000);
    assert!(screen.contents().contains("pulling docker:28-dind"), "{}", screen.contents());
}

/// Neither wraps a line nor scrolls one out of reach, whatever the size.
#[test]
fn a_small_terminal_shows_what_fits() {
    let tasks: Vec<_> = (0..9).map(|n| format!("task-{n} \u{4e2d}\u{6587}")).collect();
    let outlines = tasks.iter().map(|task| outline(task, &["a step with a rather long name"])).collect();
    let mut course = vec![(0, started(outlines))];
    for task in &tasks {
        course.push((1, task_started(task)));
        course.push((2, step_started(task, "a step with a rather long name")));
        course.push((3, output(task, "a step with a rather long name", "\u{4e2d}\u{6587}".repeat(80))));
    }
    for (columns, rows) in [(1, 1), (1, 50), (7, 3), (20, 8), (40, 12), (200, 5)] {
        let mut screen = Screen::new(columns, rows, Palette::Plain);
        screen.show(&course, 500);
        screen.reporter.idle(Duration::from_millis(700)).unwrap();
        screen.reporter.idle(Duration::from_millis(900)).unwrap();
        let text = screen.sink.text();
        // Between two clearings to the end of the screen, without what moves the cursor.
        let picture = text.rsplit("\x1b[J").nth(1).unwrap().rsplit('\r').next().unwrap().replace("\x1b[K", "");
        assert!(picture.starts_with('~') || picture.starts_with("0/9") || columns == 1, "{columns}x{rows}: {picture:?}");
        assert!(picture.lines().count() < rows.max(2), "{columns}x{rows}: {picture}");
        for line in picture.lines() {
            assert!(unicode_width::UnicodeWidthStr::width(line) < columns.max(2), "{columns}x{rows}: {line}");
        }
    }
}

#[test]
fn no_colour_means_no_colour() {
    let mut screen = Screen::new(80, 24, Palette::Plain);
    screen.show(&failed_run(), 64_000);
    screen.reporter.finish().unwrap();
    assert!(!screen.sink.text().contains("\x1b[1m") && !screen.sink.text().contains("\x1b[0m"));
}

#[test]
fn a_flood_of_output_is_drawn_ten_times_a_second() {
    let mut screen = Screen::new(80, 24, Palette::Plain);
    screen.show(&vec![(0, task_started("t")), (0, step_started("t", "s"))], 1);
    for n in 0..20_000 {
        let at = Duration::from_micros(n * 100);
        screen.reporter.event(at, &output("t", "s", format!("line {n}\n"))).unwrap();
        screen.reporter.idle(at).unwrap();
    }
    assert!(screen.sink.writes() <= 22, "{}", screen.sink.writes());
}

#[test]
fn an_escape_sequence_in_the_output_does_not_reach_the_terminal() {
    let mut screen = Screen::new(80, 24, Palette::Plain);
    let course =
        vec![(0, task_started("t")), (1, step_started("t", "s")), (2, output("t", "s", "\x1b[2J\x1b[31mred\x1b[10Aup\x07\n"))];
    screen.show(&course, 500);
    let shown = screen.sink.text();
    assert!(shown.contains("| redup\x1b[K") && !shown.contains("[2J") && !shown.contains("[10A"), "{shown:?}");
}

/// Proves that a working copy on its way is seen to move, and that its size stays when it has arrived.
#[test]
fn bytes_are_shown_while_the_working_copy_travels() {
    let mut screen = Screen::new(80, 24, Palette::Plain);
    let course = vec![
        (0, started(vec![outline("app", &["clone", "build"])])),
        (1, task_started("app")),
        (2, step_started("app", "clone")),
        (500, sent("app", "clone", 900)),
        (1000, sent("app", "clone", 3 << 20)),
    ];
    screen.show(&course, 1500);
    assert!(screen.contents().contains("  clone  0:01  3.0 MiB sent"), "{}", screen.contents());
    let course = vec![(1600, sent("app", "clone", 12 << 20)), (1700, step_finished("app", "clone", StepOutcome::Passed, 1698))];
    screen.show(&course, 2000);
    assert!(screen.contents().starts_with("  passed app/clone  1.6s  12.0 MiB sent\n"), "{}", screen.contents());
}
