//! The container that Buildah gets, and the least that its kernel must allow.

use windlass_plugin_sdk::builder::secret_names;
use windlass_plugin_sdk::{BuildRequest, ContainerRequirement, FirstProcess, Mount, Needs, Security, VolumeRequirement};

use crate::CONTAINER;

/// A release of 2026.
const IMAGE: &str = "quay.io/containers/buildah:v1.43.2";

/// Where images and working containers are. On the root file system, which is layered itself, they would be slow to write and hard to remove.
const STORAGE: (&str, &str) = ("buildah-storage", "/var/lib/containers");

/// What it takes to make a user namespace in which root is root and every other user is itself: within it, Buildah has all capabilities
/// over the files of the image and none over the node. Linux asks for SETFCAP since 5.12 (`user_namespaces(7)`).
const CAPABILITIES: [&str; 3] = ["SETFCAP", "SETGID", "SETUID"];

pub(crate) fn needs(request: &BuildRequest) -> Needs {
    let (volume, path) = STORAGE;
    let container = ContainerRequirement {
        name: CONTAINER.into(),
        image: request.image.clone().unwrap_or_else(|| IMAGE.into()),
        process: FirstProcess::Supervised,
        env: Vec::new(),
        resources: request.resources,
        security: security(),
        ports: Vec::new(),
        mounts: vec![Mount { volume: volume.into(), path: path.into(), read_only: false }],
        unless_port: Vec::new(),
    };
    Needs {
        containers: vec![container],
        volumes: vec![VolumeRequirement { name: volume.into(), in_memory: false }],
        secrets: secret_names(request),
        ..Needs::default()
    }
}

/// The usual seccomp profile forbids `unshare`, and the usual AppArmor profile `mount`.
fn security() -> Security {
    Security {
        run_as_user: Some(0),
        drop_capabilities: vec!["ALL".into()],
        add_capabilities: CAPABILITIES.map(str::to_owned).into(),
        seccomp_unconfined: true,
        apparmor_unconfined: true,
        allow_privilege_escalation: Some(false),
        ..Security::default()
    }
}
