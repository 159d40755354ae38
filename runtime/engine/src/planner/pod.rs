//! The pod of a task: its own containers, and those that its plugins bring.

use std::collections::BTreeMap;

use windlass_model::image::ImageReference;
use windlass_model::plan::RunId;
use windlass_model::plugin::Requirements;
use windlass_model::pod::{ContainerPlan, MAIN, Mount, PodPlan, Process, Readiness, Security, Volume, paths};
use windlass_model::quantity::Resources;
use windlass_model::secret::{EnvValue, EnvVar};
use windlass_model::task::{Instance, Sidecar, Task};

use super::environments::Start;
use super::{PlanError, PlanInput, environment};

/// The volume that every container of a pod shares.
const SHARED: &str = "shared";

/// Time on top of a task's own before the cluster ends its pod: image pulls, the workspace, the five minutes of `always`.
const DEADLINE_SLACK_SECONDS: u64 = 15 * 60;

/// What a pod is planned from.
pub(super) struct PodInput<'a> {
    pub(super) plan: &'a PlanInput<'a>,
    pub(super) task: &'a Task,
    pub(super) name: &'a str,
    pub(super) index: usize,
    pub(super) instance: &'a Instance,
    /// The main container's image, built or not, and how a cluster pulls it.
    pub(super) start: &'a Start,
    pub(super) env: &'a [EnvVar],
    pub(super) required: &'a [Requirements],
}

/// Plans the pod.
pub(super) fn plan(input: &PodInput<'_>) -> Result<PodPlan, PlanError> {
    let instance = input.instance;
    let shared_path = environment::text(input.env, "CIRRUS_VOLUME").unwrap_or_else(|| environment::VOLUME.to_owned());
    let shared = Mount { volume: SHARED.into(), path: shared_path, read_only: false };
    let mut containers = vec![main_container(instance, &input.start.image, &shared)];
    containers.extend(instance.sidecars.iter().map(|s| sidecar(s, &shared)));
    let mut volumes = vec![Volume { name: SHARED.into(), in_memory: instance.use_in_memory_disk }];
    // Also where no image has anything: a builder that fills its root would hide the working copy, or take it for part of the image.
    for container in containers.iter_mut().filter(|c| c.process == Process::Supervised) {
        container.mounts.push(apart());
    }
    for needs in input.required {
        add_requirements(input.name, needs, &shared, &mut containers, &mut volumes)?;
    }
    let policy = |message| PlanError::Policy { task: input.name.to_owned(), message };
    for container in &containers {
        input.plan.platform.check_image(&container.image).map_err(policy)?;
        if container.security.privileged {
            input.plan.platform.check_privileged(&container.name).map_err(policy)?;
        }
    }
    let in_files = input.env.iter().filter_map(|v| match &v.value {
        EnvValue::Secret(name) => Some(name.clone()),
        EnvValue::Text(_) => None,
    });
    let mut secrets: Vec<_> = in_files.chain(input.task.secrets.iter().map(|s| s.name.clone())).collect();
    secrets.sort();
    secrets.dedup();
    Ok(PodPlan {
        name: pod_name(&input.plan.run, input.name, input.index),
        run: input.plan.run.to_string(),
        task: input.name.to_owned(),
        containers,
        volumes,
        registries: input.plan.platform.registries(),
        host_aliases: input.plan.platform.host_aliases(),
        pull_policy: input.plan.platform.pull_policy(),
        registry_secret: input.start.registry_secret.clone(),
        secrets,
        architecture: instance.architecture,
        node_selector_terms: instance.node_selector_terms.clone(),
        deadline_seconds: input.task.timeout.as_secs().saturating_add(DEADLINE_SLACK_SECONDS),
    })
}

/// The shared volume, apart from all that an image may have.
fn apart() -> Mount {
    Mount { volume: SHARED.into(), path: paths::SHARED.into(), read_only: false }
}

fn main_container(instance: &Instance, image: &ImageReference, shared: &Mount) -> ContainerPlan {
    ContainerPlan {
        name: MAIN.into(),
        image: image.clone(),
        process: Process::Supervised,
        env: Vec::new(),
        resources: instance.resources,
        security: Security { privileged: instance.privileged, ..Security::default() },
        ports: Vec::new(),
        mounts: vec![shared.clone()],
        files: BTreeMap::new(),
        readiness: Vec::new(),
        brought_by: None,
    }
}

