//! What came to a task by its plugins, and what they can see of it.

use serde::Serialize;

use super::{PluginCall, StepPlan, TaskPlan};
use crate::plugin::PluginKind;
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
    /// The secrets that its commands can see: whoever runs commands in a container of the task sees all that are there; in its own containers
    /// there is what the plugin takes there, which is [`Self::credentials`] and [`Self::opens`].
    pub secrets: Vec<SecretName>,
    /// The secrets that registry credentials are made of, which its commands in its own containers are lent.
    pub credentials: Vec<SecretName>,
    /// The secrets that it opens itself, and may hand to its commands.
    pub opens: Vec<SecretName>,
}

impl Sight {
    /// What one plugin may reach in a task; `call` is one of the task's own.
    pub fn of(task: &TaskPlan, call: &PluginCall) -> Self {
        let opens = sorted(call.grants.secrets.clone());
        let Some(scope) = &call.grants.powers.containers else { return Self { opens, ..Self::default() } };
        let supervised = task.pod.containers.iter().filter(|container| container.process == Process::Supervised);
        let reached = supervised.filter(|container| scope.allows(&container.name, call.own_containers.contains(&container.name)));
        let (own, of_task): (Vec<String>, Vec<String>) =
            reached.map(|container| container.name.clone()).partition(|name| call.own_containers.contains(name));
        let lent = call.grants.powers.registries && !own.is_empty();
        let credentials = if lent { logins(task, call) } else { Vec::new() };
        let taken = if own.is_empty() { Vec::new() } else { [credentials.clone(), opens.clone()].concat() };
        let secrets = if of_task.is_empty() { sorted(taken) } else { sorted([task.pod.secrets.clone(), taken].concat()) };
        Self { of_task, own, secrets, credentials, opens }
    }
}

/// The secrets of the login steps before this one.
fn logins(task: &TaskPlan, call: &PluginCall) -> Vec<SecretName> {
    let is_it = |step: &&StepPlan| step.action.plugins().any(|other| std::ptr::eq(other, call));
    let before = task.steps.iter().take_while(|step| !is_it(step)).flat_map(|step| step.action.plugins());
    let opened = before.filter(|call| call.plugin.kind == PluginKind::Login).map(|call| &call.grants.secrets);
    sorted(opened.flatten().cloned().collect())
}

fn sorted(mut names: Vec<SecretName>) -> Vec<SecretName> {
    names.sort();
    names.dedup();
    names
}
