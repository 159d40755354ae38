//! How containers end, and that some never begin.

use windlass_engine::ports::driver::{ContainerEnd, DriverError, PodEvent, SecretValues};
use windlass_model::pod::MAIN;

use crate::pod::{next, running};
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
            assert_eq!(subject.driver.log_tail(&pod, "short", 2).await?, b"second\nthird\n");
            let exec = subject.driver.exec(&pod, "short", &["true".to_owned()]).await;
            assert!(matches!(exec, Err(DriverError::NotRunning { .. })), "a command ran in a container that ended");
            running(&mut subject.driver.watch(&pod), MAIN).await
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
