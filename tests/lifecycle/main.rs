//! The executor with the real plugin host, the real shell plugin and the real agent, on a driver that fails on command.
//! Whatever happens: never green on doubt, never a hang, nothing left behind.

#![allow(clippy::expect_used, reason = "a test that cannot go on should say why and stop")]

mod artifacts;
mod broken;
mod ending;
mod hostile;
mod instead;
mod kept;
mod login;
mod masking;
mod outcome;
mod platform;
mod results;
mod sidecars;
#[path = "../support/mod.rs"]
mod support;
mod working_dir;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use outcome::Run;
use platform::Anything;
use support::local::{Fault, Local};
use windlass_artifact_store::{Place, Store};
use windlass_engine::planner::{CacheStore, PlanInput, Platform, Selection, plan};
use windlass_engine::ports::driver::Driver;
use windlass_engine::ports::http::{Http, HttpError, Piece, Request, Response};
use windlass_engine::ports::plugin::PluginHost;
use windlass_engine::run::{Cancel, Execution};
use windlass_model::event::StepOutcome;
use windlass_model::image::ImageReference;
use windlass_model::lines::Lines;
use windlass_model::plan::{RunId, Target};
use windlass_model::pod::PullPolicy;
use windlass_model::quantity::{MebiBytes, MilliCpu, Resources};
use windlass_model::secret::{EnvValue, EnvVar, SecretName};
use windlass_model::task::{Action, Instance, InstanceImage, Placement, SecretRequest, Step, Task, TaskId, When};
use windlass_redact::Redactor;

/// How long a sidecar may take from its start.
const SIDECAR_TIMEOUT: Duration = Duration::from_millis(300);

fn step(name: &str, when: When, lines: &[&str]) -> Step {
    let lines = lines.iter().map(|l| (*l).to_owned()).collect();
    Step { name: name.into(), when, action: Action::Script { lines, background: false, pushes: Vec::new() }, line: 1 }
}

fn task(directory: &Path, steps: Vec<Step>) -> Task {
    let resources = Resources { cpu: MilliCpu(500), memory: MebiBytes(64), greedy: false };
    let key = SecretName::new("KEY").expect("a name");
    Task {
        env: vec![
            EnvVar::text("CIRRUS_WORKING_DIR", directory.join("work").display().to_string()),
            EnvVar { name: "KEY".into(), value: EnvValue::Secret(key.clone()) },
        ],
        secrets: vec![SecretRequest { name: key, reference: "ENCRYPTED[x]".into() }],
        timeout: Duration::from_secs(60),
        ..Task::new(
            TaskId(0),
            "t",
            Some(Instance::new(
                Placement::Engine,
                InstanceImage::Reference(ImageReference::parse("none").expect("a reference")),
                resources,
            )),
            steps,
        )
    }
}

async fn run(driver: Local, tasks: impl FnOnce(&Path) -> Vec<Task>, cancel: Cancel, strike: Option<&str>) -> Run {
    run_with(Arc::new(support::plugins::host()), driver, tasks, cancel, strike).await
}

/// Every host, which answers nothing but that all is well.
struct Answering;

#[async_trait::async_trait]
impl Http for Answering {
    async fn send(&self, request: Request<Piece>) -> Result<Response, HttpError> {
        Ok(Response { url: request.address.url().to_string(), status: 200, headers: Vec::new(), body: Vec::new() })
    }
}

async fn run_with(
    plugins: Arc<dyn PluginHost>,
    driver: Local,
    tasks: impl FnOnce(&Path) -> Vec<Task>,
    cancel: Cancel,
    strike: Option<&str>,
) -> Run {
    run_showing(plugins, driver, tasks, cancel, strike, false).await
}

