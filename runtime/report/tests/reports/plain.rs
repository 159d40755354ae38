//! The plain log.

use std::time::Duration;

use windlass_model::event::{FailureKind, StepOutcome, TaskOutcome};
use windlass_report::{Palette, Plain, ReportError, Reporter, Several, usual_next_command};

use crate::runs::{
    Course, failed_run, failure, finished, log_of, outline, output, show, started, step_finished, step_started, task_finished,
    task_started,
};
use crate::sink::{Closed, Sink};

fn plain(course: &Course) -> Sink {
    let sink = Sink::default();
    show(&mut Plain::new(sink.clone(), Box::new(usual_next_command)), course);
    sink
}

#[test]
fn a_failed_run_ends_with_its_cause_the_last_lines_and_the_next_command() {
    insta::assert_snapshot!(plain(&failed_run()).text());
}

#[test]
fn a_run_that_passes_ends_with_its_counts() {
    let course = vec![
        (0, started(vec![outline("app", &["test"])])),
        (5, task_started("app")),
        (10, step_started("app", "test")),
        (20, output("app", "test", "ok\n")),
        (30, step_finished("app", "test", StepOutcome::Passed, 20)),
        (40, task_finished("app", TaskOutcome::Passed, 35)),
        (50, finished(0, &[], 50)),
    ];
    insta::assert_snapshot!(plain(&course).text());
}

#[test]
fn a_task_that_failed_outside_of_its_steps_shows_what_ran_beside_them() {
    let mut cause = failure("sidecar db did not listen on port 5432 within 60s");
    cause.kind = FailureKind::Cluster;
    let course = vec![
        (0, started(vec![outline("app", &["serve", "test"])])),
        (5, task_started("app")),
        (6, step_finished("app", "serve", StepOutcome::Background, 1)),
        (7, output("app", "serve", "listening on 8080\n")),
        (10, log_of("app", "db", "FATAL: password missing\n")),
        (60_000, task_finished("app", TaskOutcome::Failed(cause), 60_000)),
        (60_000, finished(3, &[], 60_000)),
    ];
    let text = plain(&course).text();
    let (_, screen) = text.split_once("\n\n").unwrap();
    insta::assert_snapshot!(screen);
}

/// Proves that what a sidecar wrote is on the last screen beside the step that failed: before, it was there only when no step had failed.
#[test]
fn a_step_that_failed_is_shown_with_what_its_sidecars_wrote() {
    let cause = failure("exit code 7; before that step, daemon exited with code 1");
    let course = vec![
        (0, started(vec![outline("app", &["build"])])),
        (5, task_started("app")),
        (6, step_started("app", "build")),
        (7, output("app", "build", "cannot connect\n")),
        (8, output("app", "daemon", "starting\nfailed to start: driver not supported\n")),
        (10, step_finished("app", "build", StepOutcome::Failed(cause.clone()), 4)),
        (20, task_finished("app", TaskOutcome::Failed(cause), 15)),
        (20, finished(1, &[], 20)),
    ];
    let text = plain(&course).text();
    let (log, screen) = text.split_once("\n\n").unwrap();
    assert!(log.contains("app/daemon | failed to start: driver not supported\n"), "{log}");
    let expected = "app failed: exit code 7; before that step, daemon exited with code 1\n  last lines of build:\n    | cannot connect\n  \
                    last lines of daemon:\n    | starting\n    | failed to start: driver not supported\n";
    assert!(screen.starts_with(expected), "{screen}");
}

#[test]
fn a_name_or_message_with_a_line_end_stays_on_its_line() {
    let text = plain(&vec![(0, output("a\nb", "c", "x\n")), (1, task_started("a\nb"))]).text();
    assert_eq!(text, "a b/c | x\n==> a b runs on context prod, namespace ci, pod windlass-vbhy5pla-a b\n");
}

#[test]
fn bytes_that_are_not_utf8_pass_unchanged() {
    assert_eq!(plain(&vec![(0, output("t", "s", b"\xff\xfe\x00caf\xe9\n"))]).bytes(), b"t/s | \xff\xfe\x00caf\xe9\n");
}