fn sidecar(sidecar: &Sidecar, shared: &Mount) -> ContainerPlan {
    let ports = sidecar.ports.iter().map(|p| Readiness::Tcp(p.container));
    let command = sidecar.readiness_command.iter().cloned().map(Readiness::Command);
    ContainerPlan {
        name: sidecar.name.clone(),
        image: sidecar.image.clone(),
        process: Process::Image { args: sidecar.args.clone() },
        env: sidecar.env.clone(),
        resources: sidecar.resources,
        security: Security { privileged: sidecar.privileged, ..Security::default() },
        ports: sidecar.ports.clone(),
        mounts: vec![shared.clone()],
        files: BTreeMap::new(),
        readiness: ports.chain(command).collect(),
        brought_by: None,
    }
}

/// Adds what one step brings. Two steps may bring the same thing; different things of one name contradict each other.
fn add_requirements(
    task: &str,
    needs: &Requirements,
    shared: &Mount,
    containers: &mut Vec<ContainerPlan>,
    volumes: &mut Vec<Volume>,
) -> Result<(), PlanError> {
    let conflict = |what: &str, name: &str| PlanError::Conflict {
        task: task.to_owned(),
        message: format!("two {what}s of its pod are called `{name}` and differ; rename yours"),
    };
    for required in &needs.containers {
        let serves = |c: &ContainerPlan| c.ports.iter().any(|p| required.unless_port.contains(&p.container));
        if containers.iter().any(serves) {
            continue;
        }
        let mut container = required.container.clone();
        container.mounts.push(if container.process == Process::Supervised { apart() } else { shared.clone() });
        match containers.iter_mut().find(|c| c.name == container.name) {
            Some(other) => *other = both(other, &container).ok_or_else(|| conflict("container", &container.name))?,
            None => containers.push(container),
        }
    }
    for volume in &needs.volumes {
        match volumes.iter().find(|v| v.name == volume.name) {
            Some(same) if same == volume => {}
            Some(_) => return Err(conflict("volume", &volume.name)),
            None => volumes.push(volume.clone()),
        }
    }
    Ok(())
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

/// `windlass-RUN-INDEX-TASK`, a DNS label of at most 52 characters: objects that belong to the pod add up to 11 more.
fn pod_name(run: &RunId, task: &str, index: usize) -> String {
    let mut name = format!("windlass-{run}-{index}-");
    for c in task.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_alphanumeric() {
            name.push(c);
        } else if !name.ends_with('-') {
            name.push('-');
        }
    }
    name.truncate(52);
    name.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use windlass_model::image::ImageReference;
    use windlass_model::quantity::{MebiBytes, MilliCpu};

    use super::*;

    fn builder(image: &str, capabilities: &[&str], memory: u64) -> ContainerPlan {
        ContainerPlan {
            name: "kaniko".into(),
            image: ImageReference::parse(image).unwrap_or_else(|e| panic!("{e}")),
            process: Process::Supervised,
            env: Vec::new(),
            resources: Resources { cpu: MilliCpu(1000), memory: MebiBytes(memory), greedy: false },
            security: Security {
                drop_capabilities: vec!["ALL".into()],
                add_capabilities: capabilities.iter().map(|c| (*c).to_owned()).collect(),
                ..Security::default()
            },
            ports: Vec::new(),
            mounts: Vec::new(),
            files: BTreeMap::new(),
            readiness: Vec::new(),
            brought_by: None,
        }
    }

    #[test]
    fn a_builder_of_two_steps_gets_what_either_needs_and_no_other_image() {
        let (small, large) = (builder("kaniko", &[], 512), builder("kaniko", &["CHOWN"], 256));
        assert_eq!(both(&small, &large), Some(builder("kaniko", &["CHOWN"], 512)));
        assert_eq!(both(&large, &small), Some(builder("kaniko", &["CHOWN"], 512)));
        assert_eq!(both(&small, &builder("other", &[], 512)), None);
    }

    #[test]
    fn pod_names_are_dns_labels_whatever_the_task_is_called() {
        let run = RunId::from_random(0);
        for task in ["docker_build", "Tests (GO: 1.22, ä)", "", "---", &"x".repeat(200)] {
            let name = pod_name(&run, task, 3);
            assert!(name.len() <= 52 && !name.ends_with('-'), "{name}");
            assert!(name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'), "{name}");
        }
        assert_eq!(pod_name(&run, "docker_build", 0), "windlass-aaaaaaaa-0-docker-build");
    }
}
