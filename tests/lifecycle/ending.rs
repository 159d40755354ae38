//! How tasks end that do not end by themselves: interrupted once or twice, with steps that tidy up, and steps in the background.

use std::path::{Path, PathBuf};
use std::time::Duration;

use windlass_engine::run::Cancel;
use windlass_engine::times::CREATION_END;
use windlass_model::event::{Failure, RunEvent, StepOutcome};
use windlass_model::task::{Action, Step, Task, When};

use super::outcome::Run;
use super::support::local::{Fault, Local};
use super::{run, step, task};

/// Does something once a file is there.
fn when_there(file: PathBuf, then: impl FnOnce() + Send + 'static) -> tokio::task::JoinHandle<()> {
    tokio::spawn(async move {
        while !file.exists() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        then();
    })
}

async fn interrupted(steps: impl FnOnce(&str) -> Vec<Step>, marks: &[&str]) -> Run {
    interrupted_on(Local::new(None), steps, marks).await
}

/// Runs the steps, which are given the driver's directory, and interrupts them once `marks[0]` is there, and again at `marks[1]`.
async fn interrupted_on(driver: Local, steps: impl FnOnce(&str) -> Vec<Step>, marks: &[&str]) -> Run {
    let cancel = Cancel::default();
    let tokens = [cancel.soft.clone(), cancel.hard.clone()];
    let waiting: Vec<_> = marks
        .iter()
        .zip(tokens)
        .map(|(mark, token)| {
            let file = driver.path().join(mark);
            let told = driver.path().join(format!("{mark}-told"));
            when_there(file, move || {
                token.cancel();
                std::fs::write(told, "").expect("a file");
            })
        })
        .collect();
    let tasks = |directory: &Path| vec![task(directory, steps(&directory.display().to_string()))];
    let run = run(driver, tasks, cancel, None).await;
    waiting.iter().for_each(tokio::task::JoinHandle::abort);
    assert_eq!(run.standing, [""; 0]);
    run
}

fn until(file: &str) -> String {
    format!("until [ -e {file} ]; do sleep 0.01; done")
}

fn outcome<'a>(steps: &'a [(String, StepOutcome)], name: &str) -> &'a StepOutcome {
    &steps.iter().find(|(step, _)| step == name).expect("a step").1
}

/// The step that works ends at once, and what tidies up afterwards runs to its end.
#[tokio::test(flavor = "multi_thread")]
async fn the_first_interruption_lets_always_steps_run() {
    let steps = |directory: &str| {
        vec![
            step("work", When::OnSuccess, &[&format!("touch {directory}/working"), "sleep 600"]),
            step("next", When::OnSuccess, &["echo never"]),
            step("tidy", When::Always, &["echo tidied"]),
        ]
    };
    let run = interrupted(steps, &["working"]).await;
    assert_eq!(run.outcome.exit_code.code(), 130, "{:?}", run.events);
    assert!(run.output().contains("tidied") && !run.output().contains("never"), "{}", run.output());
    let steps = run.steps();
    assert!(matches!(outcome(&steps, "work"), StepOutcome::Failed(Failure { message, .. }) if message == "interrupted"));
    assert_eq!((outcome(&steps, "next"), outcome(&steps, "tidy")), (&StepOutcome::Skipped, &StepOutcome::Passed));
}

/// An `always` step that runs when the user interrupts comes to its end, and a task that had failed is failed, by the same cause.
#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_had_failed_stays_failed_and_its_running_clean_up_ends() {
    let steps = |directory: &str| {
        let (touch, wait) = (format!("touch {directory}/tidying"), until(&format!("{directory}/tidying-told")));
        vec![
            step("work", When::OnSuccess, &["exit 7"]),
            step("tidy", When::OnFailure, &[&touch, &wait, "echo tidied"]),
            step("last", When::Always, &["echo last"]),
        ]
    };
    let run = interrupted(steps, &["tidying"]).await;
    assert_eq!(run.outcome.exit_code.code(), 1, "{:?}", run.events);
    assert!(run.failure().contains('7'), "{}", run.failure());
    assert!(run.output().contains("tidied") && run.output().contains("last"), "{}", run.output());
    assert_eq!(outcome(&run.steps(), "tidy"), &StepOutcome::Passed);
}

/// The second interruption ends what tidies up, and nothing else starts.
#[tokio::test(flavor = "multi_thread")]
async fn the_second_interruption_ends_always_steps() {
    let steps = |directory: &str| {
        vec![
            step("work", When::OnSuccess, &[&format!("touch {directory}/working"), "sleep 600"]),
            step("tidy", When::Always, &[&format!("touch {directory}/tidying"), "sleep 600"]),
            step("last", When::Always, &["echo never"]),
        ]
    };
    let run = interrupted(steps, &["working", "tidying"]).await;
    assert_eq!(run.outcome.exit_code.code(), 130, "{:?}", run.events);
    assert!(!run.output().contains("never"), "{}", run.output());
    assert_eq!(outcome(&run.steps(), "last"), &StepOutcome::Skipped);
}

