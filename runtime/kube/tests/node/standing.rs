//! What `gc` finds of runs whose host died, and takes away.

use windlass_engine::ports::driver::{Driver as _, PodEvent, StandingPod};
use windlass_model::pod::{PodPlan, Security};

use crate::support::*;

async fn find(driver: &windlass_kube::KubeDriver, pod: &PodPlan) -> Option<StandingPod> {
    driver.list().await.unwrap().into_iter().find(|standing| standing.name == pod.name)
}

#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn a_pod_past_its_deadline_is_found_and_removed() {
    on_node(|node| async move {
        let mut pod = pod("left");
        pod.deadline_seconds = 1;
        pod.task = "left behind (by a dead host)".into();
        pod.containers.push(keeper("TOKEN"));
        let dead_host = node.driver().await;
        with_pod(&dead_host, &pod, async {
            dead_host.create(&pod, &values(&[("TOKEN", "x")])).await.unwrap();
            let mut events = dead_host.watch(&pod);
            wait_for(&mut events, "the deadline", |event| matches!(event, PodEvent::Lost { .. })).await;

            let collector = node.driver().await;
            let standing = find(&collector, &pod).await.expect("it is found");
            assert_eq!(
                (standing.run.as_str(), standing.task.as_str(), standing.state.as_str()),
                (pod.run.as_str(), pod.task.as_str(), "Failed")
            );
            assert!(standing.expired, "{standing:?}");
            collector.remove(&standing).await.unwrap();
            assert_eq!(find(&collector, &pod).await, None);
            assert_eq!(node.objects().await.of(&pod).await, Vec::<&str>::new());
        })
        .await;
    });
}

#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn objects_whose_pod_was_never_made_are_found_and_removed() {
    on_node(|node| async move {
        let node = node.in_namespace("NAMESPACE_BASELINE");
        let driver = node.driver().await;
        let mut pod = pod("orphans");
        pod.containers.push(keeper("TOKEN"));
        pod.containers[0].security = Security { privileged: true, ..Security::default() };
        with_pod(&driver, &pod, async {
            driver.create(&pod, &values(&[("TOKEN", "x")])).await.expect_err("baseline refuses it");
            let standing = find(&driver, &pod).await.expect("they are found");
            assert_eq!(standing.state, "NoPod");
            driver.remove(&standing).await.unwrap();
            assert_eq!(find(&driver, &pod).await, None);
        })
        .await;
    });
}
