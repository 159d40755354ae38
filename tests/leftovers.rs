//! A host that is killed cannot clean up: `windlass gc` does. On its own, because it looks at what other runs stand on.

#![allow(clippy::expect_used, reason = "a test that cannot go on should say why and stop")]

mod support;

use support::{Live, Project, World, on};

const TASK: &str = "t_task:\n  kubernetes_container:\n    image: busybox:latest\n    cluster_name: test\n    namespace: default\n    \
                    cpu: 0.1\n    memory: 64Mb\n  slow_script:\n    - echo under-way\n    - sleep 600\n";

#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn what_a_killed_host_leaves_is_labelled_listed_and_removed() {
    on(&[World::Kube, World::Engine], |world| {
        let project = Project::new(&[(".cirrus.yml", TASK)]);
        let mut live = Live::start(project.run_command(world, None, &[]));
        live.until_output("under-way");
        live.signal("KILL");
        assert_eq!(live.end(), -1);
        let run = live.run();
        assert!(!world.standing(&run).is_empty(), "a killed host leaves its pod");
        let windlass = |arguments: &[&str]| {
            let mut command = project.command(arguments);
            command.args(world.flags()).envs(world.environment());
            if world == World::Kube {
                command.arg("--namespace=default");
            }
            let output = command.output().expect("windlass runs");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
        };
        assert!(windlass(&["ls"]).contains(&run), "it is listed");
        windlass(&["gc"]);
        assert!(!world.standing(&run).is_empty(), "its deadline is not over: a host might still wait for it");
        assert!(windlass(&["gc", "--all", "--dry-run"]).contains(&run), "with --all it would go");
        // By its name it goes, and what other runs stand on stays.
        let outcomes = windlass(&["gc", &run, "--output", "json"]);
        let mut documents = serde_json::Deserializer::from_str(&outcomes).into_iter::<serde_json::Value>();
        let outcomes = documents.next().expect("a document").expect("JSON");
        let gone = outcomes.as_array().expect("a list").iter().filter(|pod| pod["outcome"] == "deleted");
        assert_eq!(gone.map(|pod| pod["run"].clone()).collect::<Vec<_>>(), [run.as_str()], "{outcomes}");
        assert_eq!(world.standing(&run), [""; 0]);
    });
}
