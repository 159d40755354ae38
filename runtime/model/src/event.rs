//! The events of a run: the only thing that reporters see. `--output json` prints one a line, so the names are an interface.

mod cache;
mod outcome;
mod subject;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::plan::RunId;
use crate::plugin::PushedImage;
use crate::result::{Annotation, ResultValue};
use crate::task::TaskId;

pub use cache::CacheOutcome;
pub use outcome::{Failure, FailureKind, StepOutcome, TaskOutcome};
pub use subject::{StepRef, Stream, StreamId, TaskRef};

/// Something that happened in a run. Text in it is masked already.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum RunEvent {
    /// The run begins. First of all events.
    RunStarted {
        /// The run.
        run: RunId,
        /// The wall-clock time, in UTC, as RFC 3339 has it.
        time: String,
        /// The version of windlass.
        windlass: String,
        /// The tasks that will run, with their steps, in order.
        tasks: Vec<TaskOutline>,
    },
    /// A task begins: its pod is being made.
    TaskStarted {
        /// The task.
        #[serde(flatten)]
        task: TaskRef,
        /// Where it runs, in words.
        target: String,
        /// What its pod is called there.
        pod: String,
    },
    /// Something about a pod that a person would want to know while waiting: an image being pulled, a Warning event.
    PodNotice {
        /// The task.
        #[serde(flatten)]
        task: TaskRef,
        /// The container, when it is about one.
        container: Option<String>,
        /// How serious it is.
        level: Level,
        /// In one line.
        message: String,
    },
    /// A step begins.
    StepStarted {
        /// The step.
        #[serde(flatten)]
        step: StepRef,
    },
    /// How much of the working copy has been sent: now and then while a step sends it, and once more when all of it arrived.
    WorkingCopySent {
        /// The step.
        #[serde(flatten)]
        step: StepRef,
        /// Compressed bytes so far.
        bytes: u64,
    },
    /// A piece of a step's output: any number of bytes, not cut at lines.
    Output {
        /// Who wrote it.
        #[serde(flatten)]
        stream: Stream,
        /// The bytes, as text where they are UTF-8; others are replaced in JSON, not on a terminal.
        #[serde(with = "lossy")]
        data: Arc<[u8]>,
    },
    /// A line that a plugin itself logged.
    PluginLog {
        /// The step.
        #[serde(flatten)]
        step: StepRef,
        /// How serious it is.
        level: Level,
        /// The line.
        message: String,
    },
    /// A registry serves an image now.
    ImagePushed {
        /// The step.
        #[serde(flatten)]
        step: StepRef,
        /// The image.
        image: PushedImage,
    },
    /// A step says a named value. Steps that follow have it as a variable.
    ResultSet {
        /// The step.
        #[serde(flatten)]
        step: StepRef,
        /// The value's name.
        name: String,
        /// The variable.
        variable: String,
        /// The value.
        #[serde(flatten)]
        value: ResultValue,
    },
    /// A step remarks something about lines of a file.
    Annotated {
        /// The step.
        #[serde(flatten)]
        step: StepRef,
        /// The remark.
        #[serde(flatten)]
        annotation: Annotation,
    },
    /// A file of an artifact was collected. It comes before the artifact itself.
    ArtifactFile {
        /// The step.
        #[serde(flatten)]
        step: StepRef,
        /// The artifact's name.
        artifact: String,
        /// The file's path below the artifact's directory.
        path: String,
        /// Its bytes.
        size: u64,
        /// Their SHA-256.
        digest: Digest,
    },
    /// An artifact is whole, and lies where it belongs.
    ArtifactCollected {
        /// The step.
        #[serde(flatten)]
        step: StepRef,
        /// The artifact's name.
        artifact: String,
        /// The directory with its files, seen from where windlass runs.
        directory: String,
        /// The number of files.
        files: u64,
        /// Their bytes together.
        size: u64,
    },
    /// A cache was restored or stored, or was not.
    Cache {
        /// The step.
        #[serde(flatten)]
        step: StepRef,
        /// The cache's name.
        cache: String,
        /// Its key.
        key: String,
        /// How it fared.
        #[serde(flatten)]
        outcome: CacheOutcome,
    },
    /// A step in the background ended by itself, before its task did, and not well. It fails nothing: the step had passed when it was started.
    BackgroundFailed {
        /// The step.
        #[serde(flatten)]
        step: StepRef,
        /// How.
        failure: Failure,
    },
    /// A step ended, or was passed over.
    StepFinished {
        /// The step.
        #[serde(flatten)]
        step: StepRef,
        /// How.
        outcome: StepOutcome,
        /// Wall-clock milliseconds.
        duration_ms: u64,
    },
    /// A task ended; its pod is deleted, or `leftovers` of [`RunEvent::RunFinished`] says otherwise.
    TaskFinished {
        /// The task.
        #[serde(flatten)]
        task: TaskRef,
        /// How.
        outcome: TaskOutcome,
        /// Wall-clock milliseconds.
        duration_ms: u64,
    },
    /// The run ended. Last of all events.
    RunFinished {
        /// The run.
        run: RunId,
        /// The process's exit code.
        exit_code: u8,
        /// What could not be deleted, each with the command that does.
        leftovers: Vec<String>,
        /// Wall-clock milliseconds.
        duration_ms: u64,
    },
    /// A remark that belongs to no task.
    Note {
        /// How serious it is.
        level: Level,
        /// In one line.
        message: String,
    },
}

/// A task and its steps, as a reporter lays them out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskOutline {
    /// Which it is.
    pub id: TaskId,
    /// Its name.
    pub name: String,
    /// Its steps, in order.
    pub steps: Vec<String>,
}

/// How serious a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// For who looks closely.
    Debug,
    /// Good to know.
    Info,
    /// Probably not what was meant.
    Warning,
    /// It stops something.
    Error,
}

/// Bytes as JSON text.
mod lossy {
    use std::sync::Arc;

    use serde::Deserialize as _;

    pub(super) fn serialize<S: serde::Serializer>(value: &Arc<[u8]>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&String::from_utf8_lossy(value))
    }

    pub(super) fn deserialize<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Arc<[u8]>, D::Error> {
        Ok(String::deserialize(deserializer)?.into_bytes().into())
    }
}
