//! What an earlier windlass left can be found, judged and removed.

use std::time::Duration;

use windlass_engine::ports::driver::{SecretValues, StandingPod};
use windlass_model::pod::{MAIN, PodPlan};

use crate::pod::running;
use crate::{Subject, Tested};

async fn find(subject: &Subject, pod: &PodPlan) -> Result<Option<StandingPod>, Box<dyn std::error::Error>> {
    Ok(subject.driver.list().await?.into_iter().find(|standing| standing.name == pod.name))
}

/// A pod is listed under its run and task, and removing it twice is no error.
pub async fn a_pod_is_listed_until_it_is_removed(subject: &Subject) -> Tested {
    let pod = subject.pod("listed");
    subject
        .with(&pod, &SecretValues::new(), async |events| {
            running(events, MAIN).await?;
            let standing = find(subject, &pod).await?.ok_or("it is not listed")?;
            assert_eq!((&standing.run, &standing.task), (&pod.run, &pod.task));
            assert_eq!(standing.state.to_lowercase(), "running");
            assert!(!standing.expired && standing.age < Duration::from_secs(120), "{standing:?}");
            subject.driver.remove(&standing).await?;
            assert_eq!(find(subject, &pod).await?, None);
            subject.driver.remove(&standing).await?;
            Ok(())
        })
        .await
}

/// A pod carries its deadline: whoever finds it later knows that no host waits for it any more.
pub async fn a_pod_past_its_deadline_is_listed_as_expired(subject: &Subject) -> Tested {
    let mut pod = subject.pod("expired");
    pod.deadline_seconds = 1;
    subject
        .with(&pod, &SecretValues::new(), async |_| {
            let expires = async {
                // An engine may leave out for a moment what it is looking at itself.
                while !find(subject, &pod).await?.is_some_and(|found| found.expired) {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                Tested::Ok(())
            };
            tokio::time::timeout(Duration::from_secs(20), expires).await?
        })
        .await
}
