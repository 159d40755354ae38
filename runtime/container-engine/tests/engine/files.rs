//! Files that windlass puts into containers: certificates of registries.

use windlass_engine::ports::driver::Driver as _;

use crate::support::{pod, scene, sidecar};

/// An image with a certificate of its own, for gcr.io.
const DIND: &str = "docker.io/library/docker:dind";

#[test]
#[ignore = "needs the container engine that tests/run.sh starts"]
fn certificates_are_in_every_container_beside_those_of_its_image() {
    scene(async |scene| {
        let mut pod = pod("files", DIND);
        pod.containers.push(sidecar("side", "exec sleep 1000"));
        let mut other = sidecar("other", "exec sleep 1000");
        other.security.run_as_user = Some(1000);
        other.security.read_only_root = true;
        pod.containers.push(other);
        for container in &mut pod.containers {
            let certificate = [("ca.crt".to_owned(), "PEM of registry.corp\n".to_owned())];
            container.files.insert("/etc/docker/certs.d/registry.corp:5000".into(), certificate.into());
        }
        scene
            .run(&pod, async || {
                for name in ["main", "side", "other"] {
                    let script = "cd /etc/docker/certs.d/registry.corp:5000; cat ca.crt; touch x 2>&1 || true";
                    let output = scene.sh(&pod, name, script).await?;
                    assert!(output.starts_with("PEM of registry.corp\n"), "{name}: {output}");
                    assert!(output.contains("Read-only file system"), "{name}: {output}");
                }
                let own = scene.sh(&pod, "main", "head -n1 /etc/docker/certs.d/gcr.io/ca.crt").await?;
                assert_eq!(own, "-----BEGIN CERTIFICATE-----\n", "what the image has for another host is still there");
                Ok(())
            })
            .await?;
        let left = scene.driver.list().await?;
        assert!(left.iter().all(|standing| standing.name != pod.name), "no volume is left: {left:?}");
        Ok(())
    });
}
