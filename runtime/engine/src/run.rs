//! Executes a plan: every task in a pod of its own, as many at once as allowed, each undone when it is over.
//!
//! The decisions are made by two pure parts, [`crate::task`] and [`schedule`]; what is here performs them.

mod agents;
mod artifacts;
mod backend;
mod background;
mod blame;
mod caches;
mod call;
mod captured;
mod cause;
mod context;
mod credentials;
mod ends;
mod lending;
mod login;
mod outcome;
mod process;
mod progress;
mod pushes;
mod room;
mod runner;
mod schedule;
mod sidecar_logs;
mod sidecars;
mod step;
mod supervised;
mod wire;
mod working;
mod working_dir;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use windlass_artifact_store::Store;
use windlass_cache_store::{Attempts, Caches};
use windlass_model::event::{Failure, FailureKind, RunEvent, TaskOutcome, TaskOutline, TaskRef};
use windlass_model::plan::{NotRunReason, Plan, Target, TaskPlan};
use windlass_model::task::TaskId;
use windlass_redact::Redactor;
use windlass_working_copy::Upload;

use crate::ports::driver::{Driver, SecretValues};
use crate::ports::http::Http;
use crate::ports::plugin::PluginHost;
use caches::Movers;
use context::TaskContext;
use outcome::RunResult;
use runner::TaskEnd;
use schedule::{Decision, Schedule};
use supervised::supervised;
pub use working::Working;

pub use credentials::docker_config;
pub use outcome::{ExitCode, RunOutcome};

/// A plan and all that its execution needs.
pub struct Execution {
    /// What to do. Its `open` list is empty: the caller refused otherwise.
    pub plan: Plan,
    /// A driver for each target of the plan.
    pub drivers: BTreeMap<Target, Arc<dyn Driver>>,
    /// Runs the plugins.
    pub plugins: Arc<dyn PluginHost>,
    /// Sends the requests of plugins.
    pub http: Arc<dyn Http>,
    /// The values of each task's secrets.
    pub secrets: BTreeMap<TaskId, SecretValues>,
    /// The working copy.
    pub workspace: Upload,
    /// Where what the tasks collect is kept.
    pub artifacts: Store,
    /// Where the caches of each task are kept; a task that is not among them has none.
    pub caches: BTreeMap<TaskId, Caches>,
    /// Where what became of the caches is noted, for whoever asks why one was empty.
    pub attempts: Option<Attempts>,
    /// The program that moves caches in and out of pods.
    pub mover: &'static [u8],
    /// How many tasks run at once, at least one.
    pub jobs: usize,
    /// Show all that sidecars write, as it comes.
    pub sidecar_logs: bool,
    /// Learns every secret that comes up during the run, before anything can be done with it.
    pub redactor: Redactor,
    /// Where events go. A slow receiver slows the run down; nothing is dropped.
    pub events: mpsc::Sender<RunEvent>,
    /// How the user ends the run.
    pub cancel: Cancel,
}

/// How a run is ended from outside.
#[derive(Debug, Clone, Default)]
pub struct Cancel {
    /// End what works, let the steps that tidy up come to an end within their time, delete every pod, then return.
    pub soft: CancellationToken,
    /// End every step, delete every pod without any grace.
    pub hard: CancellationToken,
    /// The tasks that are at their steps.
    pub working: Working,
}

/// The time of day, to the millisecond.
fn now() -> String {
    let now = jiff::Timestamp::now();
    now.round(jiff::Unit::Millisecond).unwrap_or(now).to_string()
}

/// Identities that no task of a plan has, for those that have no place among the tasks of the file.
fn places_after(plan: &Plan) -> impl Iterator<Item = TaskId> + use<> {
    let planned = plan.tasks.iter().map(|task| task.id);
    let taken = planned.chain(plan.not_run.iter().filter_map(|task| task.id)).max();
    (taken.map_or(0, |TaskId(last)| last + 1)..).map(TaskId)
}

