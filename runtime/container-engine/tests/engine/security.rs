//! What a container may do.

use std::sync::Arc;

use windlass_engine::ports::driver::PodEvent;
use windlass_model::pod::Security;

use crate::support::{BUSYBOX, NONROOT, client, next, none, pod, scene};

#[test]
#[ignore = "needs the container engine that tests/run.sh starts"]
fn an_image_for_another_user_can_write_where_the_agent_does() {
    scene(async |scene| {
        let pod = pod("nonroot", NONROOT);
        scene
            .run(&pod, async || {
                assert_eq!(scene.sh(&pod, "main", "id -u").await?, "1000\n");
                assert_eq!(scene.sh(&pod, "main", "touch /windlass/run/x /windlass/spool/x && echo yes").await?, "yes\n");
                client(Arc::clone(&scene.driver), &pod).await?.stats().await?;
                Ok(())
            })
            .await
    });
}

#[test]
#[ignore = "needs the container engine that tests/run.sh starts"]
fn a_user_given_by_the_plan_wins() {
    scene(async |scene| {
        let mut pod = pod("user", BUSYBOX);
        for c in &mut pod.containers {
            c.security = Security { run_as_user: Some(4711), ..Security::default() };
        }
        scene
            .run(&pod, async || {
                assert_eq!(
                    scene.sh(&pod, "main", "id -u; touch /windlass/run/x /windlass/spool/x && echo yes").await?,
                    "4711\nyes\n"
                );
                Ok(())
            })
            .await
    });
}

#[test]
#[ignore = "needs the container engine that tests/run.sh starts"]
fn a_read_only_root_takes_the_agent_all_the_same() {
    scene(async |scene| {
        let mut pod = pod("read-only", BUSYBOX);
        for c in &mut pod.containers {
            c.security = Security { read_only_root: true, ..Security::default() };
        }
        scene
            .run(&pod, async || {
                assert_eq!(scene.sh(&pod, "main", "touch /etc/x 2>/dev/null || echo refused").await?, "refused\n");
                assert_eq!(scene.sh(&pod, "main", "touch /windlass/spool/x && echo yes").await?, "yes\n");
                Ok(())
            })
            .await
    });
}

#[test]
#[ignore = "needs the container engine that tests/run.sh starts"]
fn capabilities_seccomp_and_new_privileges_are_as_planned() {
    scene(async |scene| {
        let mut pod = pod("powers", BUSYBOX);
        for c in &mut pod.containers {
            c.security = Security {
                drop_capabilities: vec!["ALL".into()],
                add_capabilities: vec!["CHOWN".into()],
                seccomp_unconfined: true,
                allow_privilege_escalation: Some(false),
                ..Security::default()
            };
        }
        scene
            .run(&pod, async || {
                let status =
                    scene.sh(&pod, "main", "grep -E 'CapEff|NoNewPrivs|Seccomp:' /proc/self/status | tr -d '\\t'").await?;
                assert_eq!(status, "CapEff:0000000000000001\nNoNewPrivs:1\nSeccomp:0\n");
                Ok(())
            })
            .await
    });
}

#[test]
#[ignore = "needs the container engine that tests/run.sh starts"]
fn a_privileged_container_can_mount() {
    scene(async |scene| {
        let mut pod = pod("privileged", BUSYBOX);
        for c in &mut pod.containers {
            c.security = Security { privileged: true, ..Security::default() };
        }
        scene
            .with_created(&pod, &none(), async |events| {
                next(events, |e| matches!(e, PodEvent::Running { .. })).await?;
                assert_eq!(scene.sh(&pod, "main", "mount -t tmpfs none /tmp && echo mounted").await?, "mounted\n");
                Ok(())
            })
            .await
    });
}
