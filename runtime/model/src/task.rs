//! Tasks as the configuration file says them: expanded, checked, and free of any position in the file but one per step.

mod cache;
mod instance;

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::docker::{DockerCommands, PushPattern};
use crate::plugin_reference::PluginReference;
use crate::secret::{EnvVar, SecretName};

pub use cache::{CacheKey, CacheScript};
pub use instance::{Architecture, BuiltImage, ClusterKind, ClusterRequest, Instance, InstanceImage, Placement, Port, Sidecar};

/// A task's place in its file; `depends_on` refers to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TaskId(pub usize);

/// A step's place: the task, and its number among the task's steps, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StepId {
    /// Its task.
    pub task: TaskId,
    /// Its number.
    pub index: usize,
}

impl fmt::Display for StepId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.task.0, self.index)
    }
}

/// One task: one pod, and the steps that run in it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Task {
    /// Its place in the file.
    pub id: TaskId,
    /// Its name; a matrix gives several tasks the same one.
    pub name: String,
    /// A second name that `depends_on` and the command line accept.
    pub alias: Option<String>,
    /// The values that a matrix gave this copy, as `key:value`; empty without a matrix.
    pub labels: Vec<String>,
    /// Whether it runs.
    pub disposition: Disposition,
    /// Where it runs; `None` only when it does not run here.
    pub instance: Option<Instance>,
    /// The task's environment, root first, without the variables that the runner adds.
    pub env: Vec<EnvVar>,
    /// The secrets that its environment and its sidecars' refer to, each name once.
    pub secrets: Vec<SecretRequest>,
    /// The variables that its fields refer to and nothing defines. It does not run before all of them are given.
    pub undefined: Vec<UndefinedVariable>,
    /// Its instructions in document order.
    pub steps: Vec<Step>,
    /// What the docker commands of its scripts come to as typed steps, for `--use`.
    pub docker: DockerCommands,
    /// Tasks that must pass first.
    pub depends_on: Vec<TaskId>,
    /// Time for all steps together; [`Task::TIMEOUT`] unless `timeout_in` says otherwise.
    #[serde(with = "seconds")]
    pub timeout: Duration,
    /// A failure of this task does not fail the run.
    pub allow_failures: bool,
    /// One-based line of its key in the file, for messages.
    #[serde(skip)]
    pub line: usize,
}

impl Task {
    /// Time for the steps of a task that does not say.
    pub const TIMEOUT: Duration = Duration::from_secs(60 * 60);

    /// A task that runs and of which nothing else is said.
    pub fn new(id: TaskId, name: impl Into<String>, instance: Option<Instance>, steps: Vec<Step>) -> Self {
        Self {
            id,
            name: name.into(),
            alias: None,
            labels: Vec::new(),
            disposition: Disposition::Run,
            instance,
            env: Vec::new(),
            secrets: Vec::new(),
            undefined: Vec::new(),
            steps,
            docker: DockerCommands::None,
            depends_on: Vec::new(),
            timeout: Self::TIMEOUT,
            allow_failures: false,
            line: 1,
        }
    }
}

/// A task of the file that its `only_if` keeps out of the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// Its name.
    pub name: String,
    /// The second name that it answers to.
    pub alias: Option<String>,
    /// The values that a matrix gave this copy.
    pub labels: Vec<String>,
    /// The condition as the file has it, which is false.
    pub condition: String,
}

impl LeftOut {
    /// Its name, told apart by its matrix labels.
    pub fn full_name(&self) -> String {
        if self.labels.is_empty() { self.name.clone() } else { format!("{} ({})", self.name, self.labels.join(", ")) }
    }

    /// Whether a name on the command line means it.
    pub fn answers_to(&self, name: &str) -> bool {
        self.name == name || self.alias.as_deref() == Some(name) || self.full_name() == name
    }
}

/// A variable that a field of a task refers to and nothing defines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UndefinedVariable {
    /// Its name.
    pub name: String,
    /// The line of the file with the first field that refers to it.
    pub line: usize,
    /// A variable that may be meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub near: Option<String>,
    /// Why it has no value, where windlass would have given it one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unset: Option<Unset>,
}

/// Why a variable that windlass gives to tasks has no value this time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unset {
    /// What there is not: "there is no commit yet".
    pub reason: String,
    /// What gives it one, beside `-e`: "commit first".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cure: Option<String>,
}

/// A secret that a task's file refers to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SecretRequest {
    /// The name used in [`EnvVar`]s: the variable's own, unless two containers of the task set it to different secrets.
    pub name: SecretName,
    /// What the file says, `ENCRYPTED[…]`: an id whose value only the user can give.
    pub reference: String,
}

/// Whether a task runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Disposition {
    /// It runs.
    Run,
    /// `skip` was true: it counts as passed.
    Skip,
    /// Its `trigger_type` is `manual`: it runs only when the command line names it.
    Manual,
    /// It is valid, but windlass cannot run it; the text says why and what would.
    NotHere(String),
}

/// One instruction of a task.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// Its name, unique in the task among its kind.
    pub name: String,
    /// When it runs.
    pub when: When,
    /// What it does.
    pub action: Action,
    /// One-based line of its key in the file, for messages.
    pub line: usize,
}

/// The condition under which a step runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// While nothing has failed.
    OnSuccess,
    /// Once something has failed.
    OnFailure,
    /// In any case.
    Always,
    /// Once the task's time was up.
    OnTimeout,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Brings the working copy into the pod: the implicit first step, unless the file has a `clone_script`.
    Workspace,
    /// A `*_script` or `*_background_script`: the `shell` plugin.
    Script {
        /// The lines of one file that one process runs.
        lines: Vec<String>,
        /// Started, counted as passed, ended with the task.
        background: bool,
        /// What its commands may push.
        pushes: Vec<PushPattern>,
    },
    /// A `*_file`.
    File {
        /// Where to, absolute or below the working directory.
        path: String,
        /// What it holds.
        contents: FileContents,
    },
    /// A `*_artifacts`.
    Artifacts {
        /// Patterns of files, variables filled in as far as they are known.
        paths: Vec<String>,
        /// What the files hold, as `text/plain`.
        content_type: Option<String>,
        /// What the files report, as `junit`.
        format: Option<String>,
    },
    /// A `*_cache`.
    Cache {
        /// Folders or patterns, variables filled in as far as they are known.
        folders: Vec<String>,
        /// What its content depends on.
        key: CacheKey,
        /// What makes its content when there is none.
        populate: Option<CacheScript>,
        /// Whether it is stored again when its content has changed.
        reupload_on_changes: bool,
        /// Whether the newest entry of its name is taken when there is none under its key.
        optimistically_restore_on_miss: bool,
    },
    /// Stores a cache: one that `upload_caches` names, or each of the task's after its last instruction.
    UploadCache {
        /// The cache.
        name: String,
    },
    /// A `*_step` that names its plugin.
    Plugin {
        /// Which plugin.
        uses: PluginReference,
        /// Its request, variables expanded.
        with: serde_json::Value,
        /// The container it runs in; the main one unless said.
        container: Option<String>,
    },
}

/// What a `*_file` instruction writes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FileContents {
    /// The value of a variable; nothing is written, and the step passes, when it is not set.
    Variable(String),
    /// This text.
    Text(String),
}

/// Durations as whole seconds, for people and machines alike.
mod seconds {
    use std::time::Duration;

    pub(super) fn serialize<S: serde::Serializer>(value: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(value.as_secs())
    }
}
