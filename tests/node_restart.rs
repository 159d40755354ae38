//! A node whose kubelet restarts cuts every stream into its pods. On its own, because it cuts those of other tests too.

#![allow(clippy::expect_used, reason = "a test that cannot go on should say why and stop")]

mod support;

use std::process::Command;
use std::time::{Duration, Instant};

use support::world::variable;
use support::{Live, Project, World, on};

/// Lines that come all the while, numbered, until somebody has seen enough of them.
const TASK: &str = "t_task:
  kubernetes_container: {image: busybox:latest, cluster_name: test, namespace: cirrus-ci, cpu: 0.1, memory: 64Mb}
  loud_script:
    - i=0
    - lines() { until [ -e $1 ]; do i=$((i+1)); echo line $i; usleep 1000; done; }
    - echo under-way
    - lines /tmp/restarted
    - echo past-the-restart
    - lines /tmp/enough
    - echo last $i
";

#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn a_step_survives_a_restart_of_the_kubelet_and_no_byte_of_it_is_lost() {
    on(&[World::Kube], |world| {
        let mut live = Live::of(Project::new(&[(".cirrus.yml", TASK)]), world);
        live.until_output("under-way");
        let restart = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cluster/restart-kubelet.sh")).status();
        assert!(restart.expect("it runs").success());
        let pod = live.pod();
        // A kubelet that has just started does not know its pods yet.
        let touch = |file: &str| {
            let deadline = Instant::now() + Duration::from_secs(30);
            let mut kubectl = Command::new(variable("KUBECTL").expect("tests/run.sh sets it"));
            kubectl.args(["exec", "--namespace=cirrus-ci", "--container=main", &pod, "--", "touch", file]);
            kubectl.envs(world.environment());
            while !kubectl.status().expect("kubectl runs").success() {
                assert!(Instant::now() < deadline, "touch {file}");
            }
        };
        touch("/tmp/restarted");
        live.until_output("past-the-restart");
        touch("/tmp/enough");
        assert_eq!(live.end(), 0, "{:#?}", live.seen);

        let output: String = live.seen.iter().filter(|e| e["event"] == "output").filter_map(|e| e["data"].as_str()).collect();
        let last = output.lines().find_map(|l| l.strip_prefix("last ")?.parse().ok()).expect("its last line");
        let expected: Vec<String> = (1..=last).map(|i: u32| format!("line {i}")).collect();
        let lines: Vec<&str> = output.lines().filter(|l| l.starts_with("line ")).collect();
        assert_eq!(lines, expected, "every line once, in order");
        assert_eq!(world.standing(&live.run()), [""; 0]);
    });
}
