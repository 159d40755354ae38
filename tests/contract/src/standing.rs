//! What an earlier windlass left can be found, judged and removed.

use std::time::Duration;

use windlass_engine::ports::driver::{Driver, DriverError, PodEvent, SecretValues, StandingPod};
use windlass_model::pod::{MAIN, PodPlan};

use crate::pod::{next, running};
use crate::{Subject, Tested, client};

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

/// What one run made under a name, another run of that name neither takes for its own nor takes away. `other` is a driver of its own for
/// the same place, as another process has it; so this is no part of [`crate::driver_contract`], whose drivers may know themselves alone.
pub async fn what_another_run_made_is_refused_and_left(subject: &Subject, other: &dyn Driver) -> Tested {
    let pod = subject.pod("both");
    subject
        .with(&pod, &SecretValues::new(), async |events| {
            running(events, MAIN).await?;
            match other.create(&pod, &SecretValues::new()).await {
                Err(DriverError::NameTaken { what, .. }) => assert!(what.contains(&pod.name), "{what}"),
                Err(error) => return Err(error.into()),
                Ok(()) => match next(&mut other.watch(&pod), |e| matches!(e, PodEvent::CannotStart { .. })).await? {
                    PodEvent::CannotStart { message, .. } => assert!(message.contains("already exists"), "{message}"),
                    event => return Err(format!("{event:?}").into()),
                },
            }
            other.delete(&pod, Duration::ZERO).await?;
            assert!(subject.stands(&pod).await?, "another run deleted it");
            assert!(client(&subject.driver, &pod).await?.stats().await.is_ok(), "its agent still answers");
            Ok(())
        })
        .await
}
