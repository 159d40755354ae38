//! The messages are those of a real API server (1.36).

#![allow(clippy::expect_used, reason = "a test that cannot go on should say why and stop")]

use kube::core::Status;
use kube::core::response::StatusDetails;
use windlass_engine::ports::driver::DriverError;

use super::{Permission, Request};
use crate::pod_security::Level;

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
    let permission = Permission::new("create", "pods");
    let builders = ["kaniko", "makisu"].map(|name| (name.to_owned(), Level::Baseline)).into_iter().collect();
    let request =
        Request::new("context prod", "https://k:6443", "builds", permission, "windlass-a").needing(Level::Privileged, &builders);
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
    assert_eq!(error.to_string(), "you are not allowed to create pods in namespace builds");
    let help = error.help().unwrap_or_default();
    assert!(help.contains(r#"- {apiGroups: [""], resources: ["pods"], verbs: ["create"]}"#), "{help}");
}

#[test]
fn pod_security_names_the_label_the_container_and_the_plugins_that_would_pass() {
    let refusal = |level: &str| {
        let message = format!(
            "pods \"windlass-a\" is forbidden: violates PodSecurity \"{level}:latest\": privileged (container \"dockerdaemon\" \
             must not set securityContext.privileged=true)"
        );
        answer(403, "Forbidden", &message)
    };
    let error = refusal("baseline");
    assert_eq!(
        error.to_string(),
        "the pod was refused: violates PodSecurity \"baseline:latest\": privileged (container \"dockerdaemon\" must not set \
         securityContext.privileged=true)"
    );
    assert_eq!(
        error.help().unwrap_or_default(),
        "namespace builds has the label pod-security.kubernetes.io/enforce=baseline: build with a plugin that it lets in \
         (--use build=kaniko or --use build=makisu), or let the namespace's owner run: \
         kubectl label --overwrite namespace builds pod-security.kubernetes.io/enforce=privileged"
    );
    let help = refusal("restricted").help().unwrap_or_default();
    assert!(!help.contains("runAsNonRoot"), "no such word helps a privileged pod: {help}");
    assert!(!help.contains("kaniko"), "no builder runs as another user than root: {help}");
}

#[test]
fn each_refusal_of_admission_has_its_own_advice() {
    for (message, advice) in [
        ("pods \"a\" is forbidden: exceeded quota: compute, requested: cpu=4, used: cpu=2, limited: cpu=4", "ask for less"),
        ("pods \"a\" is forbidden: failed quota: compute: must specify limits.cpu for: main", "requires every container"),
        ("pods \"a\" is forbidden: maximum cpu usage per Container is 2, but limit is 4", "limitrange"),
        (
            "pods \"a\" is forbidden: error looking up service account builds/default: serviceaccount \"default\" not found",
            "within seconds",
        ),
        (
            "pods \"a\" is forbidden: error looking up service account builds/builder: serviceaccount \"builder\" not found",
            "pods: {serviceAccountName: …}",
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
    for (code, reason) in [(429, "TooManyRequests"), (500, "InternalError"), (503, "ServiceUnavailable"), (504, "Timeout")] {
        assert!(answer(code, reason, "etcdserver: leader changed").is_transient(), "{code}");
    }
    assert!(!answer(501, "NotImplemented", "no").is_transient());
    assert!(answer(409, "Conflict", "the object has been modified").is_transient());
    assert!(!answer(409, "AlreadyExists", "pods \"a\" already exists").is_transient());
    assert!(answer(500, "InternalError", "error dialing backend: dial tcp: connection refused").is_transient());
    let invalid = answer(422, "Invalid", "Pod \"a\" is invalid: spec.hostAliases[0].ip: Invalid value: \"x\"");
    assert!(invalid.to_string().contains("spec.hostAliases[0].ip"), "{invalid}");
}

/// It was told that a Secret does not exist, which is what was to be made.
#[test]
fn what_is_no_kubernetes_is_named_with_its_address() {
    let status = Status::failure("<html>404 page not found</html>", "Failed to parse error data").with_code(404);
    let request = Request::new("context prod", "https://k:6443", "builds", Permission::new("create", "secrets"), "a");
    let error = request.error(&kube::Error::Api(status.boxed()));
    assert_eq!(
        error.to_string(),
        "context prod at https://k:6443 cannot be used: what answers there is not a Kubernetes API server (HTTP status 404)"
    );
    assert!(error.help().unwrap_or_default().contains("`server`") && !error.is_transient());
}

/// What could not be read was shown whole, and it may have been a Secret.
#[test]
fn an_answer_that_cannot_be_read_is_not_shown() {
    let secret = r#"{"data": {"TOKEN": "aHVudGVyMg==", "immutable": "hunter2"}"#;
    let unreadable = serde_json::from_str::<bool>("\"hunter2\"").expect_err("it is no bool");
    assert!(unreadable.to_string().contains("hunter2"), "what is tested: {unreadable}");
    let request = Request::new("context prod", "https://k:6443", "builds", Permission::new("get", "secrets"), "a");
    let shown = request.error(&kube::Error::SerdeError(unreadable)).to_string();
    assert_eq!(shown, "context prod: an answer that cannot be read (line 1, column 9)");
    let garbled = String::from_utf8(b"hunter2\xff".to_vec()).expect_err("it is no text");
    let shown = request.error(&kube::Error::FromUtf8(garbled)).to_string();
    assert_eq!(shown, "context prod: an answer that is not text");
    let page = format!("first line {}\n{secret}", "x".repeat(300));
    let status = Status::failure(&page, "Failed to parse error data").with_code(418);
    let shown = request.error(&kube::Error::Api(status.boxed())).to_string();
    assert!(shown.ends_with("… (cut)") && shown.len() < 250 && !shown.contains("hunter2"), "{shown}");
    let long = Status::failure(&"y".repeat(5000), "InternalError").with_code(500);
    assert!(request.error(&kube::Error::Api(long.boxed())).to_string().len() < 2100);
}
