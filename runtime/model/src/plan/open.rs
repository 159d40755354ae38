//! What is still to be given before a plan can run.

use serde::Serialize;

use super::Target;
use crate::secret::SecretName;

/// A value that nothing has given yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "open")]
pub enum OpenValue {
    /// A secret without a source.
    Secret {
        /// The task that wants it.
        task: String,
        /// The variable.
        name: SecretName,
        /// What is wrong with the source that somebody named, when somebody did.
        #[serde(skip_serializing_if = "Option::is_none")]
        problem: Option<String>,
        /// How to give it, one way a line.
        ways: Vec<String>,
    },
    /// A variable that fields of the file refer to and nothing defines. In the plan it stands as it is written.
    Variable {
        /// Its name.
        name: String,
        /// The text that the line is in, when it is not the task file.
        #[serde(skip_serializing_if = "Option::is_none")]
        file: Option<String>,
        /// The line of the file with the first of those fields.
        line: usize,
        /// The tasks that want it.
        tasks: Vec<String>,
        /// Why it has no value, where windlass would have given it one.
        #[serde(skip_serializing_if = "Option::is_none")]
        problem: Option<String>,
        /// How to give it, one way a line.
        ways: Vec<String>,
    },
    /// A cluster that no context is known for.
    Cluster(OpenCluster),
    /// A registry for the images that tasks of a cluster start from, when the run builds them.
    Registry {
        /// The task that wants one.
        task: String,
        /// The Dockerfile that it is built from.
        dockerfile: String,
        /// The lines that name one.
        ways: Vec<String>,
    },
}

/// A cluster that no context is known for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OpenCluster {
    /// The task that wants it.
    pub task: String,
    /// What the file asks for.
    pub asked: String,
    /// Where the task's pod will stand in it.
    pub namespace: String,
    /// Why no context was chosen for it.
    pub problem: String,
    /// How to say which context is meant.
    pub ways: Vec<String>,
}

impl OpenValue {
    /// What keeps it from being known, as a sentence; nothing where nobody has spoken of it yet.
    pub fn problem(&self) -> Option<String> {
        match self {
            Self::Secret { problem, .. } | Self::Variable { problem, .. } => problem.clone(),
            Self::Cluster(OpenCluster { task, problem, .. }) => Some(format!("task {task}: {problem}")),
            Self::Registry { .. } => None,
        }
    }
}

impl OpenCluster {
    /// It, as the place where the task runs.
    pub fn target(&self) -> Target {
        Target::Open { asked: self.asked.clone(), namespace: self.namespace.clone() }
    }
}
