//! One task's life as a pure state machine: `step(state, event) -> (state, effects)`.
//!
//! The states own their data, so that a step cannot run before its pod does, nor after it was deleted. The executor performs
//! the effects and sends back what came of them; it decides nothing. A deletion is ordered on every way out of every state,
//! also when the creation failed half way.

mod verdict;

use std::time::Duration;

use windlass_model::event::{Failure, FailureKind};
use windlass_model::plan::{StepAction, TaskPlan};
use windlass_model::task::When;

use crate::times;
pub use verdict::Verdict;

/// What the machine has to know of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepFacts {
    when: When,
    needs_sidecars: bool,
}

/// The constant facts of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    steps: Vec<StepFacts>,
    /// How long the creation may take by itself, before the pod's own start counts.
    creation: Duration,
    start: Duration,
    timeout: Duration,
}

impl Facts {
    /// The facts of a planned task.
    pub fn of(task: &TaskPlan) -> Self {
        let facts = |action: &StepAction| !matches!(action, StepAction::Workspace);
        let steps = task.steps.iter().map(|s| StepFacts { when: s.when, needs_sidecars: facts(&s.action) }).collect();
        Self { steps, creation: Duration::ZERO, start: times::start(task.build.is_some()), timeout: task.timeout }
    }

    /// The same where the driver may wait for so long until a pod can be created.
    #[must_use]
    pub fn created_within(self, creation: Duration) -> Self {
        Self { creation, ..self }
    }
}

/// Where a task is in its life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskState {
    /// Its pod is being created, or its main container has not started yet.
    Starting(Facts),
    /// Its steps run.
    Stepping(Stepping),
    /// Its pod is being deleted.
    Deleting(Verdict),
    /// It is over.
    Done {
        /// How it ended.
        verdict: Verdict,
        /// Why the pod may still be there.
        leftover: Option<String>,
    },
}

/// The state while steps run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stepping {
    facts: Facts,
    verdict: Verdict,
    /// The first step that has not been decided on yet.
    next: usize,
    running: Option<usize>,
    sidecars_ready: bool,
    /// What runs now is the last, and the time for it is armed.
    ending: bool,
}

/// Something that happened to a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The creation was accepted or not.
    Created(Result<(), Failure>),
    /// The main container's agent answers.
    MainReady,
    /// Every sidecar is ready, or one never will be.
    SidecarsReady(Result<(), Failure>),
    /// The running step ended.
    StepEnded(Result<(), Failure>),
    /// The time last armed is up.
    TimeUp,
    /// The pod died, or cannot start.
    Lost(Failure),
    /// The user wants it to end: what tidies up may still run.
    Cancel,
    /// The user wants it to end at once.
    Kill,
    /// The deletion is through, or gave up.
    Deleted(Result<(), String>),
}

/// Something for the executor to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Create the pod and watch it.
    Create,
    /// Send [`Event::TimeUp`] after this long; an earlier time is forgotten.
    ArmTimer(Duration),
    /// Wait for the sidecars.
    AwaitSidecars,
    /// Run a step.
    RunStep(usize),
    /// Report a step as passed over.
    SkipStep(usize),
    /// End the running step because of this; no [`Event::StepEnded`] is expected for it.
    AbortStep(usize, Failure),
    /// Delete the pod and all that belongs to it.
    Delete,
}

impl TaskState {
    /// The beginning of a task.
    pub fn begin(facts: Facts) -> (Self, Vec<Effect>) {
        let start = facts.creation + facts.start;
        (Self::Starting(facts), vec![Effect::ArmTimer(start), Effect::Create])
    }

    /// The next state, and what to do on the way there. Events that come too late change nothing.
    pub fn step(self, event: Event) -> (Self, Vec<Effect>) {
        match (self, event) {
            (Self::Starting(facts), Event::Created(Ok(()))) => {
                // What the creation waited for is not the pod's time.
                let timer = (!facts.creation.is_zero()).then_some(Effect::ArmTimer(facts.start));
                (Self::Starting(facts), timer.into_iter().collect())
            }
            (Self::Starting(facts), Event::MainReady) => Stepping::begin(facts),
            (Self::Starting(facts), event) => match verdict::while_starting(event, facts.start) {
                Some(verdict) => end(verdict, &facts, 0),
                None => (Self::Starting(facts), Vec::new()),
            },
            (Self::Stepping(stepping), event) => stepping.step(event),
            (Self::Deleting(verdict), Event::Deleted(result)) => (Self::Done { verdict, leftover: result.err() }, Vec::new()),
            (Self::Deleting(verdict), _) => (Self::Deleting(verdict), Vec::new()),
            (done @ Self::Done { .. }, _) => (done, Vec::new()),
        }
    }
}

/// Passes over the steps that are left, and deletes the pod.
fn end(verdict: Verdict, facts: &Facts, next: usize) -> (TaskState, Vec<Effect>) {
    let skipped = (next..facts.steps.len()).map(Effect::SkipStep);
    (TaskState::Deleting(verdict), skipped.chain([Effect::Delete]).collect())
}

