//! The container that Kaniko gets, and the least that its kernel must allow.

use windlass_plugin_sdk::builder::{dockerfile, secret_names};
use windlass_plugin_sdk::{BuildRequest, ContainerRequirement, FirstProcess, Needs, Security};

use crate::CONTAINER;

/// The last release of the original project.
pub(crate) const IMAGE: &str = "gcr.io/kaniko-project/executor:v1.24.0";

/// What unpacking a base image and running commands as other users take; all of it within Pod Security's `baseline`. Without FSETID nothing
/// fails, but a `chmod 2755` loses its bit in silence.
const CAPABILITIES: [&str; 7] = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "SETFCAP", "SETGID", "SETUID"];

pub(crate) fn needs(request: &BuildRequest) -> Needs {
    let container = ContainerRequirement {
        name: CONTAINER.into(),
        image: request.image.clone().unwrap_or_else(|| IMAGE.into()),
        process: FirstProcess::Supervised,
        env: Vec::new(),
        resources: request.resources,
        security: security(request.dockerfile_text.as_deref()),
        ports: Vec::new(),
        mounts: Vec::new(),
        unless_port: Vec::new(),
    };
    Needs { containers: vec![container], secrets: secret_names(request), ..Needs::default() }
}

/// Root of the container, because every file of the image is written as its owner; and no more than the Dockerfile takes.
fn security(dockerfile: Option<&str>) -> Security {
    let only_copies = dockerfile.is_some_and(dockerfile::only_copies);
    let add = if only_copies { &[][..] } else { &CAPABILITIES[..] };
    Security {
        run_as_user: Some(0),
        drop_capabilities: vec!["ALL".into()],
        add_capabilities: add.iter().map(|name| (*name).to_owned()).collect(),
        allow_privilege_escalation: Some(false),
        ..Security::default()
    }
}
