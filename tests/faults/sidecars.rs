//! Sidecars that end, never listen, may not start, or are reached at another port.

use super::support::{Live, World, on};
use super::{BOTH, task};

#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn a_sidecar_that_ends_before_it_listens_fails_the_task_with_its_own_log() {
    on(BOTH, |world| {
        let sidecar = "    additional_containers:\n      - name: server\n        image: busybox:latest\n        port: 8080\n        \
                       command: sh -c \"echo no configuration; exit 3\"";
        let mut live = Live::of(task("cirrus-ci", sidecar, "  s_script: true"), world);
        assert_eq!(live.end(), 1, "{:#?}", live.seen);
        assert!(live.failure().contains("server exited with code 3"), "{}", live.failure());
        let logged =
            |e: &serde_json::Value| e["step"] == "server" && e["data"].as_str().is_some_and(|d| d.contains("no configuration"));
        assert!(live.seen.iter().any(logged), "{:#?}", live.seen);
        assert_eq!(world.standing(&live.run()), [""; 0]);
    });
}

#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn a_sidecar_that_never_listens_fails_the_task_in_time_with_its_own_log() {
    on(BOTH, |world| {
        let sidecar = "    additional_containers:\n      - name: server\n        image: busybox:latest\n        port: 8080\n        \
                       command: sh -c \"echo listening elsewhere; sleep 600\"";
        let project = task("cirrus-ci", sidecar, "  s_script: true");
        project.write("windlass.yaml", "sidecar_timeout: 2s\n");
        let mut live = Live::of(project, world);
        assert_eq!(live.end(), 1, "{:#?}", live.seen);
        assert!(live.failure().contains("sidecar server was not ready within 2 s"), "{}", live.failure());
        let logged = |e: &serde_json::Value| {
            e["step"] == "server" && e["data"].as_str().is_some_and(|d| d.contains("listening elsewhere"))
        };
        assert!(live.seen.iter().any(logged), "{:#?}", live.seen);
        assert_eq!(world.standing(&live.run()), [""; 0]);
    });
}

#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn a_privileged_sidecar_that_pod_security_refuses_names_the_label() {
    on(&[World::Kube], |world| {
        let sidecar = "    additional_containers:\n      - name: daemon\n        image: docker:dind\n        privileged: true\n        port: 2375";
        let mut live = Live::of(task("windlass-baseline", sidecar, "  s_script: true"), world);
        assert_eq!(live.end(), 3, "{:#?}", live.seen);
        let text = format!("{:?}", live.seen);
        assert!(text.contains("pod-security.kubernetes.io/enforce"), "{text}");
        assert_eq!(world.standing(&live.run()), [""; 0]);
    });
}

/// `port: HOST:CONTAINER`, on either place: the sidecar is reached at both, and no port of the node is taken.
#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn a_sidecar_is_reached_at_the_port_that_leads_to_its_own() {
    on(BOTH, |world| {
        let sidecar = "    additional_containers:\n      - name: one\n        image: busybox:latest\n        cpu: 0.1\n        memory: 32Mb\n        \
                       port: 8083:8080\n        \
                       command: [sh, -c, 'mkdir -p /w; echo one > /w/index.html; exec httpd -f -p 8080 -h /w']";
        let rest = "  ask_script:\n    - wget -q -O - http://localhost:8083/\n    - wget -q -O - http://127.0.0.1:8080/";
        let mut live = Live::of(task("cirrus-ci", sidecar, rest), world);
        assert_eq!(live.end(), 0, "{:#?}", live.seen);
        let shown: String = live.seen.iter().filter(|e| e["step"] == "ask").filter_map(|e| e["data"].as_str()).collect();
        assert_eq!(shown.lines().filter(|line| *line == "one").count(), 2, "{shown}");
    });
}
