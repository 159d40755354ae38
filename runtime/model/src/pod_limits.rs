//! What a plugin may bring to a pod.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::plugin::Requirements;
use crate::pod::ContainerPlan;
use crate::pod_security::{Exception, Level, need_of};
use crate::quantity::{MebiBytes, MilliCpu};
use crate::scope::Scope;

/// The name by which mounts know the task's own volume, which holds the working copy. No plugin can bring a volume of that name.
pub const SHARED: &str = "shared";

/// Names of containers and volumes that windlass keeps for itself begin with this.
pub const RESERVED_PREFIX: &str = "windlass";

/// How much of a pod a plugin may ask for. The same type says what a manifest asks for, what settings grant, and, where the two meet, what
/// counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PodLimits {
    /// The highest Pod Security level that a container of the plugin's may need, exceptions apart.
    pub level: Level,
    /// What its containers may have beyond that level.
    pub except: BTreeSet<Exception>,
    /// The capabilities that its containers may add.
    pub capabilities: Scope,
    /// The images that its containers may start from, by the name that is written or the full one.
    pub images: Scope,
    /// The ports that its containers may listen on; any when `None`.
    pub ports: Option<BTreeSet<u16>>,
    /// The most processor time of one container.
    pub cpu: Option<MilliCpu>,
    /// The most memory of one container.
    pub memory: Option<MebiBytes>,
    /// Whether its containers see the task's own volume, and so the working copy.
    pub shared: bool,
}

impl Default for PodLimits {
    /// What an ordinary container may be, without exceptions, and no limit beyond.
    fn default() -> Self {
        Self { level: Level::Baseline, except: BTreeSet::new(), ..Self::unlimited() }
    }
}

impl PodLimits {
    /// Everything that can be asked for.
    pub fn unlimited() -> Self {
        Self {
            level: Level::Privileged,
            except: Exception::ALL.into(),
            capabilities: Scope::any(),
            images: Scope::any(),
            ports: None,
            cpu: None,
            memory: None,
            shared: true,
        }
    }

    /// What both allow.
    #[must_use]
    pub fn meet(&self, other: &Self) -> Self {
        Self {
            level: self.level.min(other.level),
            // Where one side needs no exception to allow everything, the other's exceptions count.
            except: self.allowed_exceptions().intersection(&other.allowed_exceptions()).copied().collect(),
            capabilities: self.capabilities.meet(&other.capabilities),
            images: self.images.meet(&other.images),
            ports: match (&self.ports, &other.ports) {
                (Some(one), Some(two)) => Some(one.intersection(two).copied().collect()),
                (one, two) => one.clone().or_else(|| two.clone()),
            },
            cpu: least(self.cpu, other.cpu),
            memory: least(self.memory, other.memory),
            shared: self.shared && other.shared,
        }
    }

    fn allowed_exceptions(&self) -> BTreeSet<Exception> {
        if self.level == Level::Privileged { Exception::ALL.into() } else { self.except.clone() }
    }

    /// What of these needs is beyond the limits, one sentence each; empty when nothing is.
    pub fn beyond(&self, needs: &Requirements) -> Vec<Excess> {
        let mut found = Vec::new();
        let exceptions: Vec<Exception> = self.allowed_exceptions().into_iter().collect();
        for required in &needs.containers {
            let container = &required.container;
            let mut excess = |field, what: String| found.push(Excess { container: container.name.clone(), field, what });
            let need = need_of(std::slice::from_ref(container), &exceptions);
            if need.level > self.level {
                excess("level", format!("needs Pod Security {need}, and at most {} is allowed", self.in_words_of_level()));
            }
            for capability in &container.security.add_capabilities {
                if !self.capabilities.allows(capability) {
                    excess("capabilities", format!("adds the capability {capability}"));
                }
            }
            if !self.allows_image(container) {
                excess("images", format!("starts from the image {}", container.image.canonical()));
            }
            for port in container.ports.iter().flat_map(|port| port.host.into_iter().chain([port.container])) {
                if self.ports.as_ref().is_some_and(|ports| !ports.contains(&port)) {
                    excess("ports", format!("listens on port {port}"));
                }
            }
            let resources = container.resources;
            if let Some(most) = self.cpu.filter(|most| resources.cpu > *most) {
                excess("cpu", format!("wants {} CPU, and at most {} is allowed", resources.cpu.written(), most.written()));
            }
            if let Some(most) = self.memory.filter(|most| resources.memory > *most) {
                excess("memory", format!("wants {} of memory, and at most {most} is allowed", resources.memory));
            }
            if !self.shared && container.mounts.iter().any(|mount| mount.volume == SHARED) {
                excess("shared", "mounts the task's own volume".to_owned());
            }
        }
        found
    }

    /// The least limits that allow these needs, too.
    #[must_use]
    pub fn with(&self, needs: &Requirements) -> Self {
        let mut wider = self.clone();
        for required in &needs.containers {
            let container = std::slice::from_ref(&required.container);
            let all = need_of(container, &Exception::ALL);
            for exception in Exception::ALL {
                let others: Vec<Exception> = Exception::ALL.into_iter().filter(|other| *other != exception).collect();
                // Where the exception alone makes the difference, it is less than the level.
                if wider.level < Level::Privileged && need_of(container, &others).level > all.level {
                    wider.except.insert(exception);
                }
            }
            wider.level = wider.level.max(all.level);
            let required = &required.container;
            for capability in &required.security.add_capabilities {
                wider.capabilities = wider.capabilities.including(capability);
            }
            if !wider.allows_image(required) {
                wider.images = wider.images.including(&required.image.canonical());
            }
            if let Some(ports) = &mut wider.ports {
                ports.extend(required.ports.iter().flat_map(|port| port.host.into_iter().chain([port.container])));
            }
            wider.cpu = wider.cpu.map(|most| most.max(required.resources.cpu));
            wider.memory = wider.memory.map(|most| most.max(required.resources.memory));
            wider.shared |= required.mounts.iter().any(|mount| mount.volume == SHARED);
        }
        wider
    }

    fn allows_image(&self, container: &ContainerPlan) -> bool {
        self.images.allows(&container.image.to_string()) || self.images.allows(&container.image.canonical())
    }

    fn in_words_of_level(&self) -> String {
        let exceptions: Vec<&str> = self.except.iter().map(|exception| exception.as_str()).collect();
        if exceptions.is_empty() { self.level.to_string() } else { format!("{} with {}", self.level, exceptions.join(", ")) }
    }
}

/// Something that a plugin brings and may not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excess {
    /// The container.
    pub container: String,
    /// The limit that refuses it, as `pod` has it.
    pub field: &'static str,
    /// What of it, as the end of a sentence that begins with the container.
    pub what: String,
}

fn least<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests;
