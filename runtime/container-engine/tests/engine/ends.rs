//! How containers end, and how that is told.

use tokio::io::AsyncReadExt;
use windlass_container_engine::Flavour;
use windlass_engine::ports::driver::{ContainerEnd, Driver, DriverError, PodEvent};
use windlass_model::quantity::MebiBytes;

use crate::support::{BUSYBOX, next, none, pod, scene, sidecar};

fn ended(container: &str) -> impl Fn(&PodEvent) -> bool {
    move |event| matches!(event, PodEvent::Ended { container: c, .. } if c == container)
}

#[test]
#[ignore = "needs the container engine that tests/run.sh starts"]
fn a_container_out_of_memory_is_told_with_its_limit() {
    scene(async |scene| {
        let mut pod = pod("oom", BUSYBOX);
        let mut side = sidecar("side", "exec tail /dev/zero");
        side.resources.memory = MebiBytes(16);
        pod.containers.push(side);
        scene
            .with_created(&pod, &none(), async |events| {
                match next(events, ended("side")).await? {
                    PodEvent::Ended { end: ContainerEnd::OutOfMemory { limit }, .. } => {
                        assert_eq!(limit.as_deref(), Some("16Mi"))
                    }
                    PodEvent::Ended { end: ContainerEnd::Signalled(9), .. } => {
                        // There alone the engine does not notice what the kernel did.
                        let known = scene.facts.flavour == Flavour::Podman && scene.facts.cgroup_version == Some(1);
                        assert!(known, "{:?} must tell why the container was killed", scene.facts);
                    }
                    other => panic!("{other:?}"),
                }
                Ok(())
            })
            .await
    });
}

#[test]
#[ignore = "needs the container engine that tests/run.sh starts"]
fn a_pod_that_somebody_removes_is_lost_and_its_commands_are_cut() {
    scene(async |scene| {
        let pod = pod("removed", BUSYBOX);
        scene
            .with_created(&pod, &none(), async |events| {
                next(events, |e| matches!(e, PodEvent::Running { .. })).await?;
                let mut exec =
                    scene.driver.exec(&pod, "main", &crate::support::words(&["sh", "-c", "echo up; sleep 1000"])).await?;
                let mut up = [0; 3];
                exec.stdout.read_exact(&mut up).await?;

                // Another process of windlass, or a person, which this driver knows nothing of.
                let standing = scene.driver.list().await?.into_iter().find(|p| p.name == pod.name);
                let Some(standing) = standing else { panic!("the pod is not listed") };
                scene.driver.remove(&standing).await?;

                next(events, |e| matches!(e, PodEvent::Lost { .. })).await?;
                next(events, |e| *e == PodEvent::Gone).await?;
                let cut = exec.done.await;
                assert!(matches!(cut, Err(DriverError::NotRunning { .. } | DriverError::Cut { .. }) | Ok(137)), "{cut:?}");
                Ok(())
            })
            .await
    });
}
