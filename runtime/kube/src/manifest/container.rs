//! Containers of the pod.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1 as core;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use windlass_model::pod::{ContainerPlan, PodPlan, Process, paths};
use windlass_model::quantity::Resources;
use windlass_model::secret::{EnvValue, EnvVar};
use windlass_model::task::Port;

use super::escape::verbatim;
use super::{none_if_empty, security, volume};
use crate::names;

/// The container at `index` of its pod.
pub(super) fn container(pod: &PodPlan, index: usize, plan: &ContainerPlan) -> core::Container {
    let (command, args) = match &plan.process {
        Process::Supervised => {
            let agent = [paths::AGENT.to_owned()].into_iter();
            (Some(agent.chain(pod.supervision(plan)).collect()), None)
        }
        Process::Image { args } => (None, args.as_ref().map(|args| args.iter().map(|a| verbatim(a)).collect())),
    };
    core::Container {
        name: plan.name.clone(),
        image: Some(plan.image.to_string()),
        image_pull_policy: Some(pod.pull_policy.as_str().to_owned()),
        command,
        args,
        // The image's own may be gone after a builder emptied its root, and no stream to the agent would open any more.
        working_dir: volume::is_supervised(plan).then(|| "/".to_owned()),
        env: none_if_empty(plan.env.iter().map(|var| env_var(&pod.name, var)).collect()),
        ports: none_if_empty(plan.ports.iter().map(port).collect()),
        resources: Some(resources(plan.resources)),
        security_context: security::context(&plan.security),
        volume_mounts: none_if_empty(volume::mounts(pod, index, plan)),
        ..core::Container::default()
    }
}

fn env_var(pod: &str, var: &EnvVar) -> core::EnvVar {
    let (value, value_from) = match &var.value {
        EnvValue::Text(text) => (Some(verbatim(text)), None),
        EnvValue::Secret(name) => {
            let key = core::SecretKeySelector { name: names::secret(pod), key: name.key(), optional: None };
            (None, Some(core::EnvVarSource { secret_key_ref: Some(key), ..core::EnvVarSource::default() }))
        }
    };
    core::EnvVar { name: var.name.clone(), value, value_from }
}

fn port(port: &Port) -> core::ContainerPort {
    // Never one of the node: what is written as HOST is reached inside the pod.
    core::ContainerPort { container_port: i32::from(port.container), ..core::ContainerPort::default() }
}

/// Requests and limits alike, so that a task gets the same machine on a full node as on an idle one.
fn resources(resources: Resources) -> core::ResourceRequirements {
    let cpu = ("cpu".to_owned(), Quantity(resources.cpu.to_string()));
    let memory = ("memory".to_owned(), Quantity(resources.memory.to_string()));
    let requests = BTreeMap::from([cpu, memory]);
    let mut limits = requests.clone();
    if resources.greedy {
        limits.remove("cpu");
    }
    core::ResourceRequirements { requests: Some(requests), limits: Some(limits), claims: None }
}
