//! The Pod Security level that a planned pod needs, told before any cluster sees it.
//!
//! The rules are those of <https://kubernetes.io/docs/concepts/security/pod-security-standards/>, as far as a planned pod can break them. What
//! is judged is the security context that the pod will be created with.

use std::collections::BTreeMap;
use std::fmt;

use k8s_openapi::api::core::v1::{Capabilities, SecurityContext};
use serde::Serialize;
use windlass_model::pod::{ContainerPlan, PodPlan};

use crate::manifest::security_context;

/// The label of a namespace that makes its API server refuse pods.
pub const LABEL: &str = "pod-security.kubernetes.io/enforce";

/// A level of the Pod Security Standards. The greater allows more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// No root, no capability, a seccomp profile.
    Restricted,
    /// What an ordinary container gets.
    Baseline,
    /// Anything.
    Privileged,
}

impl Level {
    /// Reads the value of the label. One that Kubernetes does not know enforces nothing.
    pub fn of_label(value: Option<&str>) -> Self {
        match value {
            Some("restricted") => Self::Restricted,
            Some("baseline") => Self::Baseline,
            _ => Self::Privileged,
        }
    }

    /// The word that Kubernetes uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Restricted => "restricted",
            Self::Baseline => "baseline",
            Self::Privileged => "privileged",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The build plugins that windlass carries and that need less than `privileged`, with the level that each needs.
pub const UNPRIVILEGED_BUILDERS: [(&str, Level); 2] = [("kaniko", Level::Baseline), ("makisu", Level::Baseline)];

/// The lowest level under which a pod is accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Need {
    /// The level.
    pub level: Level,
    /// What the next stricter level would refuse.
    pub reasons: Vec<Reason>,
}

/// A field of a container that a level refuses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// The container.
    pub container: String,
    /// The field below the container and what it would be or is not: `securityContext.privileged=true`.
    pub field: String,
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.level.as_str())?;
        if self.reasons.is_empty() {
            return Ok(());
        }
        // Containers that ask for the same are named together: an ordinary pod has one reason, not one for each container.
        let mut fields: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for reason in &self.reasons {
            fields.entry(&reason.container).or_default().push(&reason.field);
        }
        let mut containers: Vec<(Vec<&str>, Vec<&str>)> = Vec::new();
        for (container, asked) in fields {
            match containers.iter_mut().find(|(_, same)| *same == asked) {
                Some((names, _)) => names.push(container),
                None => containers.push((vec![container], asked)),
            }
        }
        let parts = containers.iter().map(|(names, asked)| format!("{}: {}", names.join(" and "), asked.join(", ")));
        write!(f, " ({})", parts.collect::<Vec<_>>().join("; "))
    }
}

/// The level that a pod needs, and why no less will do.
pub fn need(pod: &PodPlan) -> Need {
    for (level, refused) in [(Level::Privileged, beyond_baseline as Judge), (Level::Baseline, beyond_restricted)] {
        let of = |container: &ContainerPlan| {
            let context = security_context(&container.security).unwrap_or_default();
            let reason = |field| Reason { container: container.name.clone(), field };
            refused(container, &context).into_iter().map(reason).collect::<Vec<_>>()
        };
        let reasons: Vec<Reason> = pod.containers.iter().flat_map(of).collect();
        if !reasons.is_empty() {
            return Need { level, reasons };
        }
    }
    Need { level: Level::Restricted, reasons: Vec::new() }
}

type Judge = fn(&ContainerPlan, &SecurityContext) -> Vec<String>;

/// The capabilities that `baseline` lets a container add.
const BASELINE_CAPABILITIES: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// The one that `restricted` lets a container add.
const RESTRICTED_CAPABILITIES: [&str; 1] = ["NET_BIND_SERVICE"];

fn beyond_baseline(container: &ContainerPlan, context: &SecurityContext) -> Vec<String> {
    let mut fields = Vec::new();
    if context.privileged == Some(true) {
        fields.push("securityContext.privileged=true".to_owned());
    }
    fields.extend(added(context, &BASELINE_CAPABILITIES));
    if seccomp(context) == Some("Unconfined") {
        fields.push("securityContext.seccompProfile.type=Unconfined".to_owned());
    }
    if context.app_armor_profile.as_ref().is_some_and(|profile| profile.type_ == "Unconfined") {
        fields.push("securityContext.appArmorProfile.type=Unconfined".to_owned());
    }
    let host_ports = container.ports.iter().filter_map(|port| port.host);
    fields.extend(host_ports.map(|port| format!("ports.hostPort={port}")));
    fields
}

fn beyond_restricted(_: &ContainerPlan, context: &SecurityContext) -> Vec<String> {
    let mut fields = Vec::new();
    if context.allow_privilege_escalation != Some(false) {
        fields.push("no securityContext.allowPrivilegeEscalation=false".to_owned());
    }
    let drop = |Capabilities { drop, .. }: &Capabilities| drop.iter().flatten().any(|capability| capability == "ALL");
    if !context.capabilities.as_ref().is_some_and(drop) {
        fields.push("no securityContext.capabilities.drop=[ALL]".to_owned());
    }
    fields.extend(added(context, &RESTRICTED_CAPABILITIES));
    if context.run_as_non_root != Some(true) {
        fields.push("no securityContext.runAsNonRoot=true".to_owned());
    }
    if context.run_as_user == Some(0) {
        fields.push("securityContext.runAsUser=0".to_owned());
    }
    if !matches!(seccomp(context), Some("RuntimeDefault" | "Localhost")) {
        fields.push("no securityContext.seccompProfile".to_owned());
    }
    fields
}

fn added(context: &SecurityContext, allowed: &[&str]) -> Option<String> {
    let add = context.capabilities.as_ref()?.add.as_ref()?;
    let beyond: Vec<&str> = add.iter().map(String::as_str).filter(|capability| !allowed.contains(capability)).collect();
    (!beyond.is_empty()).then(|| format!("securityContext.capabilities.add=[{}]", beyond.join(", ")))
}

fn seccomp(context: &SecurityContext) -> Option<&str> {
    context.seccomp_profile.as_ref().map(|profile| profile.type_.as_str())
}

/// What to do when a namespace enforces less than a pod needs.
pub fn help(enforced: Level, needed: Level, namespace: &str) -> String {
    let fitting = UNPRIVILEGED_BUILDERS.iter().filter(|(_, level)| *level <= enforced);
    let choices: Vec<String> = fitting.map(|(name, _)| format!("--use build={name}")).collect();
    let other = match choices.as_slice() {
        [] => String::new(),
        choices => format!("build with a plugin that it lets in ({}), or ", choices.join(" or ")),
    };
    format!(
        "namespace {namespace} has the label {LABEL}={enforced}: {other}\
         let the namespace's owner run: kubectl label --overwrite namespace {namespace} {LABEL}={needed}"
    )
}

#[cfg(test)]
mod tests;
