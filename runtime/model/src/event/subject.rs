//! What an event is about: a task, a step, or who wrote output. An identity tells it from everything else of the run; the name beside it is
//! for people, and two may share one.

use serde::{Deserialize, Serialize};

use crate::plan::TaskPlan;
use crate::task::{StepId, TaskId};

/// A task of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskRef {
    /// Its name.
    #[serde(rename = "task")]
    pub name: String,
    /// Which it is.
    #[serde(rename = "task_id")]
    pub id: TaskId,
}

impl TaskRef {
    /// A planned task.
    pub fn of(task: &TaskPlan) -> Self {
        Self { name: task.name.clone(), id: task.id }
    }
}

/// A step of a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRef {
    /// Its task.
    #[serde(flatten)]
    pub task: TaskRef,
    /// Its name.
    #[serde(rename = "step")]
    pub name: String,
    /// Its place among the steps of the task, from 0.
    #[serde(rename = "step_id")]
    pub index: usize,
}

impl StepRef {
    /// The step at this place of a planned task, if it has so many.
    pub fn of(task: &TaskPlan, index: usize) -> Option<Self> {
        let step = task.steps.get(index)?;
        Some(Self { task: TaskRef::of(task), name: step.name.clone(), index })
    }

    /// Which it is.
    pub fn id(&self) -> StepId {
        StepId { task: self.task.id, index: self.index }
    }
}

/// Who wrote a piece of output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub enum Stream {
    /// A step.
    Step(StepRef),
    /// A container by itself: the log of a sidecar.
    Container {
        /// Its task.
        task: TaskRef,
        /// Its name.
        name: String,
    },
}

/// Which stream it is, whatever names are shown of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum StreamId {
    /// That of a step.
    Step(StepId),
    /// That of a container.
    Container(TaskId, String),
}

impl Stream {
    /// Its task.
    pub fn task(&self) -> &TaskRef {
        match self {
            Self::Step(step) => &step.task,
            Self::Container { task, .. } => task,
        }
    }

    /// The name of the step or container.
    pub fn name(&self) -> &str {
        match self {
            Self::Step(step) => &step.name,
            Self::Container { name, .. } => name,
        }
    }

    /// Which it is.
    pub fn id(&self) -> StreamId {
        match self {
            Self::Step(step) => StreamId::Step(step.id()),
            Self::Container { task, name } => StreamId::Container(task.id, name.clone()),
        }
    }
}

impl StreamId {
    /// The task that it belongs to.
    pub fn task(&self) -> TaskId {
        match self {
            Self::Step(step) => step.task,
            Self::Container(task, _) => *task,
        }
    }
}

/// A stream in JSON: `step` has the name of either; of a container there is no `step_id`.
#[derive(Clone, Serialize, Deserialize)]
struct Written {
    #[serde(flatten)]
    task: TaskRef,
    step: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    step_id: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    container: Option<String>,
}

impl From<Stream> for Written {
    fn from(stream: Stream) -> Self {
        match stream {
            Stream::Step(StepRef { task, name, index }) => Self { task, step: name, step_id: Some(index), container: None },
            Stream::Container { task, name } => Self { task, step: name.clone(), step_id: None, container: Some(name) },
        }
    }
}

impl From<Written> for Stream {
    fn from(written: Written) -> Self {
        let Written { task, step: name, step_id, container: _ } = written;
        match step_id {
            Some(index) => Self::Step(StepRef { task, name, index }),
            None => Self::Container { task, name },
        }
    }
}
