//! What a container may do to its node.

use serde::{Deserialize, Serialize};

/// The security context of a container. The default is what a pod gets that asks for nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Security {
    /// All devices, all capabilities: root on the node.
    pub privileged: bool,
    /// The user to run as, when not the image's.
    pub run_as_user: Option<u32>,
    /// Capabilities beyond the runtime's default set.
    pub add_capabilities: Vec<String>,
    /// Capabilities to take away; `ALL` for every one.
    pub drop_capabilities: Vec<String>,
    /// No seccomp filter: rootless builders need it.
    pub seccomp_unconfined: bool,
    /// No AppArmor profile.
    pub apparmor_unconfined: bool,
    /// Whether a process may gain powers its parent lacks (setuid programs); the runtime's default when `None`.
    pub allow_privilege_escalation: Option<bool>,
    /// Mount the image read-only.
    pub read_only_root: bool,
    /// Refuse to start as root, whatever user the image names. Of clusters; an engine has no such check.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub run_as_non_root: bool,
    /// The runtime's seccomp filter, by name.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub seccomp_default: bool,
}

impl Security {
    /// Whether it gives up every capability that a runtime gives by default.
    pub fn drops_all(&self) -> bool {
        self.drop_capabilities.iter().any(|capability| capability == "ALL")
    }

    /// Whether its pod asks for the runtime's seccomp filter by name. A container that gives up every capability means to be confined, and
    /// Pod Security `restricted` wants it said.
    pub fn has_default_seccomp(&self) -> bool {
        !self.seccomp_unconfined && (self.seccomp_default || self.drops_all())
    }

    /// Whether it certainly does not start as root.
    pub fn is_not_root(&self) -> bool {
        self.run_as_user.map_or(self.run_as_non_root, |user| user != 0)
    }
}
