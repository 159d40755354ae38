//! The container that Buildah gets, and the least that its kernel must allow.

use windlass_plugin_sdk::builder::secret_names;
use windlass_plugin_sdk::{BuildRequest, ContainerRequirement, FirstProcess, Needs, Security};

use crate::CONTAINER;

/// A release of 2026.
const IMAGE: &str = "quay.io/containers/buildah:v1.43.2";

/// Where images and working containers are: on the container's own file system. Podman mounts volumes `nosuid,nodev`, also the one that the
/// image has at /var/lib/containers, and from such a mount Buildah cannot give a `RUN` its secrets: "remounting … with expected flags:
/// operation not permitted".
pub(crate) const STORAGE: &str = "/var/tmp/windlass-storage";

/// What it takes to make a user namespace in which root is root and every other user is itself: within it, Buildah has all capabilities
/// over the files of the image and none over the node. Linux asks for SETFCAP since 5.12 (`user_namespaces(7)`).
pub(crate) const CAPABILITIES: &[&str] = &["SETFCAP", "SETGID", "SETUID"];

pub(crate) fn needs(request: &BuildRequest) -> Needs {
    let container = ContainerRequirement {
        name: CONTAINER.into(),
        image: request.image.clone().unwrap_or_else(|| IMAGE.into()),
        process: FirstProcess::Supervised,
        env: Vec::new(),
        resources: request.resources,
        security: security(),
        ports: Vec::new(),
        mounts: Vec::new(),
        unless_port: Vec::new(),
    };
    Needs { containers: vec![container], secrets: secret_names(request), ..Needs::default() }
}

/// The usual seccomp profile forbids `unshare`, and the usual AppArmor profile `mount`.
fn security() -> Security {
    Security {
        run_as_user: Some(0),
        drop_capabilities: vec!["ALL".into()],
        add_capabilities: CAPABILITIES.iter().map(|&name| name.to_owned()).collect(),
        seccomp_unconfined: true,
        apparmor_unconfined: true,
        allow_privilege_escalation: Some(false),
        ..Security::default()
    }
}
