//! How containers end, and that some never begin.

use std::time::Duration;

use futures::{StreamExt as _, TryStreamExt as _};
use windlass_engine::ports::driver::{ContainerEnd, DriverError, LogPart, PodEvent, SecretValues};
use windlass_model::pod::MAIN;

use crate::pod::{PATIENCE, next, running};
use crate::{Subject, Tested};

/// The end of a container is told when it happens, found again later, and leaves the container's own log to read.
pub async fn a_container_that_ends_by_itself_is_told_with_its_exit_code(subject: &Subject) -> Tested {
    let mut pod = subject.pod("ends");
    pod.containers.push(subject.sidecar("short", "echo first; echo second; echo third; exit 3"));
    subject
        .with(&pod, &SecretValues::new(), async |events| {
            let end = PodEvent::Ended { container: "short".into(), end: ContainerEnd::Exited(3) };
            assert_eq!(next(events, |e| matches!(e, PodEvent::Ended { container, .. } if container == "short")).await?, end);
            assert!(subject.driver.autopsy(&pod).await?.contains(&end), "the autopsy finds it too");
            assert_eq!(subject.driver.log_tail(&pod, "short", LogPart::last(2)).await?, b"second\nthird\n");
            let followed: Vec<Vec<u8>> = subject.driver.follow_log(&pod, "short").try_collect().await?;
            assert_eq!(String::from_utf8(followed.concat())?, "first\nsecond\nthird\n", "the whole log, and then its end");
            assert!(subject.driver.ended_after(&pod, "short").await?.is_none_or(|after| after < PATIENCE));
            let exec = subject.driver.exec(&pod, "short", &["true".to_owned()]).await;
            assert!(matches!(exec, Err(DriverError::NotRunning { .. })), "a command ran in a container that ended");
            running(&mut subject.driver.watch(&pod), MAIN).await
        })
        .await
}

/// What a container writes can be read while it runs: all of it as it comes, or what it wrote lately.
pub async fn the_log_of_a_container_that_runs_is_read(subject: &Subject) -> Tested {
    let mut pod = subject.pod("log");
    pod.containers.push(subject.sidecar("talks", "echo early; exec sleep 600"));
    subject
        .with(&pod, &SecretValues::new(), async |events| {
            running(events, "talks").await?;
            let mut log = subject.driver.follow_log(&pod, "talks");
            let mut seen = Vec::new();
            while seen != b"early\n" {
                seen.extend(tokio::time::timeout(PATIENCE, log.next()).await?.ok_or("the log ended while its container runs")??);
            }
            let lately = LogPart { lines: 10, within: Some(Duration::from_secs(600)) };
            assert_eq!(subject.driver.log_tail(&pod, "talks", lately).await?, b"early\n");
            assert_eq!(subject.driver.ended_after(&pod, "talks").await?, None, "it still runs");
            Ok(())
        })
        .await
}

/// An image that nobody has does not keep anyone waiting.
pub async fn an_image_that_is_not_there_is_named_at_once(subject: &Subject) -> Tested {
    let mut pod = subject.pod("no-image");
    for container in &mut pod.containers {
        container.image = subject.missing.clone();
    }
    subject
        .with(&pod, &SecretValues::new(), async |events| {
            match next(events, |e| matches!(e, PodEvent::CannotStart { .. })).await? {
                PodEvent::CannotStart { container, message, .. } => {
                    assert_eq!(container.as_deref(), Some(MAIN));
                    assert!(message.contains(&subject.missing.to_string()), "{message}");
                    Ok(())
                }
                other => Err(format!("{other:?}").into()),
            }
        })
        .await
}