/// The same, with all that sidecars write, if that is asked for.
async fn run_showing(
    plugins: Arc<dyn PluginHost>,
    driver: Local,
    tasks: impl FnOnce(&Path) -> Vec<Task>,
    cancel: Cancel,
    strike: Option<&str>,
    sidecar_logs: bool,
) -> Run {
    let driver = Arc::new(driver);
    let workspace = tempfile::tempdir().expect("a directory");
    let tasks = tasks(driver.path());
    let input = PlanInput {
        run: RunId::from_random(7),
        tasks: &tasks,
        lines: &Lines::default(),
        left_out: &[],
        selection: &Selection::default(),
        variables: &[],
        overrides: &[],
        substitutes: &[],
        roles: &windlass_assets::roles(),
        base: workspace.path(),
        platform: &Platform { pull_policy: PullPolicy::Never, sidecar_timeout: Some(SIDECAR_TIMEOUT), ..Platform::default() },
        files: &Anything,
        caches: &CacheStore::default(),
        surroundings: &Anything,
    };
    let plan = plan(&input, plugins.as_ref()).await.expect("a plan");
    let key = SecretName::new("KEY").expect("a name");
    let secrets = tasks.iter().map(|t| (t.id, BTreeMap::from([(key.clone(), b"hunter2hunter2".to_vec().into())]))).collect();
    let (events, mut received) = tokio::sync::mpsc::channel(64);
    let collected = tokio::spawn(async move {
        let mut all = Vec::new();
        while let Some(event) = received.recv().await {
            all.push(event);
        }
        all
    });
    let striking = strike.map(|file| {
        let (driver, file) = (Arc::clone(&driver), driver.path().join(file));
        tokio::spawn(async move { driver.strike_when(&file).await })
    });
    let (redactor, artifacts) = (Redactor::new(), tempfile::tempdir().expect("a directory"));
    let execution = Execution {
        redactor: redactor.clone(),
        plan,
        drivers: BTreeMap::from([(Target::Engine, Arc::clone(&driver) as Arc<dyn Driver>)]),
        plugins,
        http: Arc::new(Answering),
        secrets,
        workspace: windlass_working_copy::Upload::of(workspace.path()),
        artifacts: Store::new(Place::Named(artifacts.path().to_owned()), "run"),
        caches: BTreeMap::new(),
        attempts: None,
        mover: &[],
        jobs: 2,
        sidecar_logs,
        events,
        cancel,
    };
    let outcome = tokio::time::timeout(Duration::from_secs(100), execution.execute()).await.expect("the run does not hang");
    if let Some(striking) = striking {
        striking.abort();
    }
    Run { outcome, events: collected.await.expect("events"), standing: driver.standing(), redactor, artifacts }
}

