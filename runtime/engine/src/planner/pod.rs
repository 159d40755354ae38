//! The pod of a task: its own containers, and those that its plugins bring.

use std::collections::BTreeMap;

use windlass_model::image::ImageReference;
use windlass_model::plan::{Brought, RunId};
use windlass_model::pod::{ContainerPlan, MAIN, Mount, PodPlan, Process, Readiness, Security, Volume, paths};
use windlass_model::pod_fields::PodFields;
use windlass_model::pod_limits::SHARED;
use windlass_model::secret::{EnvValue, EnvVar};
use windlass_model::task::{Instance, Sidecar, Task};

use super::environments::Start;
use super::steps::Brings;
use super::together::Together;
use super::{PlanError, PlanInput, environment};
use crate::times;

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
    pub(super) brings: &'a [Brings],
}

/// Plans the pod, and tells what of it came by which step.
pub(super) fn plan(input: &PodInput<'_>) -> Result<(PodPlan, Vec<Brought>), PlanError> {
    let instance = input.instance;
    let shared_path = environment::text(input.env, "CIRRUS_VOLUME").unwrap_or_else(|| environment::VOLUME.to_owned());
    let shared = Mount { volume: SHARED.into(), path: shared_path, read_only: false };
    let mut containers = vec![main_container(instance, &input.start.image, &shared)];
    containers.extend(instance.sidecars.iter().map(|s| sidecar(s, &shared)));
    let volumes = vec![Volume { name: SHARED.into(), in_memory: instance.use_in_memory_disk }];
    // Also where no image has anything: a builder that fills its root would hide the working copy, or take it for part of the image.
    for container in containers.iter_mut().filter(|c| c.process == Process::Supervised) {
        container.mounts.push(apart());
    }
    let mut together = Together::new(containers, volumes);
    for brings in input.brings {
        together.add(brings, &shared).map_err(|message| PlanError::Conflict { task: input.name.to_owned(), message })?;
    }
    let Together { containers, volumes, brought, .. } = together;
    let in_files = input.env.iter().filter_map(|v| match &v.value {
        EnvValue::Secret(name) => Some(name.clone()),
        EnvValue::Text(_) => None,
    });
    let mut secrets: Vec<_> = in_files.chain(input.task.secrets.iter().map(|s| s.name.clone())).collect();
    secrets.sort();
    secrets.dedup();
    let pod = PodPlan {
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
        fields: PodFields::default(),
        deadline_seconds: times::pod_deadline(input.task.timeout).as_secs(),
    };
    Ok((pod, brought))
}

/// The shared volume, apart from all that an image may have.
pub(super) fn apart() -> Mount {
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
    use super::*;

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
