//! What is known of a run so far: the events, folded.

use std::borrow::Cow;
use std::time::Duration;

use windlass_model::event::{Failure, RunEvent, StepOutcome, StepRef, Stream, StreamId, TaskOutcome, TaskOutline, TaskRef};
use windlass_model::plugin::PushedImage;
use windlass_model::result::ResultValue;
use windlass_model::task::{StepId, TaskId};

use crate::streams::Streams;
use crate::tail::Tail;
use crate::text::one_line;

/// A run.
#[derive(Debug, Default)]
pub(crate) struct RunState {
    pub(crate) tasks: Vec<Task>,
    pub(crate) images: Vec<Pushed>,
    pub(crate) results: Vec<Said>,
    pub(crate) artifacts: Vec<Collected>,
    pub(crate) end: Option<RunEnd>,
    tails: Streams<Tail>,
}

/// A task of it.
#[derive(Debug)]
pub(crate) struct Task {
    pub(crate) id: TaskId,
    pub(crate) name: String,
    pub(crate) steps: Vec<Step>,
    /// What its pod is called, since that is known.
    pub(crate) pod: Option<String>,
    pub(crate) phase: TaskPhase,
}

/// Where a task is.
#[derive(Debug)]
pub(crate) enum TaskPhase {
    /// Something else must end first.
    Waiting,
    /// Its pod exists, or is being made.
    Running {
        /// Since when.
        since: Duration,
        /// The latest news of its pod.
        notice: Option<String>,
    },
    /// It is over.
    Ended(TaskOutcome),
}

/// A step of a task.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) id: StepId,
    pub(crate) name: String,
    pub(crate) phase: StepPhase,
    /// Bytes of the working copy that it sent so far.
    pub(crate) sent: Option<u64>,
    /// How it ended in the background, when it did so before its task and not well.
    pub(crate) ended_early: Option<Failure>,
}

/// Where a step is.
#[derive(Debug)]
pub(crate) enum StepPhase {
    /// It did not begin.
    Waiting,
    /// It runs.
    Running {
        /// Since when.
        since: Duration,
    },
    /// It is over, or runs on in the background.
    Ended {
        /// How it ended.
        outcome: StepOutcome,
        /// How long it took.
        took: Duration,
    },
}

/// An image that a registry serves now.
#[derive(Debug)]
pub(crate) struct Pushed {
    pub(crate) task: String,
    pub(crate) image: PushedImage,
}

/// A result of a step.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) step: StepRef,
    pub(crate) name: String,
    pub(crate) value: ResultValue,
}

/// An artifact that was collected.
#[derive(Debug)]
pub(crate) struct Collected {
    pub(crate) task: String,
    pub(crate) name: String,
    pub(crate) directory: String,
    pub(crate) files: u64,
    pub(crate) size: u64,
}

/// How the run ended.
#[derive(Debug)]
pub(crate) struct RunEnd {
    pub(crate) exit_code: u8,
    pub(crate) leftovers: Vec<String>,
    pub(crate) took: Duration,
}

impl RunState {
    /// Takes the next event.
    pub(crate) fn apply(&mut self, at: Duration, event: &RunEvent) {
        match event {
            RunEvent::Output { stream, data } => self.tails.entry(stream, Tail::default).1.push(data),
            RunEvent::RunStarted { tasks, .. } => self.tasks = tasks.iter().map(Task::outlined).collect(),
            RunEvent::TaskStarted { task, pod, .. } => {
                let task = self.task(task);
                task.pod = Some(pod.clone());
                task.phase = TaskPhase::Running { since: at, notice: None };
            }
            RunEvent::WorkingCopySent { step, bytes } => self.task(&step.task).step(step).sent = Some(*bytes),
            RunEvent::PodNotice { task, message, .. } => {
                if let TaskPhase::Running { notice, .. } = &mut self.task(task).phase {
                    *notice = Some(message.clone());
                }
            }
            RunEvent::StepStarted { step } => {
                let task = self.task(&step.task);
                task.step(step).phase = StepPhase::Running { since: at };
                if let TaskPhase::Running { notice, .. } = &mut task.phase {
                    *notice = None;
                }
            }
            RunEvent::BackgroundFailed { step, failure } => {
                self.task(&step.task).step(step).ended_early = Some(failure.clone());
            }
            RunEvent::StepFinished { step, outcome, duration_ms } => self.step_ended(step, outcome, *duration_ms),
            RunEvent::TaskFinished { task, outcome, .. } => self.task(task).phase = TaskPhase::Ended(outcome.clone()),
            RunEvent::ImagePushed { step, image } => {
                // A second push step of a task names what the first one pushed again.
                if !self.images.iter().any(|pushed| pushed.image == *image) {
                    self.images.push(Pushed { task: step.task.name.clone(), image: image.clone() });
                }
            }
            RunEvent::ResultSet { step, name, value, .. } => {
                // What a step says again is what it says, also when its task was tried again.
                self.results.retain(|said| said.step.id() != step.id() || said.name != *name);
                self.results.push(Said { step: step.clone(), name: name.clone(), value: value.clone() });
            }
            RunEvent::RunFinished { exit_code, leftovers, duration_ms, .. } => {
                let took = Duration::from_millis(*duration_ms);
                self.end = Some(RunEnd { exit_code: *exit_code, leftovers: leftovers.clone(), took });
            }
            RunEvent::ArtifactCollected { step, artifact, directory, files, size } => self.artifacts.push(Collected {
                task: step.task.name.clone(),
                name: artifact.clone(),
                directory: directory.clone(),
                files: *files,
                size: *size,
            }),
            RunEvent::Cache { .. }
            | RunEvent::ArtifactFile { .. }
            | RunEvent::Annotated { .. }
            | RunEvent::PluginLog { .. }
            | RunEvent::Note { .. } => {}
        }
    }

