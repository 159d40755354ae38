//! Performs the effects of one task's state machine and tells it what came of them.

mod pod;

use std::collections::VecDeque;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use windlass_model::event::{Failure, FailureKind, RunEvent, StepOutcome, StepRef, TaskOutcome, TaskRef};

use super::context::TaskContext;
use super::supervised::{supervised, supervised_result};
use super::working::{AtSteps, Working};
use super::{Cancel, cause, millis, sidecar_logs, sidecars, step};
use crate::task::{Effect, Event, Facts, TaskState, Verdict};
use crate::times;

/// How a task ended.
pub(super) struct TaskEnd {
    pub(super) outcome: TaskOutcome,
    pub(super) leftover: Option<String>,
}

impl TaskEnd {
    /// Whether what depends on the task may start: it passed, or was allowed not to.
    pub(super) fn lets_dependents_start(&self) -> bool {
        matches!(self.outcome, TaskOutcome::Passed | TaskOutcome::FailureAllowed(_))
    }
}

/// What reaches the machine's mailbox.
enum Message {
    Event(Event),
    /// The step of this number ended; told apart from one that was aborted.
    Step(usize, Result<(), Failure>),
}

/// Runs a task to its end.
pub(super) async fn run(context: Arc<TaskContext>, cancel: Cancel) -> TaskEnd {
    let (task, target) = (TaskRef::of(&context.task), context.task.target.to_string());
    let pod = context.task.pod.name.clone();
    context.send(RunEvent::TaskStarted { task: task.clone(), target, pod }).await;
    let (mailbox, mut mail) = mpsc::unbounded_channel();
    let mut runner = Runner {
        context: Arc::clone(&context),
        mailbox,
        timer: None,
        step: None,
        creation: None,
        watch: Vec::new(),
        waits: None,
        deletion: None,
        soft: cancel.soft.clone(),
        hard: cancel.hard,
        working: cancel.working,
        at_steps: None,
    };
    let (mut state, effects) = TaskState::begin(Facts::of(&context.task).created_within(context.driver.creation_time()));
    let mut effects = VecDeque::from(effects);
    let (mut cancelled, mut killed) = (false, false);
    loop {
        while let Some(effect) = effects.pop_front() {
            runner.perform(effect).await;
        }
        if let TaskState::Done { verdict, leftover } = state {
            let outcome = outcome(verdict, context.task.allow_failures);
            context.send(RunEvent::TaskFinished { task, outcome: outcome.clone(), duration_ms: millis(context.began) }).await;
            return TaskEnd { outcome, leftover };
        }
        let event = tokio::select! {
            message = mail.recv() => match message {
                Some(Message::Event(event)) => event,
                Some(Message::Step(number, result)) if runner.is_running(number) => {
                    runner.step = None;
                    Event::StepEnded(result)
                }
                Some(Message::Step(..)) => continue,
                // The runner holds a sender itself.
                None => continue,
            },
            () = runner.hard.cancelled(), if !killed => {
                killed = true;
                Event::Kill
            }
            () = cancel.soft.cancelled(), if !cancelled => {
                cancelled = true;
                Event::Cancel
            }
            () = runner.time_up() => {
                runner.timer = None;
                Event::TimeUp
            }
        };
        let (next, more) = state.step(event);
        state = next;
        effects.extend(more);
    }
}

fn outcome(verdict: Verdict, allowed: bool) -> TaskOutcome {
    match verdict {
        Verdict::Passed => TaskOutcome::Passed,
        Verdict::Failed(failure) | Verdict::TimedOut(failure) if allowed && failure.kind != FailureKind::Bug => {
            TaskOutcome::FailureAllowed(failure)
        }
        Verdict::Failed(failure) | Verdict::TimedOut(failure) => TaskOutcome::Failed(failure),
        Verdict::Cancelled => TaskOutcome::Cancelled,
    }
}

/// Performs effects, and owns every piece of work that it starts for them: none outlives it.
struct Runner {
    context: Arc<TaskContext>,
    mailbox: mpsc::UnboundedSender<Message>,
    timer: Option<tokio::time::Instant>,
    step: Option<RunningStep>,
    creation: Option<Work>,
    watch: Vec<Work>,
    deletion: Option<Work>,
    /// Shows what the driver waits for, also while it deletes.
    waits: Option<Work>,
    soft: CancellationToken,
    hard: CancellationToken,
    working: Working,
    at_steps: Option<AtSteps>,
}

/// Work that ends with whoever owns it.
type Work = AbortOnDropHandle<()>;

struct RunningStep {
    number: usize,
    began: Instant,
    cancel: CancellationToken,
    work: Work,
}

