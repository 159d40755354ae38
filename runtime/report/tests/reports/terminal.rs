//! The live tree, on a terminal in memory.

use std::num::NonZero;
use std::time::Duration;

use windlass_report::{Palette, Reporter, Size, Terminal, usual_next_command};

use crate::runs::{Course, failed_run, log_of, outline, output, started, step_started, task_started};
use crate::sink::Sink;

struct Screen {
    sink: Sink,
    size: Size,
    reporter: Terminal<Sink>,
}

impl Screen {
    fn new(columns: usize, rows: usize, palette: Palette) -> Self {
        let (sink, size) = (Sink::default(), Size { columns, rows });
        let reporter = Terminal::new(sink.clone(), Box::new(move || size), palette, Box::new(usual_next_command));
        Self { sink, size, reporter }
    }

    /// Shows what happens before `until`, and then waits until that moment.
    fn show(&mut self, course: &Course, until: u64) {
        for (at, event) in course.iter().filter(|(at, _)| *at < until) {
            self.reporter.event(Duration::from_millis(*at), event).unwrap();
        }
        self.reporter.idle(Duration::from_millis(until)).unwrap();
    }

    /// What a terminal of this size shows after all that was written.
    fn contents(&self) -> String {
        let length = |length: usize| NonZero::new(u16::try_from(length).unwrap()).unwrap();
        let mut parser = vt100::Parser::new(length(self.size.rows), length(self.size.columns), 1000);
        // The terminal's own driver adds the carriage returns.
        parser.process(self.sink.text().replace('\n', "\r\n").as_bytes());
        parser.screen().contents()
    }
}

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
        let last = screen.sink.text();
        let last = last.rsplit("\x1b[J").next().unwrap();
        assert!(last.lines().count() < rows.max(2), "{columns}x{rows}: {last}");
        for line in last.lines() {
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
    assert!(shown.contains("| redup\n") && !shown.contains("[2J") && !shown.contains("[10A"), "{shown:?}");
}