    /// The last lines of a step or sidecar.
    pub(crate) fn last_lines(&self, stream: &StreamId, count: usize) -> Vec<String> {
        self.tails.get(stream).map_or_else(Vec::new, |tail| tail.lines(count))
    }

    /// What wrote beside the steps of a task: its sidecars and steps in the background, in the order in which they first wrote.
    pub(crate) fn beside_steps(&self, task: &Task) -> impl Iterator<Item = &Stream> {
        let of_task = self.tails.iter().filter(|entry| entry.id.task() == task.id && !entry.value.is_empty());
        let in_foreground = |step: &Step| !matches!(step.phase, StepPhase::Ended { outcome: StepOutcome::Background, .. });
        let is_step = move |id: &StreamId| task.steps.iter().any(|step| *id == StreamId::Step(step.id) && in_foreground(step));
        of_task.filter(move |entry| !is_step(&entry.id)).map(|entry| &entry.stream)
    }

    /// Bytes of the working copy that a step sent.
    pub(crate) fn sent(&self, step: StepId) -> Option<u64> {
        self.tasks.iter().flat_map(|task| &task.steps).find(|known| known.id == step)?.sent
    }

    /// The failure of a step or task as the line of its end tells it: not at all when no other task runs, because the last screen is next then.
    pub(crate) fn told_now<'a>(&self, task: TaskId, failure: &'a Failure) -> Option<Cow<'a, str>> {
        let runs = |other: &Task| other.id != task && matches!(other.phase, TaskPhase::Running { .. });
        self.tasks.iter().any(runs).then(|| one_line(&failure.message))
    }

    /// Whether the line of one of a task's steps told this failure, or left it to the last screen.
    pub(crate) fn is_of_step(&self, task: TaskId, failure: &Failure) -> bool {
        let of_task = self.tasks.iter().filter(|known| known.id == task).flat_map(|task| &task.steps);
        of_task.filter_map(Step::failure).any(|of_step| of_step.message == failure.message)
    }

    fn step_ended(&mut self, step: &StepRef, outcome: &StepOutcome, duration_ms: u64) {
        let took = Duration::from_millis(duration_ms);
        self.task(&step.task).step(step).phase = StepPhase::Ended { outcome: outcome.clone(), took };
        if matches!(outcome, StepOutcome::Passed | StepOutcome::Skipped) {
            // Nobody will ask for the last lines of a step that passed.
            if let Some((_, tail)) = self.tails.get_mut(&StreamId::Step(step.id())) {
                *tail = Tail::default();
            }
        }
    }

    /// A task. The outline does not list those that were never to run here.
    fn task(&mut self, task: &TaskRef) -> &mut Task {
        let place = self.tasks.iter().position(|known| known.id == task.id).unwrap_or_else(|| {
            self.tasks.push(Task {
                id: task.id,
                name: task.name.clone(),
                steps: Vec::new(),
                pod: None,
                phase: TaskPhase::Waiting,
            });
            self.tasks.len() - 1
        });
        &mut self.tasks[place]
    }
}

impl Step {
    /// How it failed, if it did.
    pub(crate) fn failure(&self) -> Option<&Failure> {
        match &self.phase {
            StepPhase::Ended { outcome: StepOutcome::Failed(failure), .. } => Some(failure),
            _ => None,
        }
    }
}

impl Task {
    fn outlined(outline: &TaskOutline) -> Self {
        let step = |(index, name): (usize, &String)| Step {
            id: StepId { task: outline.id, index },
            name: name.clone(),
            phase: StepPhase::Waiting,
            sent: None,
            ended_early: None,
        };
        let steps = outline.steps.iter().enumerate().map(step).collect();
        Self { id: outline.id, name: outline.name.clone(), steps, pod: None, phase: TaskPhase::Waiting }
    }

    fn step(&mut self, step: &StepRef) -> &mut Step {
        let place = self.steps.iter().position(|known| known.id == step.id()).unwrap_or_else(|| {
            let (id, name) = (step.id(), step.name.clone());
            self.steps.push(Step { id, name, phase: StepPhase::Waiting, sent: None, ended_early: None });
            self.steps.len() - 1
        });
        &mut self.steps[place]
    }
}
