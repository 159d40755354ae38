//! The messages are those of a real API server (1.36).

use kube::core::Status;
use kube::core::response::StatusDetails;
use windlass_engine::ports::driver::DriverError;

use super::{Permission, Request};

fn answer(code: u16, reason: &str, message: &str) -> DriverError {
    let details = StatusDetails {
        name: "builds".into(),
        group: String::new(),
        kind: kind_in(message).into(),
        uid: String::new(),
        causes: vec![],
        retry_after_seconds: 0,
    };
    let status = Status::failure(message, reason).with_code(code).with_details(details);
    let request = Request {
        target: "context prod",
        namespace: "builds",
        permission: Permission::new("create", "pods"),
        object: "windlass-a",
    };
    request.error(&kube::Error::Api(status.boxed()))
}

fn kind_in(message: &str) -> &'static str {
    if message.starts_with("namespaces") { "namespaces" } else { "pods" }
}

#[test]
fn a_missing_permission_names_the_rule_that_grants_it() {
    let error = answer(
        403,
        "Forbidden",
        r#"pods is forbidden: User "ci" cannot create resource "pods" in API group "" in the namespace "builds""#,
    );
    assert_eq!(error.to_string(), "you may not create pods in namespace builds");
    let help = error.help().unwrap_or_default();
    assert!(help.contains(r#"- {apiGroups: [""], resources: ["pods"], verbs: ["create"]}"#), "{help}");
}

#[test]
fn pod_security_names_the_label_and_the_builders_that_need_no_privilege() {
    let error = answer(
        403,
        "Forbidden",
        "pods \"windlass-a\" is forbidden: violates PodSecurity \"baseline:latest\": privileged (container \"dockerdaemon\" \
         must not set securityContext.privileged=true)",
    );
    assert!(
        error.to_string().starts_with("the pod was refused: violates PodSecurity \"baseline:latest\": privileged"),
        "{error}"
    );
    let help = error.help().unwrap_or_default();
    for part in ["enforces `baseline`", "kaniko", "makisu", "pod-security.kubernetes.io/enforce=privileged"] {
        assert!(help.contains(part), "{part} is not in: {help}");
    }
}

#[test]
fn each_refusal_of_admission_has_its_own_advice() {
    for (message, advice) in [
        ("pods \"a\" is forbidden: exceeded quota: compute, requested: cpu=4, used: cpu=2, limited: cpu=4", "ask for less"),
        ("pods \"a\" is forbidden: failed quota: compute: must specify limits.cpu for: main", "wants every container"),
        ("pods \"a\" is forbidden: maximum cpu usage per Container is 2, but limit is 4", "limitrange"),
        (
            "pods \"a\" is forbidden: error looking up service account builds/default: serviceaccount \"default\" not found",
            "within seconds",
        ),
        ("admission webhook \"policy.example\" denied the request: no latest tags", "a policy of this cluster"),
    ] {
        let error = answer(403, "Forbidden", message);
        assert!(matches!(error, DriverError::Refused { .. }), "{error:?}");
        let help = error.help().unwrap_or_default();
        assert!(help.contains(advice), "{message}: {help}");
    }
}

#[test]
fn the_other_answers_keep_their_kind() {
    let missing = answer(404, "NotFound", "namespaces \"builds\" not found");
    assert_eq!(missing.to_string(), "namespace builds does not exist");
    assert_eq!(answer(404, "NotFound", "pods \"windlass-a\" not found").to_string(), "pod windlass-a does not exist");
    assert!(matches!(answer(401, "Unauthorized", "Unauthorized"), DriverError::Unauthenticated { .. }));
    assert!(answer(503, "ServiceUnavailable", "shutting down").is_transient());
    assert!(answer(500, "InternalError", "error dialing backend: dial tcp: connection refused").is_transient());
    let invalid = answer(422, "Invalid", "Pod \"a\" is invalid: spec.hostAliases[0].ip: Invalid value: \"x\"");
    assert!(invalid.to_string().contains("spec.hostAliases[0].ip"), "{invalid}");
}