impl Execution {
    /// Runs the plan to its end. Every pod that was created is deleted, or named in the outcome.
    pub async fn execute(self) -> RunOutcome {
        let began = Instant::now();
        let run = self.plan.run.clone();
        let events = self.events.clone();
        let outline = |t: &TaskPlan| {
            let steps = t.steps.iter().map(|s| s.name.clone()).collect();
            TaskOutline { id: t.id, name: t.name.clone(), steps }
        };
        let tasks = self.plan.tasks.iter().map(outline).collect();
        let (time, windlass) = (now(), env!("CARGO_PKG_VERSION").to_owned());
        send(&events, RunEvent::RunStarted { run: run.clone(), time, windlass, tasks }).await;
        let mut result = RunResult::default();
        let mut places = places_after(&self.plan);
        for not_run in &self.plan.not_run {
            if not_run.reason == NotRunReason::NotChosen {
                continue;
            }
            let outcome = TaskOutcome::NotRun { reason: not_run.reason.to_string() };
            let Some(id) = not_run.id.or_else(|| places.next()) else { continue };
            let task = TaskRef { name: not_run.name.clone(), id };
            send(&events, RunEvent::TaskFinished { task, outcome, duration_ms: 0 }).await;
        }
        self.run_tasks(&mut result).await;
        let outcome = result.into_outcome();
        let finished = RunEvent::RunFinished {
            run,
            exit_code: outcome.exit_code.code(),
            leftovers: outcome.leftovers.clone(),
            duration_ms: millis(began),
        };
        send(&events, finished).await;
        outcome
    }

    /// What moves the caches of a task, if it has a store for them.
    fn movers(&self, task: &Arc<TaskPlan>) -> Option<Movers> {
        let caches = self.caches.get(&task.id)?.clone();
        Some(Movers::new(self.mover, caches, Arc::clone(task), &self.plan.run, self.attempts.clone()))
    }

    async fn run_tasks(mut self, result: &mut RunResult) {
        let mut schedule = Schedule::new(&self.plan.tasks, self.jobs);
        let tasks: BTreeMap<TaskId, Arc<TaskPlan>> =
            std::mem::take(&mut self.plan.tasks).into_iter().map(|t| (t.id, Arc::new(t))).collect();
        let mut secrets = std::mem::take(&mut self.secrets);
        let mut running: JoinSet<(TaskId, TaskEnd)> = JoinSet::new();
        loop {
            if self.cancel.soft.is_cancelled() || self.cancel.hard.is_cancelled() {
                for id in schedule.stop() {
                    finish_unstarted(&self.events, &tasks, id, TaskOutcome::Cancelled, result).await;
                }
            }
            let mut undecided = false;
            for decision in schedule.decide() {
                match decision {
                    Decision::Drop(id, because) => {
                        finish_unstarted(&self.events, &tasks, id, TaskOutcome::NotStarted { because }, result).await;
                    }
                    Decision::Start(id) => {
                        let Some(task) = tasks.get(&id) else { continue };
                        let Some(driver) = self.drivers.get(&task.target) else {
                            let message = format!("no driver serves {}", task.target);
                            let failure = Failure { kind: FailureKind::Cluster, message, exit_code: None, help: None };
                            finish_unstarted(&self.events, &tasks, id, TaskOutcome::Failed(failure), result).await;
                            schedule.over(id, false);
                            undecided = true;
                            continue;
                        };
                        let context = TaskContext::new(
                            Arc::clone(task),
                            Arc::clone(driver),
                            Arc::clone(&self.plugins),
                            secrets.remove(&id).unwrap_or_default(),
                            self.workspace.clone(),
                            self.redactor.clone(),
                            self.events.clone(),
                        )
                        .with_artifacts(self.artifacts.clone())
                        .with_caches(self.movers(task))
                        .with_sidecar_logs(self.sidecar_logs)
                        .with_http(Arc::clone(&self.http));
                        let (context, cancel) = (Arc::new(context), self.cancel.clone());
                        running.spawn(async move {
                            match supervised(runner::run(Arc::clone(&context), cancel)).await {
                                Ok(end) => (id, end),
                                Err(bug) => (id, runner::give_up(&context, bug).await),
                            }
                        });
                    }
                }
            }
            if undecided {
                continue;
            }
            match running.join_next().await {
                None => return,
                Some(Ok((id, end))) => {
                    schedule.over(id, end.lets_dependents_start());
                    result.add(&end.outcome, end.leftover);
                }
                Some(Err(error)) => result.bug(error.to_string()),
            }
        }
    }
}

async fn finish_unstarted(
    events: &mpsc::Sender<RunEvent>,
    tasks: &BTreeMap<TaskId, Arc<TaskPlan>>,
    id: TaskId,
    outcome: TaskOutcome,
    result: &mut RunResult,
) {
    result.add(&outcome, None);
    if let Some(task) = tasks.get(&id) {
        send(events, RunEvent::TaskFinished { task: TaskRef::of(task), outcome, duration_ms: 0 }).await;
    }
}

/// Sends an event. A receiver that went away has nobody to tell: the run goes on and cleans up.
async fn send(events: &mpsc::Sender<RunEvent>, event: RunEvent) {
    let _ = events.send(event).await;
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
