//! Pods that go wrong, and whether the driver says how.

use windlass_engine::ports::driver::{ContainerEnd, Driver as _, DriverError, PodEvent};
use windlass_model::event::Level;
use windlass_model::pod::{MAIN, PullPolicy};
use windlass_model::quantity::{MebiBytes, MilliCpu, Resources};
use windlass_model::task::Architecture;

use crate::support::*;

fn cannot_start(event: &PodEvent) -> bool {
    matches!(event, PodEvent::CannotStart { .. })
}

#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn an_image_that_its_registry_lacks_or_refuses_is_named_at_once() {
    on_node(|node| async move {
        let driver = node.driver().await;
        let mut pod = pod("no-tag");
        pod.pull_policy = PullPolicy::IfNotPresent;
        let registry = variable("REGISTRY_PLAIN_FROM_PODS").unwrap();
        pod.containers[0].image = image(&format!("{registry}/nobody-has-this:1"));
        with_pod(&driver, &pod, async {
            driver.create(&pod, &values(&[])).await.unwrap();
            let events = wait_for(&mut driver.watch(&pod), "the fault", cannot_start).await;
            assert!(
                events
                    .iter()
                    .any(|event| matches!(event, PodEvent::CannotStart { message, .. } if message.contains("nobody-has-this:1")))
            );
        })
        .await;
    });
}

#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn a_sidecar_killed_for_memory_is_told_with_its_limit() {
    on_node(|node| async move {
        let driver = node.driver().await;
        let mut pod = pod("oom");
        let mut hungry = sidecar("hungry", "exec tail /dev/zero");
        hungry.resources = Resources { cpu: MilliCpu(100), memory: MebiBytes(24), greedy: true };
        pod.containers.push(hungry);
        with_pod(&driver, &pod, async {
            driver.create(&pod, &values(&[])).await.unwrap();
            let ended =
                PodEvent::Ended { container: "hungry".into(), end: ContainerEnd::OutOfMemory { limit: Some("24Mi".into()) } };
            wait_for(&mut driver.watch(&pod), "the kill", |event| *event == ended).await;
            assert!(driver.autopsy(&pod).await.unwrap().contains(&ended), "the autopsy finds it too");
        })
        .await;
    });
}

#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn a_program_that_the_image_lacks_is_named() {
    on_node(|node| async move {
        let driver = node.driver().await;
        let mut pod = pod("no-program");
        pod.containers.push(sidecar("daemon", ""));
        let args = vec!["/no/such/program".to_owned()];
        pod.containers[1].process = windlass_model::pod::Process::Image { args: Some(args) };
        with_pod(&driver, &pod, async {
            driver.create(&pod, &values(&[])).await.unwrap();
            let events = wait_for(&mut driver.watch(&pod), "its end", |event| matches!(event, PodEvent::Ended { .. })).await;
            let Some(PodEvent::Ended { end: ContainerEnd::NotStarted(message), .. }) = events.last() else {
                panic!("{events:#?}")
            };
            assert!(message.contains("/no/such/program") && message.contains("no such file"), "{message}");
        })
        .await;
    });
}

#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn a_pod_that_somebody_deletes_is_lost_before_it_is_gone() {
    on_node(|node| async move {
        let driver = node.driver().await;
        let objects = node.objects().await;
        let pod = pod("deleted");
        with_pod(&driver, &pod, async {
            driver.create(&pod, &values(&[])).await.unwrap();
            let mut events = driver.watch(&pod);
            wait_until_running(&mut events, MAIN).await;
            objects.pods.delete(&pod.name, &kube::api::DeleteParams::default()).await.unwrap();
            let events = wait_for(&mut events, "the end", |event| *event == PodEvent::Gone).await;
            let lost = |event: &PodEvent| matches!(event, PodEvent::Lost { message, .. } if message.contains("not by windlass"));
            assert!(events.iter().any(lost), "{events:#?}");
            assert_eq!(driver.autopsy(&pod).await.unwrap(), [PodEvent::Gone]);
            let error = driver.exec(&pod, MAIN, &["true".to_owned()]).await.err().expect("there is no container");
            assert!(matches!(error, DriverError::NotRunning { .. }), "{error}");
        })
        .await;
    });
}

#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn a_pod_that_windlass_deletes_is_not_lost() {
    on_node(|node| async move {
        let driver = node.driver().await;
        let pod = pod("ours");
        with_pod(&driver, &pod, async {
            driver.create(&pod, &values(&[])).await.unwrap();
            let mut events = driver.watch(&pod);
            wait_until_running(&mut events, MAIN).await;
            driver.delete(&pod, std::time::Duration::from_secs(1)).await.unwrap();
            let events = wait_for(&mut events, "the end", |event| *event == PodEvent::Gone).await;
            assert!(!events.iter().any(|event| matches!(event, PodEvent::Lost { .. })), "{events:#?}");
        })
        .await;
    });
}

#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn a_pod_whose_host_died_is_ended_by_its_deadline() {
    on_node(|node| async move {
        let driver = node.driver().await;
        let mut pod = pod("deadline");
        pod.deadline_seconds = 2;
        with_pod(&driver, &pod, async {
            driver.create(&pod, &values(&[])).await.unwrap();
            let events = wait_for(&mut driver.watch(&pod), "the deadline", |event| matches!(event, PodEvent::Lost { .. })).await;
            let Some(PodEvent::Lost { message, .. }) = events.last() else { unreachable!() };
            assert!(message.contains("2 s after its start"), "{message}");
        })
        .await;
    });
}

#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn a_pod_that_no_node_can_take_says_why() {
    on_node(|node| async move {
        let driver = node.driver().await;
        let mut pod = pod("arm");
        pod.architecture = Architecture::Arm64;
        with_pod(&driver, &pod, async {
            driver.create(&pod, &values(&[])).await.unwrap();
            wait_for(&mut driver.watch(&pod), "the reason", |event| {
                matches!(event, PodEvent::Notice { level: Level::Warning, message, .. }
                    if message.contains("no node can take the pod yet") && message.contains("didn't match"))
            })
            .await;
        })
        .await;
    });
}
