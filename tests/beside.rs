//! The containers beside the main one, on a real cluster and a real engine: they are blamed for what they did and for nothing else, their last
//! words are not lost with the pod, and those that the cluster itself adds count, too.

#![allow(clippy::expect_used, reason = "a test that cannot go on should say why and stop")]

mod support;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use support::world::required;
use support::{Live, Project, World, on};

const BOTH: &[World] = &[World::Kube, World::Engine];

/// Listens until a step asks it to end, and says why it does.
const SERVER: &str = "    additional_containers:\n      - name: server\n        image: busybox:latest\n        port: 8080\n        command: >-\n          \
                      sh -c \"while :; do nc -l -p 8080 >/dev/null; done & until [ -e /tmp/stop ]; do sleep 0.1; done; echo out of inodes; exit 9\"\n";

fn task(namespace: &str, more: &str, rest: &str) -> Project {
    let text = format!(
        "t_task:\n  kubernetes_container:\n    image: busybox:latest\n    cluster_name: test\n    namespace: {namespace}\n    \
         cpu: 0.1\n    memory: 64Mb\n{more}{rest}\n"
    );
    Project::new(&[(".cirrus.yml", &text)])
}

/// What a container was shown to write before a step ended.
fn shown_before(live: &Live, container: &str, step: &str) -> String {
    let until = live.seen.iter().take_while(|event| event["event"] != "step_finished" || event["step"] != step);
    let written = until.filter(|event| event["event"] == "output" && event["step"] == container);
    written.filter_map(|event| event["data"].as_str()).collect()
}

/// Proves that a sidecar that ended while a step ran is named first, with its last line, and the step's own exit code is not lost.
#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn a_sidecar_that_ends_while_a_step_runs_is_blamed_and_its_last_lines_are_shown() {
    on(BOTH, |world| {
        let steps = "  a_script: \"true\"\n  b_script: sleep 3; touch /tmp/stop; sleep 3; exit 5";
        let mut live = Live::of(task("cirrus-ci", SERVER, steps), world);
        assert_eq!(live.end(), 1, "{:#?}", live.seen);
        let failure = live.failure();
        assert!(failure.starts_with("server exited with code 9 while step b ran; the step failed: "), "{failure}");
        assert!(failure.ends_with('5'), "{failure}");
        assert!(shown_before(&live, "server", "b").contains("out of inodes\n"), "{:#?}", live.seen);
        assert_eq!(world.standing(&live.run()), [""; 0]);
    });
}

/// Proves that a step that fails by itself says so first, though a sidecar died in an earlier one.
#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn a_sidecar_that_ended_in_an_earlier_step_is_told_second() {
    on(BOTH, |world| {
        let steps = "  a_script: touch /tmp/stop; sleep 4\n  b_script: \"true\"\n  c_script: exit 7";
        let mut live = Live::of(task("cirrus-ci", SERVER, steps), world);
        assert_eq!(live.end(), 1, "{:#?}", live.seen);
        let failure = live.failure();
        let (own, second) = failure.split_once("; ").unwrap_or_else(|| panic!("{failure}"));
        assert!(own.ends_with('7') && !own.contains("server"), "{failure}");
        assert_eq!(second, "before that step, server exited with code 9");
        assert!(shown_before(&live, "server", "c").contains("out of inodes\n"), "{:#?}", live.seen);
        assert_eq!(world.standing(&live.run()), [""; 0]);
    });
}

/// Proves that all that a sidecar writes can be seen as it comes, under its name, with secrets masked.
#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn the_logs_of_sidecars_come_live_when_asked_for() {
    on(BOTH, |world| {
        let sidecar = "    additional_containers:\n      - name: talker\n        image: busybox:latest\n        env:\n          KEY: \
                       ENCRYPTED[x]\n        command: sh -c \"echo the key is $KEY; exec sleep 600\"\n";
        let project = task("cirrus-ci", sidecar, "  s_script: sleep 2");
        project.write("key", "hunter2hunter2");
        let run = |more: &[&str]| {
            let arguments = [&["--secret=KEY=file:key"][..], more].concat();
            let mut live = Live::start(project.run_command(world, None, &arguments));
            assert_eq!(live.end(), 0, "{:#?}", live.seen);
            assert!(!format!("{:?}", live.seen).contains("hunter2"), "{:#?}", live.seen);
            shown_before(&live, "talker", "s")
        };
        assert_eq!(run(&[]), "");
        assert_eq!(run(&["--sidecar-logs"]), "the key is HIDDEN-BY-WINDLASS\n");
    });
}

