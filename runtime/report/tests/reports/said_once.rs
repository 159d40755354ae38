//! Why something failed is said where it is looked for, and no second time beside it.

use windlass_model::event::{Failure, RunEvent, StepOutcome, TaskOutcome};
use windlass_report::{Palette, Plain, Reporter as _, usual_next_command};

use crate::runs::{
    Course, failure, finished, outline, show, started, step_finished, step_ref, step_started, task_finished, task_started,
};
use crate::screen::Screen;
use crate::sink::Sink;

const WHY: &str = "kaniko: RUN in line 3 of the Dockerfile exited with code 7";

/// A build that fails, and what its task's end is then.
fn build(end: impl Fn() -> TaskOutcome) -> Course {
    vec![
        (0, started(vec![outline("app", &["clone", "build"])])),
        (1, task_started("app")),
        (2, step_started("app", "build")),
        (3, step_finished("app", "build", StepOutcome::Failed(failure(WHY)), 1)),
        (4, task_finished("app", end(), 3)),
        (5, finished(1, &[], 5)),
    ]
}

fn failed() -> TaskOutcome {
    TaskOutcome::Failed(failure(WHY))
}

fn plain(course: &Course) -> String {
    let sink = Sink::default();
    show(&mut Plain::new(sink.clone(), Box::new(usual_next_command)), course);
    sink.text()
}

/// Proves that neither the step's line nor the task's says what the last screen, which follows, says again. All of three did.
#[test]
fn the_plain_log_of_a_failed_build_says_why_once() {
    let text = plain(&build(failed));
    assert_eq!(text.matches(WHY).count(), 1, "{text}");
    assert!(text.contains("==> app/build failed after 0.0s\n==> app failed after 0.0s\n\napp failed: kaniko"), "{text}");
}

/// Proves the same for what is left on a terminal, and that it is not kept back until the end: the live lines say it.
#[test]
fn a_terminal_says_why_at_once_and_leaves_it_once() {
    let mut screen = Screen::new(100, 30, Palette::Plain);
    for (from, until) in [(0, 4), (4, 5), (5, 6)] {
        screen.show(&build(failed).into_iter().filter(|(at, _)| *at >= from).collect(), until);
        if until < 6 {
            screen.wait(until * 200);
        } else {
            screen.reporter.finish().unwrap();
        }
        assert_eq!(screen.contents().matches(WHY).count(), 1, "before {until}: {}", screen.contents());
    }
}

/// Proves that whoever follows a log of several tasks does not wait for the last of them to learn why the first one failed.
#[test]
fn the_plain_log_says_why_at_once_while_other_tasks_run() {
    let mut course = build(failed);
    course.insert(1, (0, task_started("docs")));
    let text = plain(&course);
    assert!(text.contains(&format!("==> app/build failed after 0.0s: {WHY}\n==> app failed after 0.0s\n")), "{text}");
}

/// Proves that a step's cause is not lost where its task ends in another way.
#[test]
fn every_end_of_a_task_says_why_its_step_failed() {
    for end in [TaskOutcome::Cancelled, TaskOutcome::FailureAllowed(failure(WHY)), TaskOutcome::FailureAllowed(failure("other"))]
    {
        let text = plain(&build(|| end.clone()));
        assert_eq!(text.matches(WHY).count(), 1, "{end:?}: {text}");
    }
}

/// Proves that a run which was interrupted does not say so of every step that ran then: tasks are counted as cancelled.
#[test]
fn the_last_screen_does_not_say_of_each_step_that_it_was_interrupted() {
    let interrupted = RunEvent::StepFinished {
        step: step_ref("app", "build"),
        outcome: StepOutcome::Failed(Failure::interrupted()),
        duration_ms: 1,
    };
    let mut course = build(|| TaskOutcome::Cancelled);
    course[3].1 = interrupted;
    let text = plain(&course);
    assert!(text.contains("1 cancelled") && !text.contains("interrupted"), "{text}");
    assert!(
        text.contains("build cancelled after") && !text.contains("build failed"),
        "one word for the step and its task: {text}"
    );
    let mut screen = Screen::new(100, 30, Palette::Plain);
    for (from, until) in [(0, 4), (4, 5)] {
        screen.show(&course.iter().filter(|(at, _)| *at >= from).cloned().collect(), until);
        screen.wait(until * 200);
        let shown = screen.contents();
        assert!(shown.contains("cancelled") && !shown.contains("failed"), "{shown}");
    }
}

/// Proves that it is said also when windlass itself fails before the run has an end.
#[test]
fn a_run_without_end_says_why_its_tasks_failed() {
    let mut course = build(failed);
    course.retain(|(_, event)| !matches!(event, RunEvent::RunFinished { .. }));
    let text = plain(&course);
    assert_eq!(text.matches(WHY).count(), 1, "{text}");
}
