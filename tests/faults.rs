//! What goes wrong on a real cluster and a real engine: each has its sentence and its exit code, none is green, none hangs,
//! none leaves anything behind.

#![allow(clippy::expect_used, reason = "a test that cannot go on should say why and stop")]

mod support;

use std::process::Command;
use std::time::{Duration, Instant};

use support::world::{variable, with_quota};
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
        assert!(live.failure().contains("you are not allowed to create"), "{}", live.failure());
        let text = format!("{:?}", live.seen);
        assert!(text.contains("verbs"), "the RBAC rule: {text}");
        let _ = world;
    });
}

#[test]
fn a_cluster_that_does_not_answer_is_told_with_its_address() {
    let kubeconfig = "apiVersion: v1\nkind: Config\nclusters:\n- name: c\n  cluster: {server: 'https://127.0.0.1:1'}\n\
                      users:\n- name: u\n  user: {token: t}\ncontexts:\n- name: gone\n  context: {cluster: c, user: u}\n";
    let text = refused_with(kubeconfig);
    assert!(text.contains("https://127.0.0.1:1 cannot be reached: nothing listens there (connection refused)"), "{text}");
    assert!(text.contains("trying again for up to 1 s"), "it is waited for, and said so: {text}");
}

/// Runs a task on the context `gone` of a kubeconfig, which fails as clusters do; what was shown.
fn refused_with(kubeconfig: &str) -> String {
    let project = task("cirrus-ci", "", "  s_script: true");
    project.write("kubeconfig", kubeconfig);
    project.write("windlass.yaml", "api_patience: 1s\n");
    let mut command = project.command(&["run", "--trust-project", "--on=kube", "--context=gone"]);
    let output = command.env("KUBECONFIG", "kubeconfig").output().expect("windlass runs");
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(3), "{text}");
    text
}

/// It was shown as a debug dump of its output, byte by byte.
#[test]
fn a_program_for_credentials_that_fails_is_named_with_what_it_said() {
    let kubeconfig = "apiVersion: v1\nkind: Config\nclusters:\n- name: c\n  cluster: {server: 'https://127.0.0.1:1'}\n\
                      users:\n- name: u\n  user:\n    exec:\n      apiVersion: client.authentication.k8s.io/v1\n      command: sh\n      \
                      args: [-c, 'echo your session has expired >&2; exit 7']\n      interactiveMode: Never\n\
                      contexts:\n- name: gone\n  context: {cluster: c, user: u}\n";
    let text = refused_with(kubeconfig);
    assert!(text.contains("exited with code 7 and says: your session has expired"), "{text}");
    assert!(text.contains("run that command by hand") && !text.contains("stderr"), "{text}");
    let missing = kubeconfig.replace("command: sh", "command: no-such-login-program");
    let text = refused_with(&missing);
    assert!(text.contains("the program that gives its credentials cannot be started"), "{text}");
}

/// Something listens, and it is no API server: neither a wait nor a riddle.
#[test]
fn a_server_that_is_not_kubernetes_is_named_with_its_address() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // Whatever is asked, in whatever language: the request is read as far as it came, and answered.
            let _ = std::io::Read::read(&mut &stream, &mut [0; 65536]);
            let answer =
                "HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: 9\r\nConnection: close\r\n\r\nnot here\n";
            let _ = std::io::Write::write_all(&mut &stream, answer.as_bytes());
        }
    });
    let kubeconfig = |scheme: &str| {
        format!(
            "apiVersion: v1\nkind: Config\nclusters:\n- name: c\n  cluster: {{server: '{scheme}://{address}'}}\n\
             users:\n- name: u\n  user: {{token: t}}\ncontexts:\n- name: gone\n  context: {{cluster: c, user: u}}\n"
        )
    };
    let text = refused_with(&kubeconfig("https"));
    assert!(text.contains(&format!("https://{address} cannot be used: what answers there does not speak TLS")), "{text}");
    let text = refused_with(&kubeconfig("http"));
    assert!(
        text.contains(&format!("http://{address} cannot be used: what answers there is not a Kubernetes API server")),
        "{text}"
    );
}

#[test]
fn a_kubeconfig_that_is_not_there_is_named() {
    let project = task("cirrus-ci", "", "  s_script: true");
    let nowhere = project.path().join("nope");
    let mut command = project.command(&["run", "--trust-project", "--context=gone"]);
    let output = command.env("KUBECONFIG", &nowhere).output().expect("windlass runs");
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains(&format!("kubeconfig {} (KUBECONFIG, which is not there)", nowhere.display())), "{text}");
}

/// Six tasks where three pods fit: the others wait for those of their own run, and say so.
#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn tasks_wait_for_room_in_a_quota_that_their_own_run_uses_up() {
    let world = World::Kube;
    with_quota("three", "pods=3", |namespace| {
        let text = format!(
            "shard_task:\n  name: shard $N\n  kubernetes_container:\n    image: busybox:latest\n    cluster_name: test\n    \
             namespace: {namespace}\n    cpu: 0.1\n    memory: 32Mb\n  env:\n    matrix:\n{}  a_script: sleep 4; echo shard $N\n",
            (1..=6).map(|n| format!("      - N: {n}\n")).collect::<String>()
        );
        let project = Project::new(&[(".cirrus.yml", &text)]);
        let outcome = project.run(world, None, &["--jobs=6"]).exits(0);
        let events = outcome.events();
        let passed = events.iter().filter(|e| e["event"] == "task_finished" && e["outcome"]["result"] == "passed").count();
        assert_eq!(passed, 6, "{}", outcome.stdout);
        assert!(
            outcome.stdout.contains("quota three has no room: pods 3 of 3 used, 1 asked for; waiting for room"),
            "{}",
            outcome.stdout
        );
        assert_eq!(world.standing(&outcome.run()), [""; 0]);
    });
}

/// A signal while a pod waits for room ends the run there and then: nothing of it stands that would have to be waited for.
#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn a_signal_ends_the_wait_for_room() {
    let world = World::Kube;
    with_quota("one", "pods=1", |namespace| {
        let mut first = Live::of(task(namespace, "", SLOW), world);
        first.until_output("under-way");
        for signal in ["INT", "TERM"] {
            let mut live = Live::of(task(namespace, "", SLOW), world);
            while !live.next().expect("it waits").to_string().contains("waiting for room") {}
            let since = Instant::now();
            live.signal(signal);
            assert_eq!(live.end(), 130, "{:#?}", live.seen);
            assert!(since.elapsed() < Duration::from_secs(5), "{signal}: {:?}", since.elapsed());
            assert_eq!(world.standing(&live.run()), [""; 0]);
        }
        first.signal("INT");
        assert_eq!(first.end(), 130, "{:#?}", first.seen);
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
