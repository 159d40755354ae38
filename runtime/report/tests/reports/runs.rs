//! Runs to report.

use std::time::Duration;

use windlass_model::digest::Digest;
use windlass_model::event::{
    CacheOutcome, Failure, FailureKind, Level, RunEvent, StepOutcome, StepRef, Stream, TaskOutcome, TaskOutline, TaskRef,
};
use windlass_model::plan::RunId;
use windlass_model::plugin::PushedImage;
use windlass_model::result::{Annotation, ResultName, ResultValue};
use windlass_model::task::TaskId;
use windlass_report::Reporter;

/// Events with the milliseconds at which they happen.
pub type Course = Vec<(u64, RunEvent)>;

/// Shows a course to its end, with a moment of rest after every event.
pub fn show(reporter: &mut impl Reporter, course: &Course) {
    for (at, event) in course {
        reporter.event(Duration::from_millis(*at), event).unwrap();
        reporter.idle(Duration::from_millis(*at)).unwrap();
    }
    reporter.finish().unwrap();
}

pub fn run_id() -> RunId {
    RunId::from_random(12_345_678_901)
}

/// The tasks of the runs here, in order, and their steps.
const TASKS: [(&str, &[&str]); 6] = [
    ("app", &["clone", "build", "push", "login", "daemon", "notify"]),
    ("docs", &["push"]),
    ("deploy", &["apply"]),
    ("lint", &[]),
    ("mac", &[]),
    ("t", &["s", "other", "a", "b", "daemon"]),
];

/// A task by its name. One that is not listed above comes after those.
pub fn task_ref(name: &str) -> TaskRef {
    let number = || name.bytes().map(usize::from).sum();
    TaskRef { name: name.to_owned(), id: TaskId(TASKS.iter().position(|(task, _)| *task == name).unwrap_or_else(number)) }
}

/// A step by its name: at its place above, else the first.
pub fn step_ref(task: &str, name: &str) -> StepRef {
    let steps = TASKS.iter().find(|(known, _)| *known == task).map(|(_, steps)| *steps);
    let index = steps.and_then(|steps| steps.iter().position(|step| *step == name)).unwrap_or_default();
    StepRef { task: task_ref(task), name: name.to_owned(), index }
}

pub fn outline(name: &str, steps: &[&str]) -> TaskOutline {
    TaskOutline { id: task_ref(name).id, name: name.to_owned(), steps: steps.iter().map(|&step| step.to_owned()).collect() }
}

pub fn started(tasks: Vec<TaskOutline>) -> RunEvent {
    RunEvent::RunStarted { run: run_id(), time: "2026-11-28T19:46:06.250Z".to_owned(), windlass: "0.1.0".to_owned(), tasks }
}

pub fn task_started(task: &str) -> RunEvent {
    RunEvent::TaskStarted {
        task: task_ref(task),
        target: "context prod, namespace ci".to_owned(),
        pod: format!("windlass-vbhy5pla-{task}"),
    }
}

pub fn step_started(task: &str, step: &str) -> RunEvent {
    RunEvent::StepStarted { step: step_ref(task, step) }
}

pub fn sent(task: &str, step: &str, bytes: u64) -> RunEvent {
    RunEvent::WorkingCopySent { step: step_ref(task, step), bytes }
}

pub fn output(task: &str, step: &str, data: impl AsRef<[u8]>) -> RunEvent {
    RunEvent::Output { stream: Stream::Step(step_ref(task, step)), data: data.as_ref().into() }
}

pub fn log_of(task: &str, container: &str, data: impl AsRef<[u8]>) -> RunEvent {
    let stream = Stream::Container { task: task_ref(task), name: container.to_owned() };
    RunEvent::Output { stream, data: data.as_ref().into() }
}

pub fn step_finished(task: &str, step: &str, outcome: StepOutcome, duration_ms: u64) -> RunEvent {
    RunEvent::StepFinished { step: step_ref(task, step), outcome, duration_ms }
}

pub fn task_finished(task: &str, outcome: TaskOutcome, duration_ms: u64) -> RunEvent {
    RunEvent::TaskFinished { task: task_ref(task), outcome, duration_ms }
}

pub fn pushed(task: &str, step: &str, reference: &str) -> RunEvent {
    let image = PushedImage { reference: reference.to_owned(), digest: Digest::from_sha256([0xab; 32]) };
    RunEvent::ImagePushed { step: step_ref(task, step), image }
}

pub fn image_value(reference: &str) -> ResultValue {
    ResultValue::Image(PushedImage { reference: reference.to_owned(), digest: Digest::from_sha256([0xab; 32]) })
}

pub fn result(task: &str, step: &str, name: &str, value: ResultValue) -> RunEvent {
    let name = ResultName::parse(name).unwrap();
    RunEvent::ResultSet { step: step_ref(task, step), variable: name.variable(step), name: name.to_string(), value }
}

