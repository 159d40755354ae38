//! A plan: everything a run will do, known before any of it is done. `run` executes a plan and nothing else.

mod brought;
mod open;
mod step;

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::cache::CacheAccess;
use crate::image::ImageReference;
use crate::pod::PodPlan;
use crate::secret::EnvVar;
use crate::task::{Architecture, BuiltImage, TaskId};

pub use brought::{Brought, Sight};
pub use open::{OpenCluster, OpenValue};
pub use step::{PluginCall, StepAction, StepPlan};

/// A run's identity: eight lower-case letters and digits, part of the name of everything that it creates.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(String);

impl RunId {
    const ALPHABET: &'static [u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

    /// Names a run after forty random bits.
    pub fn from_random(bits: u64) -> Self {
        let letter = |i: u32| char::from(Self::ALPHABET[((bits >> (5 * i)) & 31) as usize]);
        Self((0..8).map(letter).collect())
    }

    /// What stands for the identity in a plan that nobody runs, so that two plans of the same are the same.
    pub fn of_a_plan() -> Self {
        Self("planonly".to_owned())
    }

    /// The identity as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// All that a run will do.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    /// The run.
    pub run: RunId,
    /// The tasks that will run, in file order.
    pub tasks: Vec<TaskPlan>,
    /// The tasks that will not, and why.
    pub not_run: Vec<NotRun>,
    /// What is still to be given; a run does not start with any of these.
    pub open: Vec<OpenValue>,
    /// Things worth saying: fields without an effect here, repaired mistakes.
    pub notes: Vec<String>,
}

/// One task of a plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TaskPlan {
    /// Its place in the file.
    pub id: TaskId,
    /// Its name, made unique by its matrix labels.
    pub name: String,
    /// The tasks of this plan that must pass first.
    pub depends_on: Vec<TaskId>,
    /// Where it runs.
    pub target: Target,
    /// The image of its main container, when the driver itself builds it before the pod is created.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub build: Option<ImageBuild>,
    /// Its pod.
    pub pod: PodPlan,
    /// The environment of its commands, lowest precedence first.
    pub env: Vec<EnvVar>,
    /// The directory its commands start in.
    pub working_dir: String,
    /// Its steps, in order.
    pub steps: Vec<StepPlan>,
    /// What came to its pod and environment by the plugins of its steps, in the order of the steps; everything else is the task's own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub brought: Vec<Brought>,
    /// Where its caches are; `None` when they start empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caches: Option<CacheAccess>,
    /// Time for all steps together.
    #[serde(with = "seconds")]
    pub timeout: Duration,
    /// Time for each sidecar to be ready once the main container runs.
    #[serde(with = "seconds")]
    pub sidecar_timeout: Duration,
    /// A failure does not fail the run.
    pub allow_failures: bool,
}

/// An image that a driver builds from the working copy, unless it has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImageBuild {
    /// What it is called. The name tells what it is made of, so an image of that name is the one that is meant.
    pub image: ImageReference,
    /// What it is made from.
    pub from: BuiltImage,
    /// The architecture that it is for.
    pub architecture: Architecture,
}

/// Where a task runs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// A Kubernetes cluster.
    Kube {
        /// The kubeconfig file, when not the usual one.
        kubeconfig: Option<String>,
        /// The kubeconfig context.
        context: String,
        /// The namespace.
        namespace: String,
    },
    /// The container engine of this machine.
    Engine,
    /// A Kubernetes cluster that nothing leads to yet: [`Plan::open`] has it too, and a run does not start before it is named.
    Open {
        /// The cluster as the file asks for it.
        asked: String,
        /// The namespace.
        namespace: String,
    },
}

impl Target {
    /// The namespace; `None` of an engine.
    pub fn namespace(&self) -> Option<&str> {
        match self {
            Self::Kube { namespace, .. } | Self::Open { namespace, .. } => Some(namespace),
            Self::Engine => None,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kube { context, namespace, .. } => write!(f, "context {context}, namespace {namespace}"),
            Self::Engine => f.write_str("the container engine of this machine"),
            Self::Open { asked, namespace } => write!(f, "{asked} (its context is still to be named), namespace {namespace}"),
        }
    }
}

/// A task that will not run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NotRun {
    /// Its place among the tasks of the file; a task that its `only_if` left out has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<TaskId>,
    /// Its name.
    pub name: String,
    /// Why.
    pub reason: NotRunReason,
}

/// Why a task will not run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NotRunReason {
    /// `skip` was true: it counts as passed.
    Skipped,
    /// Its `only_if`, which this is, is false.
    OnlyIf(String),
    /// The command line chose other tasks.
    NotChosen,
    /// Its `trigger_type` is `manual`, and the command line does not name it.
    Manual,
    /// windlass cannot run it; the text says why.
    NotHere(String),
    /// A task it depends on does not run here.
    Dependency(String),
}

impl NotRunReason {
    /// Whether the file itself says that the task is not to run this time.
    pub fn is_skipped(&self) -> bool {
        matches!(self, Self::Skipped | Self::OnlyIf(_))
    }
}

/// What goes behind the task's name and a colon.
impl fmt::Display for NotRunReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Skipped => f.write_str("skipped: its `skip` is true"),
            Self::OnlyIf(condition) => write!(f, "skipped: its `only_if` is false: {condition}"),
            Self::NotChosen => f.write_str("not chosen"),
            Self::Manual => {
                f.write_str("started by hand: its `trigger_type` is `manual`, so it runs when `windlass run` names it")
            }
            Self::NotHere(reason) => f.write_str(reason),
            Self::Dependency(name) => write!(f, "it depends on {name}, which does not run"),
        }
    }
}

/// Durations as whole seconds, for people and machines alike.
mod seconds {
    use std::time::Duration;

    pub(super) fn serialize<S: serde::Serializer>(value: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(value.as_secs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_id_fits_a_dns_label_and_uses_every_bit() {
        assert_eq!(RunId::from_random(0).as_str(), "aaaaaaaa");
        assert_eq!(RunId::from_random((1 << 40) - 1).as_str(), "77777777");
        assert_ne!(RunId::from_random(1 << 39), RunId::from_random(0));
    }
}
