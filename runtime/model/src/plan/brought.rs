//! What came to a task by its plugins, and what they can see of it.

use serde::Serialize;

use super::{PluginCall, TaskPlan};
use crate::pod::Process;
use crate::secret::{EnvVar, SecretName};

/// What one step brought to its task.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Brought {
    /// The step.
    pub step: String,
    /// Containers by name. Two steps of one plugin may bring the same one.
    pub containers: Vec<String>,
    /// Volumes by name.
    pub volumes: Vec<String>,
    /// Variables of the task's environment, below what the task itself sets.
    pub variables: Vec<EnvVar>,
}

impl Brought {
    /// Whether it is nothing.
    pub fn is_empty(&self) -> bool {
        self.containers.is_empty() && self.volumes.is_empty() && self.variables.is_empty()
    }
}

/// Where the plugin of a step may run commands, and what of the task's secrets is in sight there.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Sight {
    /// The containers that are not its own: of the task, or of other steps.
    pub of_task: Vec<String>,
    /// Those that its step brings.
    pub own: Vec<String>,
    /// The secrets that its commands can see: whoever runs commands in a container of the task sees all that are there.
    pub secrets: Vec<SecretName>,
}

impl Sight {
    /// What one plugin may reach in a task.
    pub fn of(task: &TaskPlan, call: &PluginCall) -> Self {
        let Some(scope) = &call.grants.powers.containers else { return Self::default() };
        let supervised = task.pod.containers.iter().filter(|container| container.process == Process::Supervised);
        let reached = supervised.filter(|container| scope.allows(&container.name, call.own_containers.contains(&container.name)));
        let (own, of_task): (Vec<String>, Vec<String>) =
            reached.map(|container| container.name.clone()).partition(|name| call.own_containers.contains(name));
        let secrets = if of_task.is_empty() { Vec::new() } else { task.pod.secrets.clone() };
        Self { of_task, own, secrets }
    }
}
