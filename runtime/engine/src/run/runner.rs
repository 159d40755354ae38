//! Performs the effects of one task's state machine and tells it what came of them.

mod pod;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::StreamExt as _;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use windlass_model::event::{Failure, RunEvent, StepOutcome, TaskOutcome};

use super::context::TaskContext;
use super::{Cancel, cause, millis, sidecar_logs, sidecars, step};
use crate::task::{Effect, Event, Facts, TaskState, Verdict};

/// Time that containers get to end by themselves when their pod is deleted. The steps are over by then.
const DELETE_GRACE: Duration = Duration::from_secs(1);

/// Time that a step gets to end after it was told to.
const ABORT_GRACE: Duration = Duration::from_secs(10);

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
    let began = Instant::now();
    let (task, target) = (context.task.name.clone(), context.task.target.to_string());
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
        soft: cancel.soft.clone(),
        hard: cancel.hard,
    };
    let (mut state, effects) = TaskState::begin(Facts::of(&context.task));
    let mut effects = VecDeque::from(effects);
    let mut cancelled = false;
    loop {
        while let Some(effect) = effects.pop_front() {
            runner.perform(effect).await;
        }
        if let TaskState::Done { verdict, leftover } = state {
            let outcome = outcome(verdict, context.task.allow_failures);
            context.send(RunEvent::TaskFinished { task, outcome: outcome.clone(), duration_ms: millis(began) }).await;
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
        Verdict::Failed(failure) | Verdict::TimedOut(failure) if allowed => TaskOutcome::FailureAllowed(failure),
        Verdict::Failed(failure) | Verdict::TimedOut(failure) => TaskOutcome::Failed(failure),
        Verdict::Cancelled => TaskOutcome::Cancelled,
    }
}

struct Runner {
    context: Arc<TaskContext>,
    mailbox: mpsc::UnboundedSender<Message>,
    timer: Option<tokio::time::Instant>,
    step: Option<RunningStep>,
    creation: Option<JoinHandle<()>>,
    watch: Vec<JoinHandle<()>>,
    soft: CancellationToken,
    hard: CancellationToken,
}

struct RunningStep {
    number: usize,
    began: Instant,
    cancel: CancellationToken,
    work: JoinHandle<()>,
}

impl Runner {
    async fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Create => self.create(),
            Effect::ArmTimer(after) => self.timer = Some(tokio::time::Instant::now() + after),
            Effect::AwaitSidecars => {
                let (context, mailbox) = (Arc::clone(&self.context), self.mailbox.clone());
                self.watch.push(tokio::spawn(async move {
                    let result = sidecars::ready(context).await;
                    let _ = mailbox.send(Message::Event(Event::SidecarsReady(result)));
                }));
            }
            Effect::RunStep(number) => self.run_step(number),
            Effect::SkipStep(number) => self.report_step(number, StepOutcome::Skipped, 0).await,
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
        let (context, mailbox) = (Arc::clone(&self.context), self.mailbox.clone());
        let (accepted, acceptance) = oneshot::channel();
        self.creation = Some(tokio::spawn(async move {
            let result = match pod::build_image(&context).await {
                Ok(()) => {
                    let created = context.driver.create(&context.task.pod, &context.secrets()).await;
                    created.map_err(|error| cause::of_driver(&error))
                }
                Err(failure) => Err(failure),
            };
            let _ = accepted.send(result.is_ok());
            let _ = mailbox.send(Message::Event(Event::Created(result)));
        }));
        let (context, mailbox) = (Arc::clone(&self.context), self.mailbox.clone());
        self.watch.push(tokio::spawn(async move {
            if acceptance.await != Ok(true) {
                return;
            }
            let mut happenings = context.driver.watch(&context.task.pod);
            while let Some(event) = happenings.next().await {
                pod::event(&context, &mailbox, event).await;
            }
        }));
    }

    fn run_step(&mut self, number: usize) {
        let (context, mailbox, cancel) = (Arc::clone(&self.context), self.mailbox.clone(), CancellationToken::new());
        let token = cancel.clone();
        let work = tokio::spawn(async move {
            let result = step::run(context, number, token).await;
            let _ = mailbox.send(Message::Step(number, result));
        });
        self.step = Some(RunningStep { number, began: Instant::now(), cancel, work });
    }

    async fn abort_step(&mut self, number: usize, failure: Failure) {
        let Some(mut step) = self.step.take_if(|s| s.number == number) else { return };
        step.cancel.cancel();
        let ended = tokio::select! {
            ended = tokio::time::timeout(ABORT_GRACE, &mut step.work) => ended.is_ok(),
            () = self.hard.cancelled() => false,
        };
        if !ended {
            step.work.abort();
        }
        if !self.soft.is_cancelled() {
            // Whatever ended it, a sidecar that died or hangs may be why it took so long.
            sidecar_logs::show(&self.context, Some(step.began.elapsed())).await;
        }
        self.report_step(number, StepOutcome::Failed(failure), millis(step.began)).await;
    }

    async fn report_step(&self, number: usize, outcome: StepOutcome, duration_ms: u64) {
        let Some(step) = self.context.task.steps.get(number) else { return };
        let (task, step) = (self.context.task.name.clone(), step.name.clone());
        self.context.send(RunEvent::StepFinished { task, step, outcome, duration_ms }).await;
    }

    async fn delete(&mut self) {
        self.timer = None;
        let grace = if self.hard.is_cancelled() { Duration::ZERO } else { DELETE_GRACE };
        if !self.hard.is_cancelled() {
            tokio::select! {
                () = self.context.end_background() => {}
                () = self.hard.cancelled() => {}
            }
        }
        for watch in self.watch.drain(..) {
            watch.abort();
        }
        self.context.sidecar_logs.close();
        self.context.agents.close();
        let (context, mailbox, hard) = (Arc::clone(&self.context), self.mailbox.clone(), self.hard.clone());
        let creation = self.creation.take();
        tokio::spawn(async move {
            if let Some(mut creation) = creation {
                // What is being created now would outlive a deletion that overtakes it.
                tokio::select! {
                    _ = tokio::time::timeout(ABORT_GRACE, &mut creation) => {}
                    () = hard.cancelled() => {}
                }
                creation.abort();
            }
            let result = context.driver.delete(&context.task.pod, grace).await;
            let leftover = result.map_err(|error| match error.help() {
                Some(help) => format!("{error}\n  {help}"),
                None => error.to_string(),
            });
            let _ = mailbox.send(Message::Event(Event::Deleted(leftover)));
        });
    }
}