fn kubectl(arguments: &[&str], input: &str) -> String {
    let mut command = Command::new(required("KUBECTL"));
    command.args(arguments).env("KUBECONFIG", required("KUBECONFIG"));
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().expect("kubectl runs");
    std::io::Write::write_all(&mut child.stdin.take().expect("piped"), input.as_bytes()).expect("kubectl reads");
    let output = child.wait_with_output().expect("kubectl ends");
    assert!(output.status.success(), "kubectl {arguments:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A namespace to whose pods the cluster adds containers, as a mesh does.
struct Mesh {
    name: String,
    objects: String,
}

impl Mesh {
    /// Adds `mesh-init`, an init container with these fields in the words of a `MutatingAdmissionPolicy`.
    fn new(fields: &str) -> Self {
        let name = format!("windlass-mesh-{}-{}", std::process::id(), fields.len());
        let fields = format!("name: 'mesh-init', imagePullPolicy: 'Never', {fields}");
        let objects = format!(
            "apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}}}\n---\n\
             apiVersion: admissionregistration.k8s.io/v1\nkind: MutatingAdmissionPolicy\nmetadata: {{name: {name}}}\nspec:\n  \
             failurePolicy: Fail\n  reinvocationPolicy: Never\n  matchConstraints:\n    \
             namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: {name}}}}}\n    \
             resourceRules: [{{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods]}}]\n  \
             mutations:\n    - patchType: JSONPatch\n      jsonPatch:\n        expression: >-\n          \
             [JSONPatch{{op: 'add', path: '/spec/initContainers', value: []}}, JSONPatch{{op: 'add', path: '/spec/initContainers/-', \
             value: Object.spec.initContainers{{{fields}}}}}]\n---\n\
             apiVersion: admissionregistration.k8s.io/v1\nkind: MutatingAdmissionPolicyBinding\nmetadata: {{name: {name}}}\n\
             spec: {{policyName: {name}}}\n"
        );
        let mesh = Self { name, objects };
        kubectl(&["apply", "--filename=-"], &mesh.objects);
        let pod = format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p, namespace: {}}}\nspec: {{containers: [{{name: c, image: busybox}}]}}\n",
            mesh.name
        );
        let deadline = Instant::now() + Duration::from_secs(60);
        while !kubectl(&["create", "--dry-run=server", "--output=json", "--filename=-"], &pod).contains("mesh-init") {
            assert!(Instant::now() < deadline, "the policy takes no effect");
            std::thread::sleep(Duration::from_millis(200));
        }
        mesh
    }
}

impl Drop for Mesh {
    fn drop(&mut self) {
        kubectl(&["delete", "--ignore-not-found", "--wait=false", "--filename=-"], &self.objects);
    }
}

/// Runs a task in a mesh, which fails soon, and gives the failure's message and what the container wrote.
fn fails_soon_in(fields: &str) -> (String, String) {
    let mesh = Mesh::new(fields);
    let began = Instant::now();
    let mut live = Live::of(task(&mesh.name, "", "  s_script: \"true\""), World::Kube);
    assert_eq!(live.end(), 3, "{:#?}", live.seen);
    assert!(began.elapsed() < Duration::from_secs(90), "{:?}", began.elapsed());
    let written = |event: &Value| (event["step"] == "mesh-init").then(|| event["data"].as_str().unwrap_or_default().to_owned());
    let log = live.seen.iter().filter_map(written).collect();
    assert_eq!(World::Kube.standing(&live.run()), [""; 0]);
    (live.failure(), log)
}

const BUSYBOX: &str = "image: 'docker.io/library/busybox:latest'";

/// Proves that an init container that a mesh added and that fails ends the task within seconds, with its name, code and last line: before, the
/// task waited for a quarter of an hour and never said why.
#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn an_init_container_of_the_cluster_that_fails_is_told_within_seconds() {
    let (message, log) = fails_soon_in(&format!("{BUSYBOX}, command: ['sh', '-c', 'echo no iptables here; exit 3']"));
    assert!(message.starts_with("init container mesh-init exited with code 3"), "{message}");
    assert_eq!(log, "no iptables here\n");
}

/// Proves the same of one whose image is not there.
#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn an_init_container_of_the_cluster_without_its_image_is_told_within_seconds() {
    let (message, _) = fails_soon_in("image: 'docker.io/nobody/has-this:1'");
    assert!(
        message.starts_with("container mesh-init cannot start: image docker.io/nobody/has-this:1 is not on the node"),
        "{message}"
    );
}

/// Proves that a container that the cluster starts again and again, while all others wait for it to be ready, is given up after some starts.
#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn a_sidecar_of_the_cluster_that_never_stays_up_ends_the_task() {
    let probe = "startupProbe: Object.spec.initContainers.startupProbe{exec: Object.spec.initContainers.startupProbe.exec{command: ['false']}, \
                 periodSeconds: 1, failureThreshold: 600}";
    let command = "command: ['sh', '-c', 'echo no control plane; exit 4']";
    let (message, log) = fails_soon_in(&format!("{BUSYBOX}, restartPolicy: 'Always', {probe}, {command}"));
    assert!(message.starts_with("container mesh-init cannot start: it was started 4 times"), "{message}");
    assert!(message.contains("exited with code 4"), "{message}");
    assert!(log.contains("no control plane\n"), "{log}");
}
