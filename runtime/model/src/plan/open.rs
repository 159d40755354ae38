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
        /// How to give it, one way a line.
        ways: Vec<String>,
    },
    /// A variable that fields of the file refer to and nothing defines. In the plan it stands as it is written.
    Variable {
        /// Its name.
        name: String,
        /// The line of the file with the first of those fields.
        line: usize,
        /// The tasks that want it.
        tasks: Vec<String>,
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

impl OpenCluster {
    /// It, as the place where the task runs.
    pub fn target(&self) -> Target {
        Target::Open { asked: self.asked.clone(), namespace: self.namespace.clone() }
    }
}
