//! What an earlier windlass left can be found and removed.

use std::time::Duration;

use windlass_engine::ports::driver::{Driver, DriverError, PodEvent};

use crate::support::{BUSYBOX, next, none, pod, scene};

#[test]
fn a_pod_is_listed_with_its_run_task_and_deadline_until_it_is_removed() {
    scene(async |scene| {
        let mut pod = pod("list", BUSYBOX);
        pod.deadline_seconds = 3600;
        scene
            .run(&pod, async || {
                let find = async || Ok::<_, DriverError>(scene.driver.list().await?.into_iter().find(|p| p.name == pod.name));
                let Some(standing) = find().await? else { panic!("it is not listed") };
                assert_eq!((standing.run.as_str(), &standing.task), ("testtest", &pod.task));
                assert_eq!((standing.state.as_str(), standing.expired), ("running", false));
                assert!(standing.age.as_secs() < 120, "{:?}", standing.age);
                scene.driver.remove(&standing).await?;
                assert_eq!(find().await?, None);
                scene.driver.remove(&standing).await?;
                Ok(())
            })
            .await
    });
}

#[test]
fn a_pod_past_its_deadline_is_expired() {
    scene(async |scene| {
        let mut pod = pod("expired", BUSYBOX);
        pod.deadline_seconds = 0;
        scene
            .with_created(&pod, &none(), async |events| {
                next(events, |e| matches!(e, PodEvent::Ended { .. })).await?;
                // The deadline has whole seconds, so it is over once the next one has begun.
                let over = async {
                    loop {
                        let found = scene.driver.list().await?.into_iter().find(|p| p.name == pod.name);
                        if found.is_some_and(|p| p.expired) {
                            return Ok::<_, DriverError>(());
                        }
                    }
                };
                tokio::time::timeout(Duration::from_secs(10), over).await??;
                Ok(())
            })
            .await
    });
}
