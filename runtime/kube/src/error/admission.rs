//! Refusals by admission: Pod Security, quotas, limit ranges, webhooks, and objects that are not valid.

use kube::core::Status;
use windlass_engine::ports::driver::DriverError;

use super::{Request, sentence};
use crate::pod_security::{self, Level};

/// A pod that authorisation let through and admission did not.
pub(super) fn refused(status: &Status, request: &Request<'_>) -> DriverError {
    let namespace = request.namespace;
    let message = sentence(status);
    let help = if let Some(level) = pod_security_level(&message) {
        pod_security::help(level, request.needs, namespace, request.builders)
    } else if message.contains("exceeded quota") {
        format!(
            "wait until other pods of namespace {namespace} have ended, ask for less `cpu` and `memory`, or have the quota raised: \
             kubectl --namespace {namespace} describe resourcequota"
        )
    } else if message.contains("failed quota") {
        format!(
            "the quota requires every container to state what it uses: kubectl --namespace {namespace} describe resourcequota"
        )
    } else if message.contains("usage per ") || message.contains("limit to request ratio") {
        format!("stay within the namespace's limit range: kubectl --namespace {namespace} describe limitrange")
    } else if message.contains("serviceaccount") && message.contains("not found") && !message.contains("\"default\"") {
        format!(
            "name one with `pods: {{serviceAccountName: …}}` of windlass.yaml that is there: kubectl --namespace {namespace} get serviceaccounts"
        )
    } else if message.contains("serviceaccount") && message.contains("not found") {
        format!(
            "a new namespace gets its service account within seconds: kubectl --namespace {namespace} get serviceaccount default"
        )
    } else if message.contains("admission webhook") {
        "a policy of this cluster refused it; its owner can say which one and why".to_owned()
    } else {
        format!("kubectl --namespace {namespace} get resourcequota,limitrange shows the namespace's limits")
    };
    DriverError::Refused { message: shorten(&message), help }
}

/// Something that the API server does not take: its own words name the field.
pub(super) fn invalid(status: &Status) -> DriverError {
    let message = sentence(status);
    let help = if message.contains("Too long") || message.contains("must have at most") {
        "a Secret holds 1 MiB: pass less in secrets, and name certificates with fewer authorities in `registries`".to_owned()
    } else {
        "change the field that it names in the task; windlass plan shows the whole pod".to_owned()
    };
    DriverError::Refused { message: shorten(&message), help }
}

/// The level out of `violates PodSecurity "baseline:latest": …`.
fn pod_security_level(message: &str) -> Option<Level> {
    let (_, rest) = message.split_once("violates PodSecurity \"")?;
    let (level, _) = rest.split_once(['"', ':'])?;
    Some(Level::of_label(Some(level)))
}

/// Drops the `pods "NAME" is forbidden:` that a message begins with: the port's own words say as much.
fn shorten(message: &str) -> String {
    match message.split_once(" is forbidden: ") {
        Some((subject, rest)) if subject.starts_with("pods ") => rest.to_owned(),
        _ => message.to_owned(),
    }
}
