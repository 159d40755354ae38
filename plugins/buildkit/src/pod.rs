//! The container that BuildKit gets, and the least that its kernel must allow.

use windlass_plugin_sdk::builder::secret_names;
use windlass_plugin_sdk::{BuildRequest, ContainerRequirement, FirstProcess, Mount, Needs, Security, VolumeRequirement};

use crate::CONTAINER;

/// A release of 2026.
const IMAGE: &str = "docker.io/moby/buildkit:v0.34.2-rootless";

/// Where the daemon keeps layers and cache. It must not lie on the root file system, which is an overlay already.
const STATE: (&str, &str) = ("buildkit-state", "/home/user/.local/share/buildkit");

/// The user that the image is made for.
const USER: u32 = 1000;

/// What `newuidmap` and `newgidmap` need to give the daemon's user namespace its users and groups; the daemon itself gets none.
pub(crate) const CAPABILITIES: &[&str] = &["SETGID", "SETUID"];

pub(crate) fn needs(request: &BuildRequest) -> Needs {
    let (volume, path) = STATE;
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

/// The usual seccomp profile forbids `unshare`, the usual AppArmor profile `mount`, and `newuidmap` is a program that has more rights than
/// who calls it.
fn security() -> Security {
    Security {
        run_as_user: Some(USER),
        drop_capabilities: vec!["ALL".into()],
        add_capabilities: CAPABILITIES.iter().map(|&name| name.to_owned()).collect(),
        seccomp_unconfined: true,
        apparmor_unconfined: true,
        allow_privilege_escalation: Some(true),
        ..Security::default()
    }
}
