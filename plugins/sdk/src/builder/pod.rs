//! The container of a builder that unpacks images over its own root file system, and the least that its kernel must allow.

use crate::builder::dockerfile;
use crate::plugin::BuildRequest;
use crate::{ContainerRequirement, FirstProcess, Security};

/// The volume of a task that holds its working copy, by the name that mounts know it by.
pub const SHARED_VOLUME: &str = "shared";

/// What unpacking a base image and running commands as other users take; all of it within Pod Security's `baseline`. Without FSETID nothing
/// fails, but a `chmod 2755` loses its bit in silence. For the manifest of such a builder, behind `"pod" only`.
pub const CAPABILITIES: &[&str] = &["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "SETFCAP", "SETGID", "SETUID"];

/// What copying into nothing takes: a container's root is not everywhere root's own to write in (Podman makes it 0555).
const TO_COPY: [&str; 1] = ["DAC_OVERRIDE"];

/// A supervised container for such a builder, of the request's image or else of this one: root, because every file of an image is written
/// as its owner, and with no more rights than the Dockerfile takes.
pub fn unpacking_container(name: &str, image: &str, request: &BuildRequest) -> ContainerRequirement {
    ContainerRequirement {
        name: name.to_owned(),
        image: request.image.clone().unwrap_or_else(|| image.to_owned()),
        process: FirstProcess::Supervised,
        env: Vec::new(),
        resources: request.resources,
        security: security(request.dockerfile_text.as_deref()),
        ports: Vec::new(),
        mounts: Vec::new(),
        unless_port: Vec::new(),
    }
}

fn security(dockerfile: Option<&str>) -> Security {
    let only_copies = dockerfile.is_some_and(dockerfile::only_copies);
    let add = if only_copies { &TO_COPY[..] } else { CAPABILITIES };
    Security {
        run_as_user: Some(0),
        drop_capabilities: vec!["ALL".into()],
        add_capabilities: add.iter().map(|name| (*name).to_owned()).collect(),
        allow_privilege_escalation: Some(false),
        ..Security::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copying_into_nothing_takes_one_capability_and_what_is_unknown_takes_them_all() {
        assert_eq!(security(Some("FROM scratch\nCOPY a /a\n")).add_capabilities, TO_COPY);
        for dockerfile in [None, Some("FROM busybox\nRUN true\n")] {
            let security = security(dockerfile);
            assert_eq!(security.add_capabilities, CAPABILITIES);
            assert_eq!((security.drop_capabilities, security.allow_privilege_escalation), (vec!["ALL".to_owned()], Some(false)));
            assert!(!security.privileged);
        }
    }
}