impl Runner {
    async fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Create => self.create(),
            Effect::ArmTimer(after) => self.timer = Some(tokio::time::Instant::now() + after),
            Effect::AwaitSidecars => {
                let (context, mailbox) = (Arc::clone(&self.context), self.mailbox.clone());
                self.watch.push(spawn(async move {
                    let result = supervised_result(sidecars::ready(context)).await;
                    let _ = mailbox.send(Message::Event(Event::SidecarsReady(result)));
                }));
            }
            Effect::RunStep(number) => {
                self.at_steps.get_or_insert_with(|| self.working.begin());
                self.run_step(number);
            }
            Effect::SkipStep(number) => report_step(&self.context, number, StepOutcome::Skipped, 0).await,
            Effect::AbortStep(number, failure) => self.abort_step(number, failure).await,
            Effect::Delete => self.delete().await,
        }
    }

    fn is_running(&self, number: usize) -> bool {
        self.step.as_ref().is_some_and(|s| s.number == number)
    }

    async fn time_up(&self) {
        match self.timer {
            Some(at) => tokio::time::sleep_until(at).await,
            None => std::future::pending().await,
        }
    }

    /// Creates the pod, then watches it: drivers keep what happens in between for the first who asks.
    fn create(&mut self) {
        self.waits = Some(spawn(pod::tell_waits(Arc::clone(&self.context))));
        let (context, mailbox) = (Arc::clone(&self.context), self.mailbox.clone());
        let (accepted, acceptance) = oneshot::channel();
        self.creation = Some(spawn(async move {
            let made = async {
                pod::build_image(&context).await?;
                let created = context.driver.create(&context.task.pod, &context.secrets()).await;
                created.map_err(|error| cause::of_driver(&error))
            };
            let result = supervised_result(made).await;
            let _ = accepted.send(result.is_ok());
            let _ = mailbox.send(Message::Event(Event::Created(result)));
        }));
        let (context, mailbox) = (Arc::clone(&self.context), self.mailbox.clone());
        self.watch.push(spawn(async move {
            if acceptance.await != Ok(true) {
                return;
            }
            if let Err(bug) = supervised(pod::follow(&context, &mailbox)).await {
                let _ = mailbox.send(Message::Event(Event::Lost(bug)));
            }
        }));
    }

    fn run_step(&mut self, number: usize) {
        let (context, mailbox, cancel) = (Arc::clone(&self.context), self.mailbox.clone(), CancellationToken::new());
        let token = cancel.clone();
        let work = spawn(async move {
            let began = Instant::now();
            let result = match supervised(step::run(Arc::clone(&context), number, token)).await {
                Ok(result) => result,
                Err(bug) => {
                    report_step(&context, number, StepOutcome::Failed(bug.clone()), millis(began)).await;
                    Err(bug)
                }
            };
            let _ = mailbox.send(Message::Step(number, result));
        });
        self.step = Some(RunningStep { number, began: Instant::now(), cancel, work });
    }

    async fn abort_step(&mut self, number: usize, failure: Failure) {
        let Some(mut step) = self.step.take_if(|s| s.number == number) else { return };
        step.cancel.cancel();
        let ended = tokio::select! {
            ended = tokio::time::timeout(times::ABORT, &mut step.work) => ended.is_ok(),
            () = self.hard.cancelled() => false,
        };
        if !ended {
            tracing::debug!(number, "a step did not end when it was told to");
        }
        drop(step.work);
        if !self.soft.is_cancelled() {
            // Whatever ended it, a sidecar that died or hangs may be why it took so long.
            sidecar_logs::show(&self.context, Some(step.began.elapsed())).await;
        }
        report_step(&self.context, number, StepOutcome::Failed(failure), millis(step.began)).await;
    }

    async fn delete(&mut self) {
        self.timer = None;
        self.at_steps = None;
        // It may wait for a quarter of an hour for room, and nobody wants it any more.
        self.context.driver.give_up(&self.context.task.pod);
        let grace = if self.hard.is_cancelled() { Duration::ZERO } else { times::DELETE_GRACE };
        if !self.hard.is_cancelled() {
            tokio::select! {
                () = self.context.end_background() => {}
                () = self.hard.cancelled() => {}
            }
        }
        self.watch.clear();
        self.context.sidecar_logs.close();
        self.context.agents.close();
        if let Some(movers) = &self.context.movers {
            movers.close().await;
        }
        let (context, mailbox, hard) = (Arc::clone(&self.context), self.mailbox.clone(), self.hard.clone());
        let creation = self.creation.take();
        self.deletion = Some(spawn(async move {
            if let Some(creation) = creation {
                tokio::select! {
                    _ = tokio::time::timeout(times::CREATION_END, creation) => {}
                    () = hard.cancelled() => {}
                }
            }
            let late = async {
                hard.cancelled().await;
                tokio::time::sleep(times::LAST_DELETION).await;
            };
            let deleted = tokio::select! {
                deleted = pod::delete(&context, grace) => deleted,
                () = late => Err(pod::may_stand(&context.task.pod)),
            };
            let _ = mailbox.send(Message::Event(Event::Deleted(deleted)));
        }));
    }
}

async fn report_step(context: &TaskContext, number: usize, outcome: StepOutcome, duration_ms: u64) {
    let Some(step) = StepRef::of(&context.task, number) else { return };
    context.send(RunEvent::StepFinished { step, outcome, duration_ms }).await;
}

fn spawn(work: impl Future<Output = ()> + Send + 'static) -> Work {
    AbortOnDropHandle::new(tokio::spawn(work))
}

/// Ends a task whose runner is gone by a bug: its work went with the runner, its pod goes now.
pub(super) async fn give_up(context: &TaskContext, bug: Failure) -> TaskEnd {
    context.agents.close();
    let leftover = pod::delete(context, Duration::ZERO).await.err();
    let outcome = TaskOutcome::Failed(bug);
    let task = TaskRef::of(&context.task);
    context.send(RunEvent::TaskFinished { task, outcome: outcome.clone(), duration_ms: millis(context.began) }).await;
    TaskEnd { outcome, leftover }
}
