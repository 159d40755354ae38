//! What is told of sidecars when a step fails, and what a script pushed.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use windlass_engine::run::Cancel;
use windlass_model::docker::PushPattern;
use windlass_model::event::{RunEvent, StepOutcome, Stream};
use windlass_model::image::ImageReference;
use windlass_model::task::{Action, Sidecar, Step, Task, When};

use super::outcome::Run;
use super::support::local::{Fault, IMAGE, Local};
use super::{SIDECAR_TIMEOUT, run_showing, run_steps, step, support, task};

/// A task with a sidecar of this shell script.
fn with_sidecar(directory: &Path, script: &str, readiness: Option<&str>, steps: Vec<Step>) -> Task {
    let mut task = task(directory, steps);
    let instance = task.instance.as_mut().expect("an instance");
    instance.sidecars.push(Sidecar {
        name: "daemon".into(),
        image: ImageReference::parse(IMAGE).expect("a reference"),
        resources: instance.resources,
        ports: Vec::new(),
        env: Vec::new(),
        args: Some(["sh", "-c", script].map(str::to_owned).into()),
        readiness_command: readiness.map(|command| ["sh", "-c", command].map(str::to_owned).into()),
        privileged: false,
    });
    task
}

async fn run_with_sidecar(script: &str, steps: impl FnOnce(&str) -> Vec<Step>, sidecar_logs: bool) -> Run {
    let driver = Local::new(None);
    let directory = driver.path().display().to_string();
    let script = script.replace("DIR", &directory);
    let tasks = |path: &Path| vec![with_sidecar(path, &script, None, steps(&directory))];
    run_showing(Arc::new(support::plugins::host()), driver, tasks, Cancel::default(), None, sidecar_logs).await
}

/// A run with a sidecar that is ready once this command of the shell passes in it.
async fn run_until_ready(fault: Option<Fault>, script: &str, readiness: &str, sidecar_logs: bool) -> Run {
    let driver = Local::new(fault);
    let [script, readiness] = [script, readiness].map(|text| text.replace("DIR", &driver.path().display().to_string()));
    let tasks = |path: &Path| vec![with_sidecar(path, &script, Some(&readiness), vec![step("asks", When::OnSuccess, &["true"])])];
    run_showing(Arc::new(support::plugins::host()), driver, tasks, Cancel::default(), None, sidecar_logs).await
}

/// Proves that a sidecar whose image takes longer than it may take itself is no failure, and that one whose image never comes fails the task
/// with that cause: its time was counted from the pod's start, and it was said not to listen.
#[tokio::test(flavor = "multi_thread")]
async fn the_time_of_a_sidecar_counts_from_its_own_start() {
    // The margin that is granted beyond the time, too.
    let pull = SIDECAR_TIMEOUT + Duration::from_millis(1500);
    for live in [false, true] {
        let script = "touch DIR/up; exec sleep 600";
        let run = run_until_ready(Some(Fault::SlowPull(pull)), script, "test -e DIR/up", live).await;
        assert_eq!((run.failure().as_str(), run.outcome.exit_code.code()), ("", 0));
        let run = run_until_ready(Some(Fault::NoPull(pull)), script, "test -e DIR/up", live).await;
        assert_eq!(run.failure(), "container daemon cannot start: image none cannot be pulled: no such host");
        assert_eq!(run.standing, [""; 0]);
    }
}

/// Proves that nobody is sent to look for a log that is not there.
#[tokio::test(flavor = "multi_thread")]
async fn a_sidecar_that_never_gets_ready_is_told_with_the_log_that_there_is() {
    for live in [false, true] {
        for (script, words) in
            [("echo elsewhere; exec sleep 600", "its log is above; "), ("exec sleep 600", "it wrote nothing; ")]
        {
            let run = run_until_ready(None, script, "false", live).await;
            let failure = run.task_failure().expect("it fails");
            assert!(failure.message.contains("sidecar daemon was not ready within 0.3 s"), "{failure:?}");
            assert!(failure.help.as_deref().is_some_and(|help| help.starts_with(words)), "{failure:?}");
            assert_eq!(run.output().contains("elsewhere"), words.contains("above"), "{}", run.output());
        }
    }
}

/// What the sidecar was shown to write before a step ended.
fn shown_before(run: &Run, step: &str) -> String {
    let ended = |event: &RunEvent| matches!(event, RunEvent::StepFinished { step: ended, .. } if ended.name == step);
    let place = run.events.iter().position(ended).expect("the step ends");
    let piece = |event: &RunEvent| match event {
        RunEvent::Output { stream: Stream::Container { name, .. }, data } if name == "daemon" => {
            Some(String::from_utf8_lossy(data).into_owned())
        }
        _ => None,
    };
    run.events[..place].iter().filter_map(piece).collect()
}

