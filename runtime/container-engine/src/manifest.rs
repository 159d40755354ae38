//! A planned pod as the bodies of engine requests. Pure.

mod limits;
#[cfg(test)]
mod tests;
mod volumes;

use std::collections::HashMap;

use bollard::models::{ContainerCreateBody, HealthConfig, HostConfig, RestartPolicy, RestartPolicyNameEnum};
use secrecy::ExposeSecret;
use windlass_engine::ports::driver::SecretValues;
use windlass_model::pod::{ContainerPlan, HostAlias, MAIN, PodPlan, Process, Security, paths};
use windlass_model::secret::EnvValue;

use crate::engine::Facts;
use crate::names::{self, Stamp};
use crate::start::StartError;

pub(crate) use limits::unavailable;
pub(crate) use volumes::{Content, Loaded, loaded, volumes};

/// What a tmpfs of windlass's own is mounted with: any user of the image may be the agent's, who makes it his own where he may, and programs
/// that a step brings run from it.
const PRIVATE_TMPFS: &str = "rw,nosuid,nodev,exec,mode=1777";

/// The container that fills the pod's volumes: the main image, with every volume on disk. It is never started.
pub(crate) fn loader(pod: &PodPlan, image: &str, facts: &Facts, stamp: &Stamp) -> ContainerCreateBody {
    let binds = loaded(pod, facts).iter().map(|volume| format!("{}:{}:z,nocopy", volume.name, volume.path)).collect();
    ContainerCreateBody {
        image: Some(image.to_owned()),
        entrypoint: Some(vec![paths::AGENT.to_owned()]),
        labels: Some(names::labels(pod, stamp)),
        network_disabled: Some(true),
        host_config: Some(HostConfig { binds: Some(binds), network_mode: Some("none".into()), ..HostConfig::default() }),
        ..ContainerCreateBody::default()
    }
}

/// A container of the pod. The main one owns the network namespace; the others join it.
///
/// # Errors
/// When the environment cannot be said: a secret without a value or of bytes that are no text.
pub(crate) fn container(
    pod: &PodPlan,
    plan: &ContainerPlan,
    facts: &Facts,
    secrets: &SecretValues,
    stamp: &Stamp,
) -> Result<ContainerCreateBody, StartError> {
    let is_main = plan.name == main_name(pod);
    let supervised = plan.process == Process::Supervised;
    let (entrypoint, cmd) = match &plan.process {
        Process::Supervised => (Some(vec![paths::AGENT.to_owned()]), Some(pod.supervision(plan))),
        Process::Image { args } => (None, args.clone()),
    };
    let mut labels = names::labels(pod, stamp);
    labels.insert(names::CONTAINER.to_owned(), plan.name.clone());
    Ok(ContainerCreateBody {
        image: Some(crate::image::engine_reference(&plan.image)),
        entrypoint,
        cmd,
        labels: Some(labels),
        hostname: is_main.then(|| pod.name.clone()),
        user: plan.security.run_as_user.map(|uid| uid.to_string()),
        // The image's own may be gone after a builder emptied its root, and no stream to the agent would open any more.
        working_dir: supervised.then(|| "/".to_owned()),
        env: Some(environment(plan, secrets)?),
        // An image's own health check would only write to the engine's log: readiness is the agent's to find out.
        healthcheck: Some(HealthConfig { test: Some(vec!["NONE".into()]), ..HealthConfig::default() }),
        host_config: Some(host_config(pod, plan, facts, is_main)),
        ..ContainerCreateBody::default()
    })
}

fn host_config(pod: &PodPlan, plan: &ContainerPlan, facts: &Facts, is_main: bool) -> HostConfig {
    let security = &plan.security;
    let mut host = HostConfig {
        binds: Some(volumes::binds(pod, plan)),
        mounts: Some(volumes::file_mounts(pod, plan)),
        tmpfs: (plan.process == Process::Supervised).then(|| HashMap::from([(paths::RUN.to_owned(), PRIVATE_TMPFS.to_owned())])),
        extra_hosts: is_main.then(|| extra_hosts(&pod.host_aliases)),
        network_mode: (!is_main).then(|| format!("container:{}", names::container(&pod.name, main_name(pod)))),
        restart_policy: Some(RestartPolicy { name: Some(RestartPolicyNameEnum::NO), maximum_retry_count: None }),
        privileged: Some(security.privileged),
        cap_add: capabilities(&security.add_capabilities),
        cap_drop: capabilities(&security.drop_capabilities),
        security_opt: security_options(security),
        readonly_rootfs: Some(security.read_only_root),
        ..HostConfig::default()
    };
    limits::apply(&mut host, plan.resources, facts);
    host
}

/// The container that owns the pod's network: the first, as the plan has it.
pub(crate) fn main_name(pod: &PodPlan) -> &str {
    pod.containers.first().map_or(MAIN, |c| c.name.as_str())
}

fn environment(plan: &ContainerPlan, secrets: &SecretValues) -> Result<Vec<String>, StartError> {
    let of = |name: &windlass_model::secret::SecretName| {
        if plan.process == Process::Supervised {
            return Err(StartError::SecretInEnvironment { container: plan.name.clone(), secret: name.clone() });
        }
        let value = secrets.get(name).ok_or_else(|| StartError::NoValue { secret: name.clone() })?;
        std::str::from_utf8(value.expose_secret())
            .map_err(|_| StartError::NotText { container: plan.name.clone(), secret: name.clone() })
    };
    plan.env
        .iter()
        .map(|var| match &var.value {
            EnvValue::Text(text) => Ok(format!("{}={text}", var.name)),
            EnvValue::Secret(name) => Ok(format!("{}={}", var.name, of(name)?)),
        })
        .collect()
}

fn extra_hosts(aliases: &[HostAlias]) -> Vec<String> {
    aliases.iter().flat_map(|a| a.hostnames.iter().map(move |name| format!("{name}:{}", a.ip))).collect()
}

fn capabilities(names: &[String]) -> Option<Vec<String>> {
    (!names.is_empty()).then(|| names.to_vec())
}

fn security_options(security: &Security) -> Option<Vec<String>> {
    let mut options = Vec::new();
    if security.seccomp_unconfined {
        options.push("seccomp=unconfined".to_owned());
    }
    if security.apparmor_unconfined {
        options.push("apparmor=unconfined".to_owned());
    }
    if security.allow_privilege_escalation == Some(false) {
        options.push("no-new-privileges".to_owned());
    }
    (!options.is_empty()).then_some(options)
}
