//! Bugs of windlass' own, made on purpose: a panic in a task's work ends that task, and is told and accounted for like any other end.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use futures::FutureExt as _;
use serde_json::Value;
use windlass_engine::ports::plugin::{Command, OutputMode, PluginError, PluginHost, StepBackend, StepInput, StepResult};
use windlass_engine::run::Cancel;
use windlass_model::event::{FailureKind, RunEvent, StepOutcome, TaskOutcome};
use windlass_model::plan::PluginCall;
use windlass_model::plugin::{BuildHints, PluginInfo, Requirements};
use windlass_model::task::{PluginReference, Step, Task, TaskId, When};
use windlass_plugin_host::WasmHost;

use super::outcome::Run;
use super::support::local::{Fault, Local};
use super::{run, run_with, step, support, task};

/// The real plugins, but that a script whose first line is one of these words does something else instead.
struct Odd(WasmHost);

#[async_trait]
impl PluginHost for Odd {
    async fn inspect(&self, reference: &PluginReference, base: &Path) -> Result<PluginInfo, PluginError> {
        self.0.inspect(reference, base).await
    }

    async fn requirements(
        &self,
        plugin: &PluginInfo,
        request: &Value,
        build: Option<&BuildHints>,
    ) -> Result<Requirements, PluginError> {
        self.0.requirements(plugin, request, build).await
    }

    async fn run(&self, call: &PluginCall, input: StepInput, backend: Arc<dyn StepBackend>) -> Result<StepResult, PluginError> {
        match call.request["lines"][0].as_str() {
            Some("panic") => panic!("the host is broken"),
            Some("start and forget") => {
                start_and_forget(backend.as_ref(), call.request["lines"][1].as_str().unwrap_or_default()).await;
                Ok(StepResult::default())
            }
            _ => self.0.run(call, input, backend).await,
        }
    }
}

/// Starts a shell that writes its process id to `DIRECTORY/pid`, and never hears the answer: it stops waiting once the shell runs.
async fn start_and_forget(backend: &dyn StepBackend, directory: &str) {
    let script = format!("echo $$ > {directory}/new; mv {directory}/new {directory}/pid; sleep 600");
    let command = Command {
        argv: ["/bin/sh", "-c", &script].map(str::to_owned).into(),
        expand_argv: false,
        env: Vec::new(),
        stdin: None,
        working_dir: Some("/".into()),
        timeout: None,
        output: OutputMode::Inherit,
        escaping: false,
        registry_credentials: false,
        bare_environment: true,
    };
    let mut start = backend.start("main", command).boxed();
    assert!(futures::poll!(start.as_mut()).is_pending(), "the answer takes a turn at least");
    while !Path::new(directory).join("pid").exists() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    drop(start);
}

async fn with_odd(tasks: impl FnOnce(&Path) -> Vec<Task>) -> Run {
    run_with(Arc::new(Odd(support::plugins::host())), Local::new(None), tasks, Cancel::default(), None).await
}

fn ends(run: &Run) -> Vec<(usize, TaskOutcome)> {
    let end = |event: &RunEvent| match event {
        RunEvent::TaskFinished { task, outcome, .. } => Some((task.id.0, outcome.clone())),
        _ => None,
    };
    run.events.iter().filter_map(end).collect()
}

fn two_tasks(directory: &Path, steps: Vec<Step>) -> Vec<Task> {
    let second = task(directory, vec![step("never", When::OnSuccess, &["echo never"])]);
    let second = Task { id: TaskId(1), name: "after".into(), depends_on: vec![TaskId(0)], ..second };
    vec![task(directory, steps), second]
}

/// The step that met the bug fails by it, clean-up steps run, the pod goes, what depends on the task is told why it does not start, and the
/// exit code is that of a bug, also where the task's failures are allowed.
#[tokio::test(flavor = "multi_thread")]
async fn a_panic_while_a_plugin_runs_ends_its_task_and_accounts_for_all() {
    for allow_failures in [false, true] {
        let steps = vec![step("broken", When::OnSuccess, &["panic"]), step("tidy", When::Always, &["echo tidied"])];
        let run = with_odd(|directory| {
            let mut tasks = two_tasks(directory, steps);
            tasks[0].allow_failures = allow_failures;
            tasks
        })
        .await;
        assert_eq!(run.outcome.exit_code.code(), 70, "{:?}", run.events);
        let StepOutcome::Failed(failure) = &run.steps()[0].1 else { panic!("{:?}", run.steps()) };
        assert_eq!((failure.kind, failure.message.as_str()), (FailureKind::Bug, "a bug in windlass: the host is broken"));
        assert!(run.output().contains("tidied") && !run.output().contains("never"), "{}", run.output());
        let ends = ends(&run);
        assert!(matches!(&ends[0], (0, TaskOutcome::Failed(cause)) if cause == failure), "{ends:?}");
        assert_eq!(ends[1..], [(1, TaskOutcome::NotStarted { because: "t".into() })]);
        assert_eq!(run.standing, [""; 0]);
    }
}

/// The same wherever the driver's side breaks: while it makes, watches or reaches the pod. A deletion that breaks leaves a pod, and says so.
#[tokio::test(flavor = "multi_thread")]
async fn a_panic_in_a_drivers_call_ends_its_task_and_accounts_for_all() {
    for call in ["create", "watch", "exec", "delete"] {
        let tasks = |directory: &Path| two_tasks(directory, vec![step("s", When::OnSuccess, &["true"])]);
        let run = run(Local::new(Some(Fault::Panic(call))), tasks, Cancel::default(), None).await;
        let ends = ends(&run);
        assert_eq!(ends.len(), 2, "{call}: {:?}", run.events);
        if call == "delete" {
            assert_eq!(run.outcome.exit_code.code(), 5, "{:?}", run.events);
            assert!(run.outcome.leftovers[0].contains("a bug in windlass"), "{:?}", run.outcome.leftovers);
            continue;
        }
        assert_eq!(run.outcome.exit_code.code(), 70, "{call}: {:?}", run.events);
        assert!(run.failure().contains("a bug in windlass"), "{call}: {}", run.failure());
        assert!(matches!(ends[1].1, TaskOutcome::NotStarted { .. }), "{call}: {ends:?}");
        assert_eq!(run.standing, [""; 0], "{call}");
    }
}

/// A command whose start nobody waits for any more, as when a step is stopped at that moment, may run all the same: it ends with its step.
#[tokio::test(flavor = "multi_thread")]
async fn a_command_whose_start_was_given_up_does_not_live_on_beside_the_steps_that_follow() {
    let run = with_odd(|directory| {
        let directory_text = directory.display().to_string();
        let alive = format!("kill -0 $(cat {directory_text}/pid) && echo it lives on || echo it is gone");
        let steps = vec![
            step("first", When::OnSuccess, &["true"]),
            step("start", When::OnSuccess, &["start and forget", &directory_text]),
            step("look", When::Always, &[&alive]),
        ];
        vec![task(directory, steps)]
    })
    .await;
    assert_eq!(run.outcome.exit_code.code(), 0, "{:?}", run.events);
    let said = |text: &str| run.output().lines().any(|line| line == text);
    assert!(said("it is gone") && !said("it lives on"), "{}", run.output());
}