async fn run_steps(driver: Local, steps: Vec<Step>) -> Run {
    run(driver, |directory| vec![task(directory, steps)], Cancel::default(), None).await
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_run_in_order_share_the_environment_and_hide_the_secret() {
    let steps = vec![
        step("first", When::OnSuccess, &["echo \"A=from-first\" >> \"$CIRRUS_ENV\"", "echo key is $KEY"]),
        step("second", When::OnSuccess, &["echo \"A is $A\""]),
    ];
    let run = run_steps(Local::new(None), steps).await;
    assert_eq!(run.outcome.exit_code.code(), 0, "{:?}", run.events);
    assert!(run.output().contains("A is from-first"), "{}", run.output());
    assert!(run.output().contains("key is HIDDEN-BY-WINDLASS"), "{}", run.output());
    assert!(!format!("{:?}", run.events).contains("hunter2"), "the secret is in no event");
    assert_eq!(run.standing, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_step_fails_the_task_and_lets_on_failure_and_always_run() {
    let steps = vec![
        step("breaks", When::OnSuccess, &["exit 7"]),
        step("skipped", When::OnSuccess, &["echo never"]),
        step("told", When::OnFailure, &["echo failure noticed"]),
        step("tidy", When::Always, &["echo tidied"]),
    ];
    let run = run_steps(Local::new(None), steps).await;
    assert_eq!(run.outcome.exit_code.code(), 1);
    assert!(!run.output().contains("never") && run.output().contains("failure noticed") && run.output().contains("tidied"));
    let StepOutcome::Failed(failure) = &run.steps()[0].1 else { panic!("{:?}", run.steps()) };
    assert_eq!(failure.exit_code, Some(7));
    assert_eq!(run.steps()[1].1, StepOutcome::Skipped);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_out_kills_the_step_and_runs_what_comes_after_it() {
    let steps = vec![step("slow", When::OnSuccess, &["sleep 600"]), step("late", When::OnTimeout, &["echo too late"])];
    let tasks = |directory: &Path| vec![Task { timeout: Duration::from_secs(1), ..task(directory, steps) }];
    let run = run(Local::new(None), tasks, Cancel::default(), None).await;
    assert_eq!(run.outcome.exit_code.code(), 1);
    assert!(run.failure().contains("ran out of time"), "{}", run.failure());
    assert!(run.output().contains("too late"), "{}", run.output());
    assert_eq!(run.standing, [""; 0]);
}

/// Streams that break again and again still deliver every byte once, and the step is green only because all are there. Each stream
/// carries a little more than one message: with less, a message that is cut comes again for ever.
#[tokio::test(flavor = "multi_thread")]
async fn output_is_complete_though_every_stream_is_cut() {
    let line = |i: usize| format!("line {i:0>95}");
    let steps =
        vec![step("loud", When::OnSuccess, &["i=0; while [ $i -lt 3000 ]; do printf 'line %095d\\n' $i; i=$((i+1)); done"])];
    let run = run_steps(Local::new(Some(Fault::CutStreams(70_001))), steps).await;
    assert_eq!(run.outcome.exit_code.code(), 0, "{:?}", run.steps());
    let lines: Vec<String> = run.output().lines().filter(|l| l.starts_with("line ")).map(str::to_owned).collect();
    let expected: Vec<String> = (0..3000).map(line).collect();
    assert_eq!(lines, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_of_the_driver_are_never_green_and_leave_nothing() {
    for (fault, code, words) in [
        (Fault::Create, 3, "a quota is full"),
        (Fault::ImageMissing, 1, "does not exist"),
        (Fault::OutOfMemory, 1, "was OOM-killed at 64Mi"),
        (Fault::DeletedByOthers, 3, "deleted by someone else"),
    ] {
        let steps = |directory: &Path| {
            let mark = directory.join("struck").display().to_string();
            vec![task(directory, vec![step("s", When::OnSuccess, &[&format!("touch {mark}"), "sleep 600"])])]
        };
        let run = run(Local::new(Some(fault)), steps, Cancel::default(), Some("struck")).await;
        assert_eq!(run.outcome.exit_code.code(), code, "{fault:?}: {:?}", run.events);
        assert!(run.failure().contains(words), "{fault:?}: {}", run.failure());
        assert_eq!(run.standing, [""; 0], "{fault:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_that_fails_is_told_with_the_command_and_has_an_exit_code() {
    let run = run_steps(Local::new(Some(Fault::Delete)), vec![step("s", When::OnSuccess, &["true"])]).await;
    assert_eq!(run.outcome.exit_code.code(), 5);
    assert!(run.outcome.leftovers[0].contains("windlass gc"), "{:?}", run.outcome.leftovers);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_run_ends_its_step_deletes_its_pod_and_says_so() {
    let cancel = Cancel::default();
    let soft = cancel.soft.clone();
    let driver = Local::new(None);
    let mark = driver.path().join("running");
    let waiting = tokio::spawn(async move {
        while !mark.exists() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        soft.cancel();
    });
    let tasks = |directory: &Path| {
        let mark = directory.join("running").display().to_string();
        vec![task(directory, vec![step("s", When::OnSuccess, &[&format!("touch {mark}"), "sleep 600"])])]
    };
    let run = run(driver, tasks, cancel, None).await;
    waiting.abort();
    assert_eq!(run.outcome.exit_code.code(), 130, "{:?}", run.events);
    assert_eq!(run.standing, [""; 0]);
}
