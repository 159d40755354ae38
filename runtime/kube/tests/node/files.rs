//! Files that windlass puts into containers: certificates of registries.

use windlass_engine::ports::driver::{Driver as _, PodEvent};
use windlass_model::pod::{MAIN, Process};

use crate::support::*;

#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn certificates_are_in_every_container_beside_those_of_its_image() {
    on_node(|node| async move {
        let driver = node.driver().await;
        let objects = node.objects().await;
        let mut pod = pod("files");
        // An image with a certificate of its own, for another host.
        let mut daemon = sidecar("daemon", "exec sleep 3600");
        daemon.image = image(&variable("IMAGE_DIND").unwrap());
        pod.containers.push(daemon);
        let mut other = container("other", Process::Image { args: Some(vec!["sleep".into(), "3600".into()]) });
        other.security.run_as_user = Some(1000);
        other.security.read_only_root = true;
        pod.containers.push(other);
        for container in &mut pod.containers {
            let certificate = [("ca.crt".to_owned(), "PEM of registry.corp\n".to_owned())];
            container.files.insert("/etc/docker/certs.d/registry.corp:5000".into(), certificate.into());
        }

        with_pod(&driver, &pod, async {
            driver.create(&pod, &values(&[])).await.unwrap();
            let mut events = driver.watch(&pod);
            for _ in &pod.containers {
                wait_for(&mut events, "a container to run", |event| matches!(event, PodEvent::Running { .. })).await;
            }
            for name in [MAIN, "daemon", "other"] {
                let script = "cat /etc/docker/certs.d/registry.corp:5000/ca.crt; touch /etc/docker/certs.d/registry.corp:5000/x 2>&1; echo $?";
                let (_, output) = run(&driver, &pod, name, &["sh", "-c", script]).await.unwrap();
                assert!(output.starts_with("PEM of registry.corp\n"), "{name}: {output}");
                assert!(output.contains("Read-only file system"), "{name}: {output}");
            }
            let (_, own) = run(&driver, &pod, "daemon", &["head", "-n1", "/etc/docker/certs.d/gcr.io/ca.crt"]).await.unwrap();
            assert_eq!(own, "-----BEGIN CERTIFICATE-----\n", "what the image has for another host is still there");
        })
        .await;
        assert_eq!(objects.of(&pod).await, Vec::<&str>::new());
    });
}
