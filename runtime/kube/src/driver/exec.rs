//! Running commands in containers, over a WebSocket.

use futures::FutureExt as _;
use k8s_openapi::api::core::v1::{ContainerStatus, Pod};
use kube::Resource as _;
use kube::api::AttachParams;
use kube::core::Status;
use windlass_engine::ports::driver::{DriverError, Exec};

use super::Cluster;
use super::pump::{self, End};
use crate::error::chain;

impl Cluster {
    pub(super) async fn exec(&self, pod: &str, container: &str, argv: &[String]) -> Result<Exec, DriverError> {
        let parameters = AttachParams::default().container(container).stdin(true).stderr(false);
        let http = kube::core::Request::new(Pod::url_path(&(), Some(self.namespace()))).exec(pod, argv, &parameters);
        let http = http.map_err(|error| self.other(&error))?;
        let request = self.request("create", "pods/exec", pod);
        let connecting = async { Ok(self.client.connect(http).await) };
        // Once: whoever wants a stream opens another when it breaks, and so decides how often.
        let connection = match self.ask_once(&request, connecting).await? {
            Ok(connection) => connection,
            Err(kube::Error::Api(status)) if means_not_running(&status) => {
                return Err(match self.may_run(pod, container).await {
                    true => DriverError::Cut { container: container.to_owned(), message: status.message },
                    false => not_running(container, &status.message),
                });
            }
            Err(error) => return Err(request.error(&error)),
        };
        let pump::Streams { stdin, stdout, end } = pump::start(connection);
        let container = container.to_owned();
        let done = async move { outcome(container, end.await.unwrap_or(End::Cut("the stream was dropped".to_owned()))) };
        Ok(Exec { stdin: Box::new(stdin), stdout: Box::new(stdout), done: done.boxed() })
    }

    /// Whether a container may run for all that the API server knows. Who cannot be asked does not say that it has ended.
    async fn may_run(&self, pod: &str, container: &str) -> bool {
        match self.pods().get_opt(pod).await {
            Ok(found) => found.is_some_and(|pod| may_run(&pod, container)),
            Err(_) => true,
        }
    }

    fn other(&self, error: &(dyn std::error::Error + 'static)) -> DriverError {
        DriverError::Other { target: self.context.label.clone(), message: chain(error) }
    }
}

/// Whether a container may run. A kubelet that has just started knows none of its pods yet: it answers as if there were no such container, and
/// may say of one that runs that it waits. What has ended says so.
fn may_run(pod: &Pod, container: &str) -> bool {
    let status = pod.status.as_ref();
    let has_ended =
        status.and_then(|status| status.phase.as_deref()).is_some_and(|phase| matches!(phase, "Succeeded" | "Failed"));
    let terminated = |status: &ContainerStatus| status.state.as_ref().is_some_and(|state| state.terminated.is_some());
    let mut statuses = status.and_then(|status| status.container_statuses.as_ref()).into_iter().flatten();
    let container_has_ended = statuses.any(|status| status.name == container && terminated(status));
    pod.metadata.deletion_timestamp.is_none() && !has_ended && !container_has_ended
}

/// How the command ended, by the status object that the kubelet sends last.
fn outcome(container: String, end: End) -> Result<i32, DriverError> {
    let status = match end {
        End::Status(status) => status,
        End::Cut(message) => return Err(DriverError::Cut { container, message }),
    };
    if status.is_success() {
        return Ok(0);
    }
    let causes = status.details.as_ref().map(|details| details.causes.as_slice()).unwrap_or_default();
    let code = causes.iter().find(|cause| cause.reason == "ExitCode").and_then(|cause| cause.message.parse().ok());
    match code {
        Some(code) if status.reason == "NonZeroExitCode" => Ok(code),
        _ if means_not_running(&status) => Err(not_running(&container, &status.message)),
        _ => Err(DriverError::Cut { container, message: status.message }),
    }
}

fn not_running(container: &str, message: &str) -> DriverError {
    DriverError::NotRunning { container: container.to_owned(), message: message.to_owned() }
}

/// The ways in which API server, kubelet and runtime say that there is no process to join.
fn means_not_running(status: &Status) -> bool {
    const WORDS: [&str; 8] = [
        "container not found",
        "pod not found",
        "does not have a host assigned",
        "in a completed pod",
        "is not running",
        "not in running state",
        "CONTAINER_EXITED",
        "cannot exec in a stopped",
    ];
    // A missing pod is a missing container; a missing namespace likewise.
    status.code == 404 || WORDS.iter().any(|word| status.message.contains(word))
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "tests fail by panicking")]
mod tests {
    use kube::core::response::{StatusCause, StatusDetails};

    use super::*;

    fn exit_status(reason: &str, cause: Option<(&str, &str)>, message: &str) -> Status {
        let causes =
            cause.map(|(reason, message)| StatusCause { reason: reason.into(), message: message.into(), field: String::new() });
        let details = StatusDetails {
            name: String::new(),
            group: String::new(),
            kind: String::new(),
            uid: String::new(),
            causes: causes.into_iter().collect(),
            retry_after_seconds: 0,
        };
        Status::failure(message, reason).with_details(details)
    }

    /// The states of a container whose kubelet restarts, among them one seen on a node under load: it waits while it runs.
    #[test]
    fn only_what_has_ended_does_not_run() {
        let pod = |phase: &str, state: serde_json::Value| -> Pod {
            let status = serde_json::json!({"name": "main", "ready": false, "restartCount": 0, "image": "", "imageID": "", "state": state});
            serde_json::from_value(
                serde_json::json!({"metadata": {"name": "p"}, "status": {"phase": phase, "containerStatuses": [status]}}),
            )
            .expect("a pod")
        };
        let (running, waiting) =
            (serde_json::json!({"running": {}}), serde_json::json!({"waiting": {"reason": "PodInitializing"}}));
        let terminated = serde_json::json!({"terminated": {"exitCode": 0}});
        assert!(may_run(&pod("Running", running.clone()), "main"));
        assert!(may_run(&pod("Running", waiting.clone()), "main"));
        assert!(may_run(&pod("Pending", waiting), "main"));
        assert!(may_run(&pod("Running", terminated.clone()), "other"));
        assert!(may_run(&Pod::default(), "main"));
        assert!(!may_run(&pod("Running", terminated), "main"));
        for phase in ["Failed", "Succeeded"] {
            assert!(!may_run(&pod(phase, running.clone()), "main"), "{phase}");
        }
        let mut deleted = pod("Running", running);
        deleted.metadata.deletion_timestamp =
            Some(serde_json::from_value(serde_json::json!("2026-01-01T00:00:00Z")).expect("a time"));
        assert!(!may_run(&deleted, "main"));
    }

    #[test]
    fn only_the_status_object_makes_an_exit_code() {
        let ended = |end| outcome("main".into(), end);
        assert!(matches!(ended(End::Status(Box::new(Status::success()))), Ok(0)));
        let failed = exit_status("NonZeroExitCode", Some(("ExitCode", "42")), "command terminated with exit code 42");
        assert!(matches!(ended(End::Status(Box::new(failed))), Ok(42)));
        let internal = exit_status("InternalError", None, "error executing command: exec: \"nope\": executable file not found");
        assert!(matches!(ended(End::Status(Box::new(internal))), Err(DriverError::Cut { .. })));
        let stopped = exit_status("InternalError", None, "container is in CONTAINER_EXITED state");
        assert!(matches!(ended(End::Status(Box::new(stopped))), Err(DriverError::NotRunning { .. })));
        assert!(matches!(ended(End::Cut("reset".into())), Err(DriverError::Cut { .. })));
    }
}