fn background(name: &str, lines: &[&str]) -> Step {
    let lines = lines.iter().map(|line| (*line).to_owned()).collect();
    Step { action: Action::Script { lines, background: true, pushes: Vec::new() }, ..step(name, When::OnSuccess, &[]) }
}

/// Waits until the process whose number is in the file has ended and is waited for: `kill` finds one that is only dead.
fn until_gone(file: &str) -> String {
    format!("until [ -s {file} ] && ! kill -0 $(cat {file}) 2>/dev/null; do sleep 0.01; done")
}

async fn with_background(lines: &[&str], waits: fn(&str) -> String, seen: &str) -> Run {
    let directory = |directory: &Path| -> Vec<Task> {
        let mark = directory.join("gone").display().to_string();
        let lines: Vec<String> = lines.iter().map(|line| line.replace("MARK", &mark)).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        vec![task(directory, vec![background("serve", &lines), step("test", When::OnSuccess, &[&waits(&mark), "echo tested"])])]
    };
    let run = run(Local::new(None), directory, Cancel::default(), None).await;
    assert_eq!(run.outcome.exit_code.code(), 0, "{:?}", run.events);
    assert!(run.output().contains("tested") && run.output().contains(seen), "{}", run.output());
    run
}

fn background_failures(run: &Run) -> Vec<(String, Option<i32>)> {
    let failed = |event: &RunEvent| match event {
        RunEvent::BackgroundFailed { step, failure } => Some((step.name.clone(), failure.exit_code)),
        _ => None,
    };
    run.events.iter().filter_map(failed).collect()
}

/// A script in the background that fails while its task runs is told with its exit code. It fails nothing, as on the service.
#[tokio::test(flavor = "multi_thread")]
async fn a_background_script_that_fails_early_is_told_and_fails_nothing() {
    let run = with_background(&["echo no config", "echo $$ >MARK", "exit 3"], until_gone, "no config").await;
    assert_eq!(background_failures(&run), [("serve".to_owned(), Some(3))], "{:?}", run.events);
}

/// One that runs until its task ends is ended then, and one that ends well has done what it should: neither is told.
#[tokio::test(flavor = "multi_thread")]
async fn a_background_script_that_ends_with_its_task_or_well_is_not_told() {
    for lines in [&["echo up", "touch MARK", "sleep 600"][..], &["echo up", "touch MARK"]] {
        let run = with_background(lines, until, "up").await;
        assert_eq!(background_failures(&run), [], "{:?}", run.events);
    }
}

/// Nothing that a task started outlives it: with a network that swallows everything, an interrupted run is over as soon as its pod is gone, and
/// nobody is left who could still say something.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_network_an_interrupted_run_is_over_at_once() {
    let (cancel, driver) = (Cancel::default(), Local::new(Some(Fault::Silent)));
    let soft = cancel.soft.clone();
    let waiting = when_there(driver.path().join("tried"), move || soft.cancel());
    let tasks = |directory: &Path| vec![task(directory, vec![step("s", When::OnSuccess, &["true"])])];
    // The end of the events is waited for, too: it comes when the last sender is gone.
    let run = tokio::time::timeout(Duration::from_secs(10), run(driver, tasks, cancel, None)).await.expect("it is over soon");
    waiting.abort();
    assert_eq!(run.outcome.exit_code.code(), 130, "{:?}", run.events);
    assert_eq!(run.standing, [""; 0]);
}

/// A pod that waits for room is given up at the first interruption. Nothing was made, so there is nothing to wait for: it took as long as a
/// deletion waits for a creation to end by itself.
#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_wait_for_room_is_over_at_once() {
    let steps = |_: &str| vec![step("never", When::OnSuccess, &["echo never"])];
    let run = interrupted_on(Local::new(Some(Fault::NoRoom)), steps, &["waiting"]);
    let run = tokio::time::timeout(CREATION_END / 2, run).await.expect("it is over at once");
    assert_eq!(run.outcome.exit_code.code(), 130, "{:?}", run.events);
    assert!(!run.output().contains("never"), "{}", run.output());
}

/// Who interrupts twice does not wait for minutes for a network that is gone. What may still stand is told, with what finds and deletes it.
#[tokio::test(flavor = "multi_thread")]
async fn the_second_interruption_does_not_wait_long_for_a_deletion() {
    let steps = |directory: &str| {
        let touch = format!("touch {directory}/working {directory}/more");
        vec![step("work", When::OnSuccess, &[&touch, "sleep 600"])]
    };
    let run = interrupted_on(Local::new(Some(Fault::Unanswered)), steps, &["working", "more"]);
    let run = tokio::time::timeout(Duration::from_secs(30), run).await.expect("it is over soon");
    assert_eq!(run.outcome.exit_code.code(), 5, "{:?}", run.events);
    assert!(run.outcome.leftovers[0].contains("windlass gc --all"), "{:?}", run.outcome.leftovers);
}
