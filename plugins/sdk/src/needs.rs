//! Defaults for what a step needs: nothing.

use crate::bindings::powers::windlass::plugin::types::{Needs, Resources, Security};

#[expect(clippy::derivable_impls, reason = "the struct is generated")]
impl Default for Needs {
    fn default() -> Self {
        Self { containers: Vec::new(), volumes: Vec::new(), env: Vec::new(), secrets: Vec::new() }
    }
}

/// What a sidecar gets that asks for nothing: half a core and 512 MiB.
impl Default for Resources {
    fn default() -> Self {
        Self { milli_cpu: 500, memory_mib: 512 }
    }
}

/// An ordinary container.
impl Default for Security {
    fn default() -> Self {
        Self {
            privileged: false,
            run_as_user: None,
            add_capabilities: Vec::new(),
            drop_capabilities: Vec::new(),
            seccomp_unconfined: false,
            apparmor_unconfined: false,
            allow_privilege_escalation: None,
            read_only_root: false,
        }
    }
}
