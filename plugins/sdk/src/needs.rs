//! Defaults: a step needs nothing, a build asks for nothing beside an image of the working directory.

use crate::bindings::powers::windlass::plugin::types::{Needs, Resources, Security};
use crate::plugin::{BuildRequest, Cache};

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

/// A build of the working directory, still without a tag: for tests of build plugins.
impl Default for BuildRequest {
    fn default() -> Self {
        Self {
            context: ".".into(),
            dockerfile: None,
            target: None,
            tags: Vec::new(),
            build_args: Vec::new(),
            labels: Vec::new(),
            secrets: Vec::new(),
            platforms: Vec::new(),
            cache: Cache::default(),
            no_cache: false,
            source_date_epoch: None,
            extra_flags: Vec::new(),
            image: None,
            resources: Resources::default(),
            dockerfile_text: None,
            push: false,
            extra: "{}".into(),
        }
    }
}

#[expect(clippy::derivable_impls, reason = "the struct is generated")]
impl Default for Cache {
    fn default() -> Self {
        Self { to: None, from: Vec::new(), mode: None }
    }
}