pub fn annotated(task: &str, step: &str, path: &str, line: u32, message: &str) -> RunEvent {
    let annotation = Annotation {
        path: path.to_owned(),
        line,
        end_line: None,
        column: Some(9),
        end_column: None,
        level: Level::Warning,
        title: Some("unused".to_owned()),
        message: message.to_owned(),
    };
    RunEvent::Annotated { step: step_ref(task, step), annotation }
}

pub fn artifact_file(task: &str, step: &str, path: &str, size: u64) -> RunEvent {
    let (step_ref, path, digest) = (step_ref(task, step), path.to_owned(), Digest::from_sha256([0xab; 32]));
    RunEvent::ArtifactFile { step: step_ref, artifact: step.to_owned(), path, size, digest }
}

pub fn collected(task: &str, step: &str, files: u64, size: u64) -> RunEvent {
    let directory = format!(".windlass/artifacts/vbhy5pla/{task}/{step}");
    RunEvent::ArtifactCollected { step: step_ref(task, step), artifact: step.to_owned(), directory, files, size }
}

pub fn cache(task: &str, step: &str, outcome: CacheOutcome) -> RunEvent {
    RunEvent::Cache { step: step_ref(task, step), cache: step.to_owned(), key: format!("{step}-7d865e959b24"), outcome }
}

pub fn notice(task: &str, container: Option<&str>, level: Level, message: &str) -> RunEvent {
    let container = container.map(str::to_owned);
    RunEvent::PodNotice { task: task_ref(task), container, level, message: message.to_owned() }
}

pub fn finished(exit_code: u8, leftovers: &[&str], duration_ms: u64) -> RunEvent {
    let leftovers = leftovers.iter().map(|&leftover| leftover.to_owned()).collect();
    RunEvent::RunFinished { run: run_id(), exit_code, leftovers, duration_ms }
}

pub fn failure(message: &str) -> Failure {
    Failure { kind: FailureKind::Task, message: message.to_owned(), exit_code: Some(1), help: None }
}

/// A build whose daemon runs out of memory, beside a task that pushes and two that never run.
pub fn failed_run() -> Course {
    let killed = Failure {
        kind: FailureKind::Task,
        message: "dockerdaemon was OOM-killed at 3500Mi while step build ran".to_owned(),
        exit_code: None,
        help: Some("give dockerdaemon more `memory` in additional_containers".to_owned()),
    };
    vec![
        (
            0,
            started(vec![outline("app", &["clone", "build", "push"]), outline("docs", &["push"]), outline("deploy", &["apply"])]),
        ),
        (10, task_started("app")),
        (12, task_started("docs")),
        (900, notice("app", Some("dockerdaemon"), Level::Info, "pulling docker:28-dind")),
        (1500, notice("docs", None, Level::Warning, "0/3 nodes are available: insufficient memory")),
        (2000, step_started("app", "clone")),
        (2100, output("app", "clone", "receiving 10%\rreceiving 100%\rreceived 3 files\n")),
        (2200, step_finished("app", "clone", StepOutcome::Passed, 200)),
        (2300, step_started("app", "build")),
        (2310, step_started("docs", "push")),
        (2400, output("app", "build", "Step 1/2 : FROM alpine\nStep 2/2 : RU")),
        (2500, output("docs", "push", "pushing layer\n")),
        (2600, output("app", "build", "N make\n")),
        (2700, pushed("docs", "push", "registry.example/docs:1")),
        (2800, step_finished("docs", "push", StepOutcome::Passed, 490)),
        (2900, task_finished("docs", TaskOutcome::Passed, 2888)),
        (62_000, output("app", "build", "\x1b[31mKilled\x1b[0m")),
        (62_300, step_finished("app", "build", StepOutcome::Failed(killed.clone()), 60_000)),
        (62_310, step_finished("app", "push", StepOutcome::Skipped, 0)),
        (63_000, task_finished("app", TaskOutcome::Failed(killed), 62_990)),
        (63_000, task_finished("deploy", TaskOutcome::NotStarted { because: "app".to_owned() }, 0)),
        (63_000, task_finished("mac", TaskOutcome::NotRun { reason: "macOS does not run in a container".to_owned() }, 0)),
        (63_100, finished(1, &["kubectl --context prod -n ci delete pod windlass-x"], 63_100)),
    ]
}

