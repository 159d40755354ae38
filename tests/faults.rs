//! What goes wrong on a real cluster and a real engine: each has its sentence and its exit code, none is green, none hangs,
//! none leaves anything behind.

#![allow(clippy::expect_used, reason = "a test that cannot go on should say why and stop")]

mod support;

use std::process::Command;
use std::time::{Duration, Instant};

use support::world::variable;
use support::{Live, Project, World, on};

const BOTH: &[World] = &[World::Kube, World::Engine];

/// A task in a small image; `more` are lines of the instance, `rest` the instructions.
fn task(namespace: &str, more: &str, rest: &str) -> Project {
    let text = format!(
        "t_task:\n  kubernetes_container:\n    image: busybox:latest\n    cluster_name: test\n    namespace: {namespace}\n    \
         cpu: 0.1\n    memory: 64Mb\n{more}\n{rest}\n"
    );
    Project::new(&[(".cirrus.yml", &text)])
}

/// A step that says that it runs, and then does so for ten minutes.
const SLOW: &str = "  slow_script:\n    - echo under-way\n    - sleep 600";

#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn an_interrupt_ends_the_step_and_deletes_everything() {
    on(BOTH, |world| {
        let mut live = Live::of(task("cirrus-ci", "", SLOW), world);
        live.until_output("under-way");
        live.signal("INT");
        assert_eq!(live.end(), 130, "{:#?}", live.seen);
        assert!(
            !format!("{:?}", live.seen).contains("cleaning up after"),
            "what was stopped has nothing to tidy up: {:#?}",
            live.seen
        );
        assert_eq!(world.standing(&live.run()), [""; 0]);
    });
}

/// What tidies up runs to its end after the first signal, whoever sends it. After SIGTERM the time for it is short, for who sends it sends SIGKILL
/// half a minute later: the pod is gone by then.
#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn steps_that_tidy_up_run_after_an_interrupt_and_not_for_long_after_a_termination() {
    on(BOTH, |world| {
        let tidy = format!("{SLOW}\n  always:\n    tidy_script: echo tidied");
        let mut live = Live::of(task("cirrus-ci", "", &tidy), world);
        live.until_output("under-way");
        live.signal("INT");
        live.until_output("tidied");
        assert_eq!(live.end(), 130, "{:#?}", live.seen);
        assert_eq!(world.standing(&live.run()), [""; 0]);

        let slow = format!("{SLOW}\n  always:\n    tidy_script:\n      - echo tidying\n      - sleep 600");
        let mut live = Live::of(task("cirrus-ci", "", &slow), world);
        live.until_output("under-way");
        let since = Instant::now();
        live.signal("TERM");
        live.until_output("tidying");
        assert_eq!(live.end(), 130, "{:#?}", live.seen);
        assert!(since.elapsed() < Duration::from_secs(30), "{:?}", since.elapsed());
        assert_eq!(world.standing(&live.run()), [""; 0]);
    });
}

#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn a_failing_step_gives_its_exit_code_and_everything_is_deleted() {
    on(BOTH, |world| {
        let mut live = Live::of(task("cirrus-ci", "", "  bad_script: exit 23"), world);
        assert_eq!(live.end(), 1);
        assert!(live.failure().contains("23"), "{}", live.failure());
        assert_eq!(world.standing(&live.run()), [""; 0]);
    });
}

#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn a_pod_that_somebody_deletes_is_told_and_not_green() {
    on(&[World::Kube], |world| {
        let mut live = Live::of(task("cirrus-ci", "", SLOW), world);
        live.until_output("under-way");
        let kubectl = variable("KUBECTL").expect("tests/run.sh sets it");
        let mut delete = Command::new(kubectl);
        delete.args(["delete", "pod", "--namespace=cirrus-ci", "--now", "--wait=false", &live.pod()]).envs(world.environment());
        assert!(delete.status().expect("kubectl runs").success());
        assert_eq!(live.end(), 3, "{:#?}", live.seen);
        assert!(live.failure().contains("deleted"), "{}", live.failure());
        assert_eq!(world.standing(&live.run()), [""; 0]);
    });
}

#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn an_image_that_is_not_there_fails_at_once() {
    on(BOTH, |world| {
        let project = Project::new(&[(".cirrus.yml", "t_task:\n  container:\n    image: nobody/nothing:1\n  s_script: true\n")]);
        let mut live = Live::start(project.run_command(world, None, &["--pull-policy=never"]));
        assert_eq!(live.end(), 1, "{:#?}", live.seen);
        assert!(live.failure().contains("nothing:1"), "{}", live.failure());
        assert_eq!(world.standing(&live.run()), [""; 0]);
    });
}

#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn a_step_that_the_kernel_kills_for_memory_is_not_green() {
    on(BOTH, |world| {
        let rest = "  eat_script: head -c 300000000 /dev/zero | tail | wc -c";
        let mut live = Live::of(task("cirrus-ci", "", rest), world);
        assert_eq!(live.end(), 1, "{:#?}", live.seen);
        assert!(live.failure().contains("a process of main was OOM-killed at 64Mi"), "{}", live.failure());
        assert_eq!(world.standing(&live.run()), [""; 0]);
    });
}

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

#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn a_forbidden_verb_is_named_with_the_rule_that_allows_it() {
    on(&[World::Kube], |world| {
        let project = task("cirrus-ci", "", "  s_script: true");
        let mut command = project.command(&["run", "--trust-project", "--output=json", "--on=kube"]);
        let nobody = variable("KUBECONFIG_NOBODY").expect("tests/run.sh sets it");
        let listed = Command::new("sed").args(["-n", "s/^current-context: //p", &nobody]).output().expect("sed runs");
        command.arg(format!("--context={}", String::from_utf8_lossy(&listed.stdout).trim()));
        command.env("KUBECONFIG", nobody).env("DOCKER_HOST", "unix:///nonexistent");
        let mut live = Live::start(command);
        assert_eq!(live.end(), 3, "{:#?}", live.seen);
        assert!(live.failure().contains("you may not create"), "{}", live.failure());
        let text = format!("{:?}", live.seen);
        assert!(text.contains("verbs"), "the RBAC rule: {text}");
        let _ = world;
    });
}

#[test]
fn a_cluster_that_does_not_answer_is_told_with_its_address() {
    let kubeconfig = "apiVersion: v1\nkind: Config\nclusters:\n- name: c\n  cluster: {server: 'https://127.0.0.1:1'}\n\
                      users:\n- name: u\n  user: {token: t}\ncontexts:\n- name: gone\n  context: {cluster: c, user: u}\n";
    let project = task("cirrus-ci", "", "  s_script: true");
    project.write("kubeconfig", kubeconfig);
    let mut command = project.command(&["run", "--trust-project", "--on=kube", "--context=gone"]);
    let output = command.env("KUBECONFIG", "kubeconfig").output().expect("windlass runs");
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(3), "{text}");
    assert!(text.contains("cannot be reached"), "{text}");
}
