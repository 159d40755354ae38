//! Containers that windlass did not make, and pods that wait.

use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1::Pod;
use serde_json::{Value, json};
use windlass_engine::ports::driver::{ContainerEnd, PodEvent};
use windlass_model::event::Level;

use super::super::{Observer, ended_after};
use super::{container, pod, told};

/// A pod with containers that somebody else put into it: a plain init container, one that is started again, and one that was attached.
fn meshed(status: Value) -> Pod {
    let mut pod = pod(status);
    let init = json!([
        {"name": "mesh-init", "image": "mesh:1", "resources": {"limits": {"memory": "8Mi"}}},
        {"name": "mesh-proxy", "image": "mesh:1", "restartPolicy": "Always"},
    ]);
    if let Some(spec) = &mut pod.spec {
        spec.init_containers = serde_json::from_value(init).ok();
    }
    pod
}

fn init(name: &str, restarts: i32, state: Value, last: Value) -> Value {
    json!({"phase": "Pending", "initContainerStatuses": [
        {"name": name, "image": "", "imageID": "", "ready": false, "restartCount": restarts, "state": state, "lastState": last}
    ]})
}

fn told_of(pod: &Pod) -> Vec<PodEvent> {
    let mut news = Observer::default().pod(pod, false, Instant::now());
    news.retain(|event| !matches!(event, PodEvent::Notice { level: Level::Debug, .. }));
    news
}

/// Proves that an init container counts, whoever made it: before, one that failed or could not be pulled was never told.
#[test]
fn an_init_container_that_fails_or_cannot_start_is_told_at_once() {
    let failed = |state: Value| told_of(&meshed(init("mesh-init", 0, json!({"terminated": state}), json!({}))));
    let event = |end| PodEvent::InitFailed { container: "mesh-init".into(), end };
    assert_eq!(failed(json!({"exitCode": 3, "reason": "Error"})), [event(ContainerEnd::Exited(3))]);
    let killed = json!({"exitCode": 137, "reason": "OOMKilled"});
    assert_eq!(failed(killed), [event(ContainerEnd::OutOfMemory { limit: Some("8Mi".into()) })]);
    assert_eq!(failed(json!({"exitCode": 0, "reason": "Completed"})), [], "that is what it is for");
    let waiting = json!({"waiting": {"reason": "ErrImageNeverPull", "message": "Container image \"mesh:1\" is not present"}});
    let events = told_of(&meshed(init("mesh-init", 0, waiting, json!({}))));
    let [PodEvent::CannotStart { container: Some(name), message, .. }] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((name.as_str(), message.contains("mesh:1")), ("mesh-init", true), "{message}");
}

/// Proves that a container that is started again whenever it ends is told each time, and given up after some, for all others wait for it; and
/// that it is left alone once they run.
#[test]
fn a_container_that_is_started_again_and_again_is_given_up_while_others_wait_for_it() {
    let last = json!({"terminated": {"exitCode": 1, "reason": "Error"}});
    let back_off = json!({"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 10s restarting failed container"}});
    let ended = PodEvent::Ended { container: "mesh-proxy".into(), end: ContainerEnd::Exited(1) };
    let mut observer = Observer::default();
    let mut look = |restarts: i32, state: &Value, others: bool| {
        let mut status = init("mesh-proxy", restarts, state.clone(), last.clone());
        if others && let (Value::Object(status), Value::Object(more)) = (&mut status, container("main", json!({"running": {}}))) {
            status.extend(more);
        }
        observer
            .pod(&meshed(status), false, Instant::now())
            .into_iter()
            .filter(|e| !matches!(e, PodEvent::Notice { .. }))
            .collect::<Vec<_>>()
    };
    assert_eq!(look(1, &json!({"running": {}}), false), [ended.clone(), PodEvent::Running { container: "mesh-proxy".into() }]);
    assert_eq!(look(1, &json!({"running": {}}), false), [], "told once");
    assert_eq!(look(1, &back_off, false), std::slice::from_ref(&ended));
    assert_eq!(look(2, &json!({"running": {}}), false), [], "its next start is no news");
    let events = look(3, &back_off, false);
    let [first, PodEvent::CannotStart { container: Some(name), message, .. }] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((first, name.as_str()), (&ended, "mesh-proxy"));
    assert!(message.contains("started 4 times") && message.contains("exited with code 1"), "{message}");

    let mut running = init("mesh-proxy", 7, back_off, last);
    if let (Value::Object(status), Value::Object(more)) = (&mut running, container("main", json!({"running": {}}))) {
        status.extend(more);
    }
    let events = told_of(&meshed(running));
    assert_eq!(events, [ended, PodEvent::Running { container: "main".into() }], "others run");
}

