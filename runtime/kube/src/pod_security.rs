//! Pod Security as a namespace enforces it, and what to do about it. What a pod needs is worked out by [`windlass_model::pod_security`].

pub use windlass_model::pod_security::{Level, Need, Reason, need};
use windlass_model::roles::Builders;

/// The label of a namespace that makes its API server refuse pods.
pub const LABEL: &str = "pod-security.kubernetes.io/enforce";

/// The settings with which pods of tasks that ask for nothing are let in where Pod Security is `restricted`.
pub const RESTRICTED: &str = "pods: {securityContext: {runAsNonRoot: true, allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}, \
     seccompProfile: {type: RuntimeDefault}}}";

/// What to do when a namespace enforces less than a pod needs. `builders` are those that can be suggested.
pub fn help(enforced: Level, needed: Level, namespace: &str, builders: &Builders) -> String {
    // What an ordinary container lacks for `restricted` can be said of all at once.
    let said = if (enforced, needed) == (Level::Restricted, Level::Baseline) {
        format!("if its images work without root, write `{RESTRICTED}` in windlass.yaml; else ")
    } else {
        String::new()
    };
    let other = match builders.within(enforced).as_slice() {
        [] => String::new(),
        choices => format!("build with a plugin that it lets in ({}), or ", choices.join(" or ")),
    };
    format!(
        "namespace {namespace} has the label {LABEL}={enforced}: {said}{other}\
         let the namespace's owner run: kubectl label --overwrite namespace {namespace} {LABEL}={needed}"
    )
}