#[test]
fn the_beginning_of_a_line_is_shown_after_two_seconds_and_continued() {
    let sink = Sink::default();
    let mut plain = Plain::new(sink.clone(), Box::new(usual_next_command));
    let at = Duration::from_millis;
    plain.event(at(0), &output("t", "s", "waiting.")).unwrap();
    plain.idle(at(1999)).unwrap();
    assert_eq!(sink.text(), "");
    plain.idle(at(2000)).unwrap();
    assert_eq!(sink.text(), "t/s | waiting.");
    plain.event(at(2500), &output("t", "s", ". done\n")).unwrap();
    plain.event(at(2600), &output("t", "s", "10%")).unwrap();
    plain.idle(at(4600)).unwrap();
    plain.event(at(4700), &output("t", "s", "\r20%\n")).unwrap();
    plain.event(at(4800), &output("t", "s", "a")).unwrap();
    plain.idle(at(6800)).unwrap();
    plain.event(at(6900), &output("t", "other", "b\n")).unwrap();
    plain.event(at(6950), &output("t", "s", "c")).unwrap();
    plain.finish().unwrap();
    assert_eq!(sink.text(), "t/s | waiting.. done\nt/s | 10%\nt/s | 20%\nt/s | a\nt/other | b\nt/s | c\n");
}

#[test]
fn lines_are_not_written_one_by_one() {
    let sink = Sink::default();
    let mut plain = Plain::new(sink.clone(), Box::new(usual_next_command));
    for _ in 0..10_000 {
        plain.event(Duration::ZERO, &output("t", "s", "a line of output\n")).unwrap();
    }
    plain.idle(Duration::ZERO).unwrap();
    assert!(sink.writes() < 10, "{}", sink.writes());
}

#[test]
fn a_reader_that_went_away_is_told_from_a_failure_and_does_not_stop_other_reporters() {
    let sink = Sink::default();
    let closed = Plain::new(Closed, Box::new(usual_next_command));
    let open = Plain::new(sink.clone(), Box::new(usual_next_command));
    let mut both = Several::new(vec![Box::new(closed), Box::new(open)]);
    both.event(Duration::ZERO, &output("t", "s", "x\n")).unwrap();
    assert!(matches!(both.idle(Duration::ZERO), Err(ReportError::Closed)));
    assert_eq!(sink.text(), "t/s | x\n");
}

/// Proves that on a terminal a program's output moves nothing and changes no screen, wherever its sequences are cut, and keeps its colours; in a
/// file it stays what it was.
#[test]
fn on_a_terminal_the_output_acts_on_nothing() {
    let raw = "\x1b[31mred\x1b[0m\x1b[2J\x1b[10A\x1b[?1049h\x1b]0;title\x07\x1b[2K.\n";
    for cut in 0..=raw.len() {
        let sink = Sink::default();
        let mut plain = Plain::new(sink.clone(), Box::new(usual_next_command)).on_terminal(Palette::Colour);
        plain.event(Duration::ZERO, &output("t", "s", &raw[..cut])).unwrap();
        // Long enough for the beginning of a line to be shown as it is.
        plain.idle(Duration::from_secs(3)).unwrap();
        plain.event(Duration::from_secs(3), &output("t", "s", &raw[cut..])).unwrap();
        plain.finish().unwrap();
        let text = sink.text();
        let mut terminal = vt100::Parser::default();
        terminal.process(text.replace('\n', "\r\n").as_bytes());
        assert_eq!(terminal.screen().contents().trim_end(), "t/s | red.", "cut at {cut}: {text:?}");
        assert!(!terminal.screen().alternate_screen() && text.replace("\x1b[31m", "").replace("\x1b[0m", "") == "t/s | red.\n");
    }
    let sink = Sink::default();
    let mut plain = Plain::new(sink.clone(), Box::new(usual_next_command)).on_terminal(Palette::Plain);
    plain.event(Duration::ZERO, &output("t", "s", raw)).unwrap();
    plain.finish().unwrap();
    assert_eq!(sink.text(), "t/s | red.\n");
}
