//! States and messages are those of a real kubelet and containerd (1.36, 1.6).

mod others;

use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1::{Event, Pod};
use serde_json::{Value, json};
use windlass_engine::ports::driver::{ContainerEnd, PodEvent};
use windlass_model::event::Level;

use super::{GRACE, Observer};

fn pod(status: Value) -> Pod {
    let pod = json!({
        "metadata": {"name": "windlass-a"},
        "spec": {
            "nodeName": "node-1",
            "activeDeadlineSeconds": 90,
            "containers": [
                {"name": "main", "image": "busybox:latest"},
                {"name": "dockerdaemon", "image": "docker:dind", "resources": {"limits": {"memory": "3500Mi"}}},
            ],
        },
        "status": status,
    });
    serde_json::from_value(pod).unwrap_or_else(|e| panic!("{e}"))
}

fn container(name: &str, state: Value) -> Value {
    json!({"containerStatuses": [
        {"name": name, "image": "", "imageID": "", "ready": false, "restartCount": 0, "state": state}
    ]})
}

/// What is told of one state by an observer that knows nothing yet, the remark on the node apart.
fn told(status: Value) -> Vec<PodEvent> {
    let mut news = Observer::default().pod(&pod(status), false, Instant::now());
    news.retain(|event| !matches!(event, PodEvent::Notice { level: Level::Debug, .. }));
    news
}

#[test]
fn faults_that_cannot_mend_themselves_are_told_at_once() {
    for (reason, message, sentence) in [
        ("InvalidImageName", "couldn't parse image name \"B\"", "`docker:dind` is not an image reference"),
        ("ErrImageNeverPull", "Container image is not present with pull policy of Never", "is not on the node"),
        (
            "ErrImagePull",
            "failed to pull and unpack image \"docker.io/library/docker:dind\": failed to resolve reference \"docker.io/library/docker:dind\": \
             docker.io/library/docker:dind: not found",
            "image docker:dind does not exist",
        ),
        (
            "ImagePullBackOff",
            "Back-off pulling image \"docker:dind\": ErrImagePull: pull access denied, repository does not exist or may require \
             authorization: server message: insufficient_scope: authorization failed",
            "the registry refuses to serve image docker:dind",
        ),
        ("ErrImagePull", "no match for platform in manifest: not found", "this node's architecture"),
        ("ErrImagePull", "tls: failed to verify certificate: x509: certificate signed by unknown authority", "cannot be pulled"),
        ("CreateContainerConfigError", "secret \"windlass-a-secret\" not found", "cannot be configured"),
        ("CreateContainerError", "failed to generate container spec: no command specified", "cannot be created"),
    ] {
        let events = told(container("dockerdaemon", json!({"waiting": {"reason": reason, "message": message}})));
        let [PodEvent::CannotStart { container: Some(name), message: told, .. }] = events.as_slice() else {
            panic!("{reason}: {events:?}")
        };
        assert_eq!(name, "dockerdaemon");
        assert!(told.contains(sentence), "{told}");
    }
}

#[test]
fn a_registry_that_does_not_answer_is_waited_for_and_given_up_in_the_end() {
    let message = "failed to do request: Head \"https://registry.example/v2/x\": dial tcp: lookup registry.example: no such host";
    let waiting = container("main", json!({"waiting": {"reason": "ErrImagePull", "message": message}}));
    let back_off =
        container("main", json!({"waiting": {"reason": "ImagePullBackOff", "message": "Back-off pulling image \"busybox\""}}));
    let mut observer = Observer::default();
    let start = Instant::now();
    let news = observer.pod(&pod(waiting), false, start);
    assert!(
        news.iter()
            .any(|e| matches!(e, PodEvent::Notice { level: Level::Warning, message, .. } if message.ends_with("no such host; it is tried again"))),
        "{news:?}"
    );
    assert_eq!(observer.pod(&pod(back_off), false, start + Duration::from_secs(10)), [], "nothing new");
    assert_eq!(observer.patience_ends(), Some(start + GRACE));
    assert_eq!(observer.give_up(start + GRACE - Duration::from_secs(1)), []);
    let over = observer.give_up(start + GRACE);
    let last =
        |message: &str| message.starts_with("image busybox:latest cannot be pulled: ") && message.ends_with("no such host");
    assert!(matches!(over.as_slice(), [PodEvent::CannotStart { message, .. }] if last(message)), "{over:?}");
    assert_eq!(observer.patience_ends(), None);
}

#[test]
fn a_pull_that_succeeds_after_all_ends_the_doubt() {
    let waiting = container("main", json!({"waiting": {"reason": "ErrImagePull", "message": "429 Too Many Requests"}}));
    let running = container("main", json!({"running": {}}));
    let mut observer = Observer::default();
    let now = Instant::now();
    observer.pod(&pod(waiting), false, now);
    let news = observer.pod(&pod(running.clone()), false, now);
    assert_eq!(news, [PodEvent::Running { container: "main".into() }]);
    assert_eq!(observer.patience_ends(), None);
    assert_eq!(observer.pod(&pod(running), false, now), [], "told once");
}

