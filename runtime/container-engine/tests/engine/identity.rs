//! What is windlass' own on an engine, and what only looks like it.

use std::collections::HashMap;
use std::time::Duration;

use bollard::Docker;
use bollard::models::{ContainerCreateBody, VolumeCreateRequest};
use bollard::query_parameters::{
    CreateContainerOptionsBuilder, InspectContainerOptions, RemoveContainerOptionsBuilder, RemoveVolumeOptionsBuilder,
};
use windlass_engine::ports::driver::{Driver, PodEvent};
use windlass_model::pod::PodPlan;

use crate::support::{BUSYBOX, Tested, next, none, pod, scene};

/// The engine, seen without the driver.
struct Stranger {
    docker: Docker,
}

impl Stranger {
    fn new() -> Result<Self, Box<dyn std::error::Error>> {
        let socket = std::env::var("WINDLASS_TEST_ENGINE_SOCKET")?;
        Ok(Self { docker: Docker::connect_with_unix(&socket, 60, bollard::API_DEFAULT_VERSION)? })
    }

    async fn make_container(&self, name: &str, labels: HashMap<String, String>) -> Tested {
        let body = ContainerCreateBody {
            image: Some(BUSYBOX.to_owned()),
            cmd: Some(vec!["true".to_owned()]),
            labels: Some(labels),
            ..ContainerCreateBody::default()
        };
        self.docker.create_container(Some(CreateContainerOptionsBuilder::default().name(name).build()), body).await?;
        Ok(())
    }

    async fn make_volume(&self, name: &str, labels: HashMap<String, String>) -> Tested {
        let request = VolumeCreateRequest { name: Some(name.to_owned()), labels: Some(labels), ..VolumeCreateRequest::default() };
        self.docker.create_volume(request).await?;
        Ok(())
    }

    async fn has_container(&self, name: &str) -> bool {
        self.docker.inspect_container(name, None::<InspectContainerOptions>).await.is_ok()
    }

    async fn has_volume(&self, name: &str) -> bool {
        self.docker.inspect_volume(name).await.is_ok()
    }

    async fn labels_of(&self, container: &str) -> Result<HashMap<String, String>, Box<dyn std::error::Error>> {
        let found = self.docker.inspect_container(container, None::<InspectContainerOptions>).await?;
        Ok(found.config.and_then(|config| config.labels).unwrap_or_default())
    }

    /// Takes away what the test made, whether it is there or not.
    async fn tidy(&self, name: &str) {
        let options = RemoveContainerOptionsBuilder::default().force(true).build();
        let _ = self.docker.remove_container(name, Some(options)).await;
        let _ = self.docker.remove_volume(name, Some(RemoveVolumeOptionsBuilder::default().force(true).build())).await;
    }
}

fn main_of(pod: &PodPlan) -> String {
    format!("{}.main", pod.name)
}

/// Whatever had the label of a pod was listed as part of it, and removed with it.
#[test]
#[ignore = "needs the container engine that tests/run.sh starts"]
fn what_has_all_labels_of_a_pod_and_not_its_name_survives_it_and_is_told() {
    scene(async |scene| {
        let stranger = Stranger::new()?;
        let pod = pod("labels", BUSYBOX);
        let (container, volume) = (format!("db-{}", pod.name), format!("data-{}", pod.name));
        let outcome = scene
            .run(&pod, async || {
                let labels = stranger.labels_of(&main_of(&pod)).await?;
                stranger.make_container(&container, labels.clone()).await?;
                stranger.make_volume(&volume, labels).await?;
                Ok(())
            })
            .await;
        let looked = async {
            outcome?;
            assert!(!stranger.has_container(&main_of(&pod)).await, "the pod itself is gone");
            let told: Vec<_> = scene.driver.pretenders().await?.into_iter().map(|pretender| pretender.what).collect();
            for what in [format!("container {container}"), format!("volume {volume}")] {
                assert!(told.contains(&what), "{told:?}");
            }
            let listed = scene.driver.list().await?;
            assert!(!listed.iter().any(|standing| standing.name == pod.name), "{listed:?}");
            let forged = windlass_engine::ports::driver::StandingPod {
                name: pod.name.clone(),
                run: pod.run.clone(),
                task: pod.task.clone(),
                age: Duration::ZERO,
                state: "running".into(),
                expired: false,
            };
            scene.driver.remove(&forged).await?;
            assert!(
                stranger.has_container(&container).await && stranger.has_volume(&volume).await,
                "they are nobody's to remove"
            );
            Tested::Ok(())
        }
        .await;
        stranger.tidy(&container).await;
        stranger.tidy(&volume).await;
        looked
    });
}

/// A container or volume of the name counted as made, whoever made it.
#[test]
#[ignore = "needs the container engine that tests/run.sh starts"]
fn a_name_that_somebody_else_took_is_refused_and_what_has_it_is_left() {
    scene(async |scene| {
        let stranger = Stranger::new()?;
        for what in ["container", "volume"] {
            let pod = pod(what, BUSYBOX);
            // All that can be known before the pod stands.
            let all = [
                ("dev.windlass.pod", pod.name.clone()),
                ("dev.windlass.run", pod.run.clone()),
                ("dev.windlass.task", pod.task.clone()),
                ("dev.windlass.container", "main".to_owned()),
                ("dev.windlass.created", "1".to_owned()),
                ("dev.windlass.deadline", "4000000000".to_owned()),
                ("dev.windlass.creation", "0".repeat(32)),
            ];
            let labels: HashMap<String, String> = all.map(|(key, value)| (key.to_owned(), value)).into();
            let taken = if what == "container" { main_of(&pod) } else { format!("{}.windlass.bin", pod.name) };
            match what {
                "container" => stranger.make_container(&taken, labels).await?,
                _ => stranger.make_volume(&taken, labels).await?,
            }
            let outcome = scene
                .with_created(&pod, &none(), async |events| {
                    match next(events, |e| matches!(e, PodEvent::CannotStart { .. })).await? {
                        PodEvent::CannotStart { message, help, .. } => {
                            assert!(message.contains(&format!("{what} {taken} already exists")), "{message}");
                            assert!(help.is_some_and(|help| help.contains("find out who created it")));
                            Ok(())
                        }
                        other => Err(format!("{other:?}").into()),
                    }
                })
                .await;
            let left = if what == "container" { stranger.has_container(&taken).await } else { stranger.has_volume(&taken).await };
            stranger.tidy(&taken).await;
            outcome?;
            assert!(left, "the {what} is somebody else's");
            assert!(!scene.driver.list().await?.iter().any(|standing| standing.name == pod.name), "what was made is gone");
        }
        Ok(())
    });
}