impl Stepping {
    fn begin(facts: Facts) -> (TaskState, Vec<Effect>) {
        let timeout = facts.timeout;
        let state = Self { facts, verdict: Verdict::Passed, next: 0, running: None, sidecars_ready: false, ending: false };
        let (state, more) = state.advance();
        let first = [Effect::ArmTimer(timeout), Effect::AwaitSidecars];
        (state, first.into_iter().chain(more).collect())
    }

    fn step(mut self, event: Event) -> (TaskState, Vec<Effect>) {
        match event {
            Event::SidecarsReady(Ok(())) => {
                self.sidecars_ready = true;
                if self.running.is_some() { (TaskState::Stepping(self), Vec::new()) } else { self.advance() }
            }
            Event::SidecarsReady(Err(failure)) | Event::Lost(failure) => self.abort(Verdict::Failed(failure.clone()), failure),
            Event::StepEnded(result) => {
                self.running = None;
                if let Err(failure) = result {
                    self.verdict = self.verdict.with_failure(failure);
                }
                self.advance()
            }
            Event::TimeUp if self.ending => {
                let verdict = self.verdict.clone();
                self.abort(verdict, verdict::last_steps_took_too_long())
            }
            Event::TimeUp => self.time_up(),
            Event::Cancel => self.interrupt(),
            Event::Kill => self.abort(Verdict::Cancelled, Failure::interrupted()),
            Event::Created(_) | Event::MainReady | Event::Deleted(_) => (TaskState::Stepping(self), Vec::new()),
        }
    }

    /// Runs the next step whose condition holds, or ends the task after the last.
    fn advance(mut self) -> (TaskState, Vec<Effect>) {
        let mut effects = Vec::new();
        while let Some(step) = self.facts.steps.get(self.next) {
            if !self.verdict.permits(step.when) {
                effects.push(Effect::SkipStep(self.next));
                self.next += 1;
            } else if step.needs_sidecars && !self.sidecars_ready {
                return (TaskState::Stepping(self), effects);
            } else {
                effects.push(Effect::RunStep(self.next));
                self.running = Some(self.next);
                self.next += 1;
                return (TaskState::Stepping(self), effects);
            }
        }
        effects.push(Effect::Delete);
        (TaskState::Deleting(self.verdict), effects)
    }

    /// Ends the running step for this reason, and the task.
    fn abort(self, verdict: Verdict, why: Failure) -> (TaskState, Vec<Effect>) {
        let verdict = self.verdict.or_if_passed(verdict);
        let aborted = self.running.map(|step| Effect::AbortStep(step, why));
        let (state, rest) = end(verdict, &self.facts, self.next);
        (state, aborted.into_iter().chain(rest).collect())
    }

    /// Ends the running step and goes on with what runs after a time-out.
    fn time_up(mut self) -> (TaskState, Vec<Effect>) {
        let failure = Failure {
            kind: FailureKind::Task,
            message: format!("the task ran out of time after {}", in_words(self.facts.timeout)),
            exit_code: None,
            help: Some("give it more with `timeout_in`".into()),
        };
        let aborted = self.running.take().map(|step| Effect::AbortStep(step, failure.clone()));
        self.verdict = self.verdict.timed_out(failure);
        self.ending(aborted)
    }

    /// Ends the running step, unless it would run after an interruption too, and goes on with what does.
    fn interrupt(mut self) -> (TaskState, Vec<Effect>) {
        self.verdict = self.verdict.or_if_passed(Verdict::Cancelled);
        let when = self.running.and_then(|step| self.facts.steps.get(step)).map(|step| step.when);
        if when.is_some_and(|when| self.verdict.permits(when)) {
            let timer = self.arm_ending();
            return (TaskState::Stepping(self), timer.into_iter().collect());
        }
        let aborted = self.running.take().map(|step| Effect::AbortStep(step, Failure::interrupted()));
        self.ending(aborted)
    }

    /// Goes on with the last steps, which have their own time.
    fn ending(mut self, aborted: Option<Effect>) -> (TaskState, Vec<Effect>) {
        let timer = self.arm_ending();
        let (state, rest) = self.advance();
        (state, aborted.into_iter().chain(timer).chain(rest).collect())
    }

    /// From now on the last steps run: their time is armed once.
    fn arm_ending(&mut self) -> Option<Effect> {
        // A step that waits for sidecars would wait for ever: what runs now runs without them.
        self.sidecars_ready = true;
        let first = !std::mem::replace(&mut self.ending, true);
        first.then_some(Effect::ArmTimer(times::LAST_STEPS))
    }
}

/// A duration as `timeout_in` takes it.
pub(crate) fn in_words(duration: Duration) -> String {
    match duration.as_secs() {
        s if s >= 60 && s.is_multiple_of(60) => format!("{} min", s / 60),
        s => format!("{s} s"),
    }
}

#[cfg(test)]
mod tests;