#[test]
fn the_end_of_a_container_says_how() {
    for (state, end) in [
        (json!({"exitCode": 0, "reason": "Completed"}), ContainerEnd::Exited(0)),
        (json!({"exitCode": 3, "reason": "Error"}), ContainerEnd::Exited(3)),
        (json!({"exitCode": 137, "reason": "Error"}), ContainerEnd::Signalled(9)),
        (json!({"exitCode": 137, "reason": "OOMKilled"}), ContainerEnd::OutOfMemory { limit: Some("3500Mi".into()) }),
        (
            json!({"exitCode": 128, "reason": "StartError", "message": "failed to create containerd task: failed to create shim task: OCI runtime \
                create failed: runc create failed: unable to start container process: exec: \"nope\": executable file not found in $PATH: unknown"}),
            ContainerEnd::NotStarted("exec: \"nope\": executable file not found in $PATH".into()),
        ),
    ] {
        let events = told(container("dockerdaemon", json!({"terminated": state})));
        assert_eq!(events, [PodEvent::Ended { container: "dockerdaemon".into(), end }]);
    }
}

#[test]
fn a_lost_pod_is_told_with_its_cause_before_its_containers() {
    let evicted = json!({
        "phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: memory. ",
        "containerStatuses": [{"name": "main", "image": "", "imageID": "", "ready": false, "restartCount": 0,
            "state": {"terminated": {"exitCode": 137, "reason": "Error"}}}],
    });
    let events = told(evicted);
    let [PodEvent::Lost { message, help: Some(_) }, PodEvent::Ended { .. }] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(message, "node node-1 evicted the pod: The node was low on resource: memory.");

    for (status, sentence) in [
        (json!({"phase": "Failed", "reason": "DeadlineExceeded"}), "90 s after its start"),
        (
            json!({"phase": "Failed", "reason": "OutOfcpu", "message": "Node didn't have enough resource: cpu"}),
            "node node-1 refused the pod: OutOfcpu",
        ),
        (
            json!({"conditions": [{"type": "DisruptionTarget", "status": "True", "reason": "EvictionByEvictionAPI"}]}),
            "evicted from node node-1, as when a node is drained",
        ),
    ] {
        let events = told(status);
        assert!(matches!(events.as_slice(), [PodEvent::Lost { message, .. }] if message.contains(sentence)), "{events:?}");
    }
}

#[test]
fn a_deletion_is_a_loss_unless_it_is_windlass_s_own() {
    let mut deleted = pod(json!({}));
    deleted.metadata.deletion_timestamp = serde_json::from_value(json!("2026-01-01T00:00:00Z")).ok();
    let is_loss = |event: &PodEvent| matches!(event, PodEvent::Lost { message, .. } if message.contains("not by windlass"));
    assert!(Observer::default().pod(&deleted, false, Instant::now()).iter().any(is_loss));
    assert!(!Observer::default().pod(&deleted, true, Instant::now()).iter().any(is_loss));
}

#[test]
fn a_pod_that_no_node_takes_says_why_once() {
    let status = json!({"conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable",
        "message": "0/3 nodes are available: 3 Insufficient cpu."}]});
    let mut unplaced = pod(status);
    if let Some(spec) = &mut unplaced.spec {
        spec.node_name = None;
    }
    let mut observer = Observer::default();
    let events = observer.pod(&unplaced, false, Instant::now());
    assert_eq!(observer.pod(&unplaced, false, Instant::now()), [], "told once");
    assert!(
        matches!(events.as_slice(), [PodEvent::Notice { level: Level::Warning, message, .. }] if message.contains("Insufficient cpu")),
        "{events:?}"
    );
}

#[test]
fn of_the_events_only_what_the_state_does_not_say_is_told_and_only_once() {
    let event = |kind: &str, reason: &str, message: &str| -> Event {
        let event = json!({"metadata": {}, "type": kind, "reason": reason, "message": message,
            "involvedObject": {"kind": "Pod", "fieldPath": "spec.containers{main}"}});
        serde_json::from_value(event).unwrap_or_else(|e| panic!("{e}"))
    };
    let mut observer = Observer::default();
    let mount = event("Warning", "FailedMount", "MountVolume.SetUp failed for volume \"x\"");
    let notice = PodEvent::Notice {
        container: Some("main".into()),
        level: Level::Warning,
        message: "FailedMount: MountVolume.SetUp failed for volume \"x\"".into(),
    };
    assert_eq!(observer.event(&mount), Some(notice));
    assert_eq!(observer.event(&mount), None);
    assert!(observer.event(&event("Normal", "Pulling", "Pulling image \"docker:dind\"")).is_some());
    for (kind, reason) in
        [("Normal", "Created"), ("Normal", "Scheduled"), ("Warning", "BackOff"), ("Warning", "FailedScheduling")]
    {
        assert_eq!(observer.event(&event(kind, reason, "text")), None, "{reason}");
    }
}