fn failure(run: &Run, step: &str) -> (String, Option<i32>) {
    let failed = run.steps().into_iter().find_map(|(name, outcome)| match outcome {
        StepOutcome::Failed(failure) if name == step => Some((failure.message, failure.exit_code)),
        _ => None,
    });
    failed.unwrap_or_else(|| panic!("{step} did not fail: {:?}", run.steps()))
}

/// Proves that a step that fails by itself says so first, although a sidecar died two steps before; and that the sidecar's last lines, gone with
/// the pod, are in the failure.
#[tokio::test(flavor = "multi_thread")]
async fn a_sidecar_that_died_earlier_is_not_blamed_and_its_last_lines_are_shown() {
    let script = "until [ -e DIR/stop ]; do sleep 0.02; done; echo driver not supported; touch DIR/over; exit 1";
    let steps = |directory: &str| {
        let stop = format!("touch {directory}/stop; until [ -e {directory}/over ]; do sleep 0.02; done");
        vec![
            step("first", When::OnSuccess, &[&stop]),
            step("second", When::OnSuccess, &["true"]),
            step("third", When::OnSuccess, &["exit 7"]),
        ]
    };
    let run = run_with_sidecar(script, steps, false).await;
    let (message, exit_code) = failure(&run, "third");
    assert_eq!(exit_code, Some(7));
    let (own, second) = message.split_once("; ").unwrap_or_else(|| panic!("{message}"));
    assert!(own.contains('7') && !own.contains("daemon"), "{message}");
    assert!(second.contains("daemon exited with code 1"), "{message}");
    assert_eq!(run.failure(), message);
    assert_eq!(shown_before(&run, "third"), "driver not supported\n");
}

/// Proves that what a sidecar that runs on wrote while a step failed is in the failure, too, and nothing of it when all goes well.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_sidecar_wrote_while_a_step_failed_is_shown() {
    let script = "until [ -e DIR/ask ]; do sleep 0.02; done; echo no such role; touch DIR/said; exec sleep 600";
    let steps = |end: &'static str| {
        move |directory: &str| {
            let ask = format!("touch {directory}/ask; until [ -e {directory}/said ]; do sleep 0.02; done; exit {end}");
            vec![step("asks", When::OnSuccess, &[&ask])]
        }
    };
    let run = run_with_sidecar(script, steps("3"), false).await;
    assert_eq!(shown_before(&run, "asks"), "no such role\n");
    let run = run_with_sidecar(script, steps("0"), false).await;
    assert_eq!((run.outcome.exit_code.code(), shown_before(&run, "asks").as_str()), (0, ""));
}

/// Proves that all that a sidecar writes is shown as it comes when that is asked for, also of one that ends early, and no line twice.
#[tokio::test(flavor = "multi_thread")]
async fn the_whole_log_of_a_sidecar_comes_live_when_asked_for() {
    let script = "echo one; until [ -e DIR/stop ]; do sleep 0.02; done; echo two; touch DIR/over; exit 1";
    let steps = |directory: &str| {
        let stop = format!("touch {directory}/stop; until [ -e {directory}/over ]; do sleep 0.02; done; sleep 0.3; exit 3");
        vec![step("stops", When::OnSuccess, &[&stop])]
    };
    let run = run_with_sidecar(script, steps, true).await;
    assert_eq!(shown_before(&run, "stops"), "one\ntwo\n");
}

/// Proves that the digest of a push in a script is an event like that of a typed push, once, and that a script which pushes nothing cannot
/// claim one.
#[tokio::test(flavor = "multi_thread")]
async fn an_image_that_a_script_pushed_is_told_with_its_digest() {
    let digest = format!("sha256:{}", "a".repeat(64));
    // Stands for the client: what counts is what the plan knows of the script.
    let says = format!("echo 'The push refers to repository [r.example/app]'; echo '1: digest: {digest} size: 528'");
    let run_of = async |pushes: Vec<PushPattern>| {
        let action = Action::Script { lines: vec![says.clone()], background: false, pushes };
        run_steps(Local::new(None), vec![Step { name: "push".into(), when: When::OnSuccess, action, line: 1 }]).await
    };
    let pushed = |run: &Run| {
        let image = |event: &RunEvent| match event {
            RunEvent::ImagePushed { step, image } => Some((step.name.clone(), image.reference.clone(), image.digest.to_string())),
            _ => None,
        };
        run.events.iter().filter_map(image).collect::<Vec<_>>()
    };
    let run = run_of(vec![PushPattern::new(vec!["r.example/app:".into(), String::new()])]).await;
    assert_eq!(pushed(&run), [("push".to_owned(), "r.example/app:1".to_owned(), digest.clone())]);
    assert_eq!(pushed(&run_of(Vec::new()).await), []);
}