/// An event of every variant, with an outcome of every variant in it.
pub fn one_of_each() -> Vec<RunEvent> {
    let plugin = Failure {
        kind: FailureKind::Plugin,
        message: "plugin vault-login asked for workspace-write, which it was not granted".to_owned(),
        exit_code: None,
        help: Some("grant it in windlass.yaml: plugins.vault-login.grants".to_owned()),
    };
    let events = vec![
        started(vec![outline("app", &["clone", "build"])]),
        task_started("app"),
        notice("app", Some("dockerdaemon"), Level::Info, "pulling docker:28-dind"),
        step_started("app", "build"),
        sent("app", "clone", 12_345_678),
        output("app", "build", "Step 1/2 : FROM alpine\n"),
        log_of("app", "dockerdaemon", "API listen on [::]:2375\n"),
        RunEvent::PluginLog { step: step_ref("app", "login"), level: Level::Debug, message: "token expires in 1h".to_owned() },
        pushed("app", "push", "registry.example/app:1"),
        result("app", "push", "IMAGE", image_value("registry.example/app:1")),
        result("app", "test", "TESTS", ResultValue::Count(128)),
        annotated("app", "test", "src/main.rs", 7, "unused variable"),
        artifact_file("app", "logs", "out/a.log", 1234),
        collected("app", "logs", 2, 3456),
        cache("app", "deps", CacheOutcome::Restored { entries: 3200, size: 120_000_000, fetched: 31_000_000 }),
        cache("app", "deps", CacheOutcome::RestoredOther { from: "deps-0c1f".to_owned(), entries: 12, size: 3456, fetched: 789 }),
        cache("app", "deps", CacheOutcome::Missed { why: "nothing of the name deps is stored".to_owned() }),
        cache("app", "deps", CacheOutcome::Stored { entries: 3200, size: 120_000_000, sent: 1_200_000 }),
        cache("app", "deps", CacheOutcome::NotStored { why: "it has not changed".to_owned() }),
        RunEvent::BackgroundFailed { step: step_ref("app", "daemon"), failure: failure("its process exited with code 1") },
        step_finished("app", "build", StepOutcome::Passed, 1200),
        step_finished("app", "daemon", StepOutcome::Background, 5),
        step_finished("app", "notify", StepOutcome::Skipped, 0),
        step_finished("app", "build", StepOutcome::Failed(failure("exit code 1")), 1200),
        task_finished("app", TaskOutcome::Passed, 3000),
        task_finished("app", TaskOutcome::Failed(plugin), 3000),
        task_finished("lint", TaskOutcome::FailureAllowed(failure("exit code 1")), 3000),
        task_finished("deploy", TaskOutcome::NotStarted { because: "app".to_owned() }, 0),
        task_finished("deploy", TaskOutcome::Cancelled, 400),
        task_finished("mac", TaskOutcome::NotRun { reason: "macOS does not run in a container".to_owned() }, 0),
        RunEvent::Note { level: Level::Warning, message: "`auto_cancellation` has no effect here".to_owned() },
        finished(5, &["kubectl --context prod -n ci delete pod windlass-x"], 63_100),
    ];
    assert_complete(&events);
    events
}

/// A new variant does not compile until somebody thinks of it here.
fn assert_complete(events: &[RunEvent]) {
    let mut seen = [false; 18];
    for event in events {
        seen[match event {
            RunEvent::RunStarted { .. } => 0,
            RunEvent::TaskStarted { .. } => 1,
            RunEvent::PodNotice { .. } => 2,
            RunEvent::StepStarted { .. } => 3,
            RunEvent::Output { .. } => 4,
            RunEvent::PluginLog { .. } => 5,
            RunEvent::ImagePushed { .. } => 6,
            RunEvent::StepFinished { outcome, .. } => match outcome {
                StepOutcome::Passed | StepOutcome::Background | StepOutcome::Skipped | StepOutcome::Failed(_) => 7,
            },
            RunEvent::TaskFinished { outcome, .. } => match outcome {
                TaskOutcome::Passed
                | TaskOutcome::Failed(_)
                | TaskOutcome::FailureAllowed(_)
                | TaskOutcome::NotStarted { .. }
                | TaskOutcome::Cancelled
                | TaskOutcome::NotRun { .. } => 8,
            },
            RunEvent::RunFinished { .. } => 9,
            RunEvent::Note { .. } => 10,
            RunEvent::BackgroundFailed { .. } => 11,
            RunEvent::WorkingCopySent { .. } => 12,
            RunEvent::ResultSet { value, .. } => match value {
                ResultValue::Text(_)
                | ResultValue::Image(_)
                | ResultValue::Digest(_)
                | ResultValue::Url(_)
                | ResultValue::Count(_) => 13,
            },
            RunEvent::Annotated { .. } => 14,
            RunEvent::ArtifactFile { .. } => 15,
            RunEvent::ArtifactCollected { .. } => 16,
            RunEvent::Cache { outcome, .. } => match outcome {
                CacheOutcome::Restored { .. }
                | CacheOutcome::RestoredOther { .. }
                | CacheOutcome::Missed { .. }
                | CacheOutcome::Stored { .. }
                | CacheOutcome::NotStored { .. } => 17,
            },
        }] = true;
    }
    assert_eq!(seen, [true; 18]);
}