/// Proves that a container that somebody attached is seen, and is no fault of the task.
#[test]
fn what_somebody_attached_is_noted_and_nothing_more() {
    for state in [
        json!({"running": {}}),
        json!({"terminated": {"exitCode": 9, "reason": "Error"}}),
        json!({"waiting": {"reason": "ErrImagePull", "message": "not found"}}),
    ] {
        let status = json!({"ephemeralContainerStatuses": [
            {"name": "debugger", "image": "busybox", "imageID": "", "ready": false, "restartCount": 0, "state": state}
        ]});
        let events = told_of(&pod(status));
        assert!(
            matches!(events.as_slice(), [PodEvent::Notice { container: Some(name), .. }] if name == "debugger"),
            "{events:?}"
        );
    }
}

/// Proves that a pod that failed without a word of any container is told, too.
#[test]
fn a_pod_that_failed_is_lost_unless_its_containers_say_why() {
    let silent = json!({"phase": "Failed", "message": "Pod was rejected"});
    let events = told(silent);
    assert!(matches!(events.as_slice(), [PodEvent::Lost { message, .. }] if message.contains("Pod was rejected")), "{events:?}");
    let mut ended = container("main", json!({"terminated": {"exitCode": 3, "reason": "Error"}}));
    ended["phase"] = json!("Failed");
    assert_eq!(told(ended), [PodEvent::Ended { container: "main".into(), end: ContainerEnd::Exited(3) }]);
}

/// Proves that a pod that waits says so again and again, in the scheduler's words and then for its init container.
#[test]
fn what_a_pod_waits_for_is_told_every_minute() {
    let unplaced = json!({"conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable",
        "message": "0/3 nodes are available: 3 Insufficient cpu."}]});
    let mut waiting = meshed(unplaced);
    if let Some(spec) = &mut waiting.spec {
        spec.node_name = None;
    }
    let (mut observer, start) = (Observer::default(), Instant::now());
    let minutes = |count: u64| start + Duration::from_secs(60 * count);
    observer.pod(&waiting, false, start);
    let reminder = |news: Vec<PodEvent>| match news.as_slice() {
        [PodEvent::Notice { level: Level::Warning, message, .. }] => message.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(observer.patience_ends(), Some(minutes(1)));
    let first = reminder(observer.give_up(minutes(1)));
    assert!(first.starts_with("after 1 min: no node can take the pod yet") && first.contains("Insufficient cpu"), "{first}");
    observer.pod(&meshed(init("mesh-init", 0, json!({"running": {}}), json!({}))), false, minutes(1));
    let second = reminder(observer.give_up(minutes(2)));
    assert_eq!(second, "after 2 min: init container mesh-init still runs, and the others wait for it");
    observer.pod(&meshed(container("main", json!({"running": {}}))), false, minutes(3));
    assert_eq!(observer.patience_ends(), None);
}

/// Proves that the time of an end is known by the node's own clock.
#[test]
fn an_end_is_dated_from_the_start_of_the_main_container() {
    let mut status = container("main", json!({"running": {"startedAt": "2026-01-01T00:00:10Z"}}));
    let terminated = json!({"terminated": {"exitCode": 1, "finishedAt": "2026-01-01T00:00:17Z"}});
    let more = init("mesh-proxy", 1, json!({"running": {}}), terminated);
    if let (Value::Object(status), Value::Object(more)) = (&mut status, more) {
        status.extend(more);
    }
    let pod = meshed(status);
    assert_eq!(ended_after(&pod, "mesh-proxy"), Some(Duration::from_secs(7)));
    assert_eq!(ended_after(&pod, "main"), None);
    assert_eq!(ended_after(&pod, "other"), None);
}
