//! What a container may do to its node.

use k8s_openapi::api::core::v1::{AppArmorProfile, Capabilities, SeccompProfile, SecurityContext};
use windlass_model::pod::Security;

use super::none_if_empty;

/// The security context; `None` for a container that asks for nothing.
pub(crate) fn context(security: &Security) -> Option<SecurityContext> {
    if *security == Security::default() {
        return None;
    }
    let capabilities = Capabilities {
        add: none_if_empty(security.add_capabilities.clone()),
        drop: none_if_empty(security.drop_capabilities.clone()),
    };
    Some(SecurityContext {
        privileged: security.privileged.then_some(true),
        run_as_user: security.run_as_user.map(i64::from),
        run_as_non_root: security.is_not_root().then_some(true),
        capabilities: (capabilities != Capabilities::default()).then_some(capabilities),
        seccomp_profile: seccomp(security),
        app_armor_profile: security
            .apparmor_unconfined
            .then(|| AppArmorProfile { type_: "Unconfined".to_owned(), localhost_profile: None }),
        allow_privilege_escalation: security.allow_privilege_escalation,
        read_only_root_filesystem: security.read_only_root.then_some(true),
        ..SecurityContext::default()
    })
}

fn seccomp(security: &Security) -> Option<SeccompProfile> {
    let type_ = match security {
        Security { seccomp_unconfined: true, .. } => "Unconfined",
        confined if confined.has_default_seccomp() => "RuntimeDefault",
        _ => return None,
    };
    Some(SeccompProfile { type_: type_.to_owned(), localhost_profile: None })
}
