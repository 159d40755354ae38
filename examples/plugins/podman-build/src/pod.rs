//! The container that Podman gets.

use windlass_plugin_sdk::builder::secret_names;
use windlass_plugin_sdk::{BuildRequest, ContainerRequirement, FirstProcess, Needs, Security};

/// Its name in the pod.
pub(crate) const CONTAINER: &str = "podman";

/// The image, unless the request has another.
const IMAGE: &str = "quay.io/podman/stable:latest";

/// Podman makes itself a user namespace, in which it then has every other capability.
pub(crate) const CAPABILITIES: &[&str] = &["SETFCAP", "SETGID", "SETUID"];

pub(crate) fn needs(request: &BuildRequest) -> Needs {
    let podman = ContainerRequirement {
        name: CONTAINER.into(),
        image: request.image.clone().unwrap_or_else(|| IMAGE.into()),
        process: FirstProcess::Supervised,
        env: Vec::new(),
        resources: request.resources,
        security: Security {
            run_as_user: Some(0),
            drop_capabilities: vec!["ALL".into()],
            add_capabilities: CAPABILITIES.iter().map(|&name| name.to_owned()).collect(),
            allow_privilege_escalation: Some(false),
            // A container runtime's usual filters allow no user namespaces.
            seccomp_unconfined: true,
            apparmor_unconfined: true,
            ..Security::default()
        },
        ports: Vec::new(),
        mounts: Vec::new(),
        unless_port: Vec::new(),
    };
    Needs { containers: vec![podman], secrets: secret_names(request), ..Needs::default() }
}
