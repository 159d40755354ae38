//! What goes wrong on a real cluster and a real engine: each has its sentence and its exit code, none is green, none hangs,
//! none leaves anything behind.

#![allow(clippy::expect_used, reason = "a test that cannot go on should say why and stop")]

mod connection;
mod sidecars;
#[path = "../support/mod.rs"]
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
        assert!(format!("{:?}", live.seen).contains("`always` steps, and those"), "{:#?}", live.seen);
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
        assert!(live.failure().contains("exited with code 23"), "{}", live.failure());
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
            let said = format!("{:?}", live.seen);
            assert!(said.contains("no task is at its steps") && !said.contains("still run"), "{said}");
            assert_eq!(world.standing(&live.run()), [""; 0]);
        }
        first.signal("INT");
        assert_eq!(first.end(), 130, "{:#?}", first.seen);
    });
}
