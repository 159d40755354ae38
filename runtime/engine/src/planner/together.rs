//! One pod of what a task lists and what its steps bring: two steps of one plugin may bring the same, and nobody takes over what is
//! another's.

use std::collections::BTreeMap;

use windlass_model::digest::Digest;
use windlass_model::plan::Brought;
use windlass_model::plugin::{ContainerRequirement, Requirements};
use windlass_model::pod::{ContainerPlan, Mount, Process, Security, Volume, paths};
use windlass_model::pod_limits::SHARED;
use windlass_model::quantity::Resources;

use super::steps::Brings;

/// What a pod has so far.
pub(super) struct Together {
    pub(super) containers: Vec<ContainerPlan>,
    pub(super) volumes: Vec<Volume>,
    /// What came by which plugin step, also nothing.
    pub(super) brought: Vec<Brought>,
    /// By whose plugin, and by which step first, what the task does not list itself came.
    owners: BTreeMap<(Kind, String), (Digest, String)>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Container,
    Volume,
}

impl Together {
    /// What the task lists itself.
    pub(super) fn new(containers: Vec<ContainerPlan>, volumes: Vec<Volume>) -> Self {
        Self { containers, volumes, brought: Vec::new(), owners: BTreeMap::new() }
    }

    /// Adds what one step brings. An error says what contradicts what.
    pub(super) fn add(&mut self, brings: &Brings, shared: &Mount) -> Result<(), String> {
        let Requirements { containers, volumes, env, .. } = &brings.needs;
        let mut brought = Brought { step: brings.step.clone(), variables: env.clone(), ..Brought::default() };
        for required in containers {
            if let Some(serving) = self.serves(required, brings) {
                brought.containers.push(serving);
                continue;
            }
            self.container(with_shared(required, brings.shared, shared), brings)?;
            brought.containers.push(required.container.name.clone());
        }
        for volume in volumes {
            self.volume(volume, brings)?;
            brought.volumes.push(volume.name.clone());
        }
        self.brought.push(brought);
        Ok(())
    }

    /// The container in whose favour one is left out: by another step of the same plugin. (The task's own were looked at before.)
    fn serves(&self, required: &ContainerRequirement, brings: &Brings) -> Option<String> {
        let same_plugin =
            |name: &str| self.owners.get(&(Kind::Container, name.to_owned())).is_some_and(|(plugin, _)| *plugin == brings.plugin);
        let listens =
            |container: &&ContainerPlan| container.ports.iter().any(|port| required.unless_port.contains(&port.container));
        let mut serving = self.containers.iter().filter(|container| same_plugin(&container.name));
        serving.find(listens).map(|container| container.name.clone())
    }

    fn container(&mut self, container: ContainerPlan, brings: &Brings) -> Result<(), String> {
        let name = container.name.clone();
        let ports = |container: &ContainerPlan| container.ports.iter().map(|port| port.container).collect::<Vec<_>>();
        let mut others = self.containers.iter().filter(|other| other.name != name);
        let taken = others.find_map(|other| Some((other, *ports(other).iter().find(|port| ports(&container).contains(port))?)));
        if let Some((other, port)) = taken {
            return Err(format!(
                "container {name} of step {} listens on port {port}, as container {} does; only one can",
                brings.step, other.name
            ));
        }
        let owner = self.owners.get(&(Kind::Container, name.clone())).cloned();
        match self.containers.iter_mut().find(|other| other.name == name) {
            Some(other) => {
                let same_plugin = owner.as_ref().is_some_and(|(plugin, _)| *plugin == brings.plugin);
                let merged = same_plugin.then(|| both(other, &container)).flatten();
                *other = merged.ok_or_else(|| contradicts("container", &name, owner.as_ref(), brings))?;
            }
            None => {
                self.owners.insert((Kind::Container, name), (brings.plugin.clone(), brings.step.clone()));
                self.containers.push(container);
            }
        }
        Ok(())
    }

    fn volume(&mut self, volume: &Volume, brings: &Brings) -> Result<(), String> {
        let owner = self.owners.get(&(Kind::Volume, volume.name.clone()));
        match self.volumes.iter().find(|other| other.name == volume.name) {
            Some(same) if same == volume && owner.is_some_and(|(plugin, _)| *plugin == brings.plugin) => {}
            Some(_) => return Err(contradicts("volume", &volume.name, owner, brings)),
            None => {
                self.owners.insert((Kind::Volume, volume.name.clone()), (brings.plugin.clone(), brings.step.clone()));
                self.volumes.push(volume.clone());
            }
        }
        Ok(())
    }
}

fn contradicts(what: &str, name: &str, owner: Option<&(Digest, String)>, brings: &Brings) -> String {
    let Some((plugin, first)) = owner else {
        return format!("step {} brings a {what} called {name}, and the task has one of this name; rename yours", brings.step);
    };
    let why = if *plugin == brings.plugin { "which differs" } else { "and it is another plugin's" };
    format!("step {} brings a {what} called {name}, as step {first} does, {why}; give them different names", brings.step)
}

/// The shared volume, apart from all that an image may have.
pub(super) fn apart() -> Mount {
    Mount { volume: SHARED.into(), path: paths::SHARED.into(), read_only: false }
}

/// A container as it stands in the pod: with the task's own volume where its plugin was granted that.
fn with_shared(required: &ContainerRequirement, granted: bool, shared: &Mount) -> ContainerPlan {
    let mut container = required.container.clone();
    let mount = if container.process == Process::Supervised { apart() } else { shared.clone() };
    if granted && container.mounts.iter().all(|own| own.path != mount.path) {
        container.mounts.push(mount);
    }
    container
}

/// One container that serves two steps: the same image, with the capabilities and the resources that either needs. `None` when they differ in
/// more than that.
fn both(one: &ContainerPlan, other: &ContainerPlan) -> Option<ContainerPlan> {
    let mut both = one.clone();
    both.resources = Resources {
        cpu: one.resources.cpu.max(other.resources.cpu),
        memory: one.resources.memory.max(other.resources.memory),
        greedy: one.resources.greedy || other.resources.greedy,
    };
    let more = |name: &&String| !one.security.add_capabilities.contains(name);
    both.security.add_capabilities.extend(other.security.add_capabilities.iter().filter(more).cloned());
    let same = ContainerPlan {
        resources: both.resources,
        security: Security { add_capabilities: both.security.add_capabilities.clone(), ..other.security.clone() },
        brought_by: one.brought_by.clone(),
        ..other.clone()
    };
    (both == same).then_some(both)
}

#[cfg(test)]
mod tests;
