//! The Pod Security level that a planned container or pod needs, told before any cluster sees it.
//!
//! The rules are those of <https://kubernetes.io/docs/concepts/security/pod-security-standards/>, as far as a planned pod can break them.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::pod::{ContainerPlan, PodPlan, Security};

/// A level of the Pod Security Standards. The greater allows more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
    /// All of them, the strictest first.
    pub const ALL: [Self; 3] = [Self::Restricted, Self::Baseline, Self::Privileged];

    /// Reads the value of a namespace's label. One that Kubernetes does not know enforces nothing.
    pub fn of_label(value: Option<&str>) -> Self {
        let known = Self::ALL.into_iter().find(|level| Some(level.as_str()) == value);
        known.unwrap_or(Self::Privileged)
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

/// Something that only `privileged` allows and that can be allowed by name: what builders without a daemon need and an ordinary container
/// has no use for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Exception {
    /// No seccomp filter.
    SeccompUnconfined,
    /// No AppArmor profile.
    ApparmorUnconfined,
}

impl Exception {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::SeccompUnconfined, Self::ApparmorUnconfined];

    /// The word that settings and manifests use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SeccompUnconfined => "seccomp-unconfined",
            Self::ApparmorUnconfined => "apparmor-unconfined",
        }
    }
}

impl fmt::Display for Exception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

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
    need_of(&pod.containers, &[])
}

/// The level that containers need when these exceptions are made for them, and why no less will do.
pub fn need_of(containers: &[ContainerPlan], exceptions: &[Exception]) -> Need {
    for level in [Level::Privileged, Level::Baseline] {
        let of = |container: &ContainerPlan| {
            let fields = match level {
                Level::Privileged => beyond_baseline(container, exceptions),
                Level::Baseline | Level::Restricted => beyond_restricted(&container.security, exceptions),
            };
            let reason = |field| Reason { container: container.name.clone(), field };
            fields.into_iter().map(reason).collect::<Vec<_>>()
        };
        let reasons: Vec<Reason> = containers.iter().flat_map(of).collect();
        if !reasons.is_empty() {
            return Need { level, reasons };
        }
    }
    Need { level: Level::Restricted, reasons: Vec::new() }
}

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

fn beyond_baseline(container: &ContainerPlan, exceptions: &[Exception]) -> Vec<String> {
    let security = &container.security;
    let mut fields = Vec::new();
    if security.privileged {
        fields.push("securityContext.privileged=true".to_owned());
    }
    fields.extend(added(security, &BASELINE_CAPABILITIES));
    if security.seccomp_unconfined && !exceptions.contains(&Exception::SeccompUnconfined) {
        fields.push("securityContext.seccompProfile.type=Unconfined".to_owned());
    }
    if security.apparmor_unconfined && !exceptions.contains(&Exception::ApparmorUnconfined) {
        fields.push("securityContext.appArmorProfile.type=Unconfined".to_owned());
    }
    fields
}

fn beyond_restricted(security: &Security, exceptions: &[Exception]) -> Vec<String> {
    let mut fields = Vec::new();
    if security.allow_privilege_escalation != Some(false) {
        fields.push("no securityContext.allowPrivilegeEscalation=false".to_owned());
    }
    if !security.drops_all() {
        fields.push("no securityContext.capabilities.drop=[ALL]".to_owned());
    }
    fields.extend(added(security, &RESTRICTED_CAPABILITIES));
    if !security.is_not_root() {
        fields.push("no securityContext.runAsNonRoot=true".to_owned());
    }
    if security.run_as_user == Some(0) {
        fields.push("securityContext.runAsUser=0".to_owned());
    }
    let excepted = security.seccomp_unconfined && exceptions.contains(&Exception::SeccompUnconfined);
    if !security.has_default_seccomp() && !excepted {
        fields.push("no securityContext.seccompProfile".to_owned());
    }
    fields
}

fn added(security: &Security, allowed: &[&str]) -> Option<String> {
    let add = security.add_capabilities.iter().map(String::as_str);
    let beyond: Vec<&str> = add.filter(|capability| !allowed.contains(capability)).collect();
    (!beyond.is_empty()).then(|| format!("securityContext.capabilities.add=[{}]", beyond.join(", ")))
}

#[cfg(test)]
mod tests;
