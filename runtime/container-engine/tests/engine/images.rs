//! Images that are there, that are not, and that do not fit.

use windlass_engine::ports::driver::PodEvent;
use windlass_model::pod::PullPolicy;
use windlass_model::task::Architecture;

use crate::support::{BUSYBOX, next, none, pod, scene};

/// The reason why a pod cannot start, and the advice.
async fn cause(
    events: &mut futures::stream::BoxStream<'static, PodEvent>,
) -> Result<(String, String), Box<dyn std::error::Error>> {
    match next(events, |e| matches!(e, PodEvent::CannotStart { .. })).await? {
        PodEvent::CannotStart { message, help, .. } => Ok((message, help.unwrap_or_default())),
        other => Err(format!("{other:?}").into()),
    }
}

#[test]
#[ignore = "needs the container engine that tests/run.sh starts"]
fn an_image_that_may_not_be_pulled_and_is_not_there_is_named() {
    scene(async |scene| {
        let mut pod = pod("never", "windlass.test/no/such:image");
        pod.pull_policy = PullPolicy::Never;
        scene
            .with_created(&pod, &none(), async |events| {
                let (message, help) = cause(events).await?;
                assert!(message.contains("windlass.test/no/such:image is not on the engine"), "{message}");
                assert!(help.contains("load it"), "{help}");
                Ok(())
            })
            .await
    });
}

#[test]
#[ignore = "needs the container engine that tests/run.sh starts"]
fn a_registry_that_has_no_such_image_fails_the_pod_at_once() {
    scene(async |scene| {
        let registry = std::env::var("WINDLASS_TEST_REGISTRY_PLAIN")?;
        let pod = pod("missing", &format!("{registry}/no/such:image"));
        scene
            .with_created(&pod, &none(), async |events| {
                let pulling = next(events, |e| matches!(e, PodEvent::Notice { .. })).await?;
                assert!(format!("{pulling:?}").contains("pulling image"), "{pulling:?}");
                let (message, help) = cause(events).await?;
                assert!(message.contains("no/such:image"), "{message}");
                assert!(!help.is_empty());
                Ok(())
            })
            .await
    });
}

#[test]
#[ignore = "needs the container engine that tests/run.sh starts"]
fn an_image_for_another_processor_is_refused() {
    scene(async |scene| {
        let mut pod = pod("arm", BUSYBOX);
        pod.architecture = Architecture::Arm64;
        scene
            .with_created(&pod, &none(), async |events| {
                let (message, _) = cause(events).await?;
                assert!(message.contains("is for amd64, but the task runs on arm64"), "{message}");
                Ok(())
            })
            .await
    });
}
