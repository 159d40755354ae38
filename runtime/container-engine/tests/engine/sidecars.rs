//! Containers beside the main one.

use windlass_engine::ports::driver::{Driver, LogPart};
use windlass_model::pod::{HostAlias, Mount, Volume};
use windlass_model::secret::EnvVar;

use crate::support::{BUSYBOX, pod, scene, sidecar};

#[test]
#[ignore = "needs the container engine that tests/run.sh starts"]
fn a_sidecar_is_on_the_same_localhost() {
    scene(async |scene| {
        let mut pod = pod("localhost", BUSYBOX);
        pod.containers.push(sidecar("echo", "while true; do echo hello | nc -l -p 7070; done"));
        scene
            .run(&pod, async || {
                let script = "for i in $(seq 100); do nc 127.0.0.1 7070 < /dev/null && exit 0; usleep 50000; done; exit 1";
                assert_eq!(scene.sh(&pod, "main", script).await?, "hello\n");
                Ok(())
            })
            .await
    });
}

#[test]
#[ignore = "needs the container engine that tests/run.sh starts"]
fn host_aliases_hold_in_every_container() {
    scene(async |scene| {
        let mut pod = pod("aliases", BUSYBOX);
        let alias = |ip: &str, names: &[&str]| HostAlias { ip: ip.into(), hostnames: crate::support::words(names) };
        pod.host_aliases = vec![alias("10.9.8.7", &["registry.example", "mirror.example"]), alias("fd00::7", &["six.example"])];
        pod.containers.push(sidecar("side", "sleep 1000"));
        scene
            .run(&pod, async || {
                for container in ["main", "side"] {
                    let hosts = scene.sh(&pod, container, "cat /etc/hosts").await?;
                    let of = |name: &str| {
                        let line = hosts.lines().find(|l| l.split_whitespace().skip(1).any(|word| word == name));
                        line.and_then(|l| l.split_whitespace().next()).map(str::to_owned)
                    };
                    assert_eq!(of("registry.example").as_deref(), Some("10.9.8.7"), "{container}: {hosts}");
                    assert_eq!(of("mirror.example").as_deref(), Some("10.9.8.7"), "{container}: {hosts}");
                    assert_eq!(of("six.example").as_deref(), Some("fd00::7"), "{container}: {hosts}");
                }
                Ok(())
            })
            .await
    });
}

#[test]
#[ignore = "needs the container engine that tests/run.sh starts"]
fn a_sidecar_has_its_own_environment_arguments_and_log_and_the_pods_volumes() {
    scene(async |scene| {
        let mut pod = pod("sidecar", BUSYBOX);
        pod.volumes = vec![Volume { name: "work".into(), in_memory: false }];
        let mount = Mount { volume: "work".into(), path: "/volume".into(), read_only: false };
        let mut side = sidecar("side", "echo \"said $WHAT\"; echo shared > /volume/file; sleep 1000");
        side.env = vec![EnvVar::text("WHAT", "$(this) and 'that'")];
        side.mounts = vec![mount.clone()];
        pod.containers.push(side);
        if let Some(main) = pod.containers.first_mut() {
            main.mounts = vec![mount];
        }
        scene
            .run(&pod, async || {
                let read = scene.sh(&pod, "main", "until [ -s /volume/file ]; do usleep 10000; done; cat /volume/file").await?;
                assert_eq!(read, "shared\n");
                let log = String::from_utf8(scene.driver.log_tail(&pod, "side", LogPart::last(10)).await?)?;
                assert_eq!(log, "said $(this) and 'that'\n");
                Ok(())
            })
            .await
    });
}
