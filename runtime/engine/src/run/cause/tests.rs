use std::collections::BTreeMap;

use windlass_model::image::ImageReference;
use windlass_model::pod::{ContainerPlan, Process, PullPolicy, Security};
use windlass_model::quantity::{MebiBytes, MilliCpu, Resources};
use windlass_model::task::Architecture;

use super::*;

fn container(name: &str, brought_by: Option<&str>) -> ContainerPlan {
    ContainerPlan {
        name: name.into(),
        image: ImageReference::parse("busybox").unwrap_or_else(|e| panic!("{e}")),
        process: Process::Supervised,
        env: Vec::new(),
        resources: Resources { cpu: MilliCpu(50), memory: MebiBytes(64), greedy: true },
        security: Security::default(),
        ports: Vec::new(),
        mounts: Vec::new(),
        files: BTreeMap::new(),
        readiness: Vec::new(),
        brought_by: brought_by.map(str::to_owned),
    }
}

fn pod(containers: Vec<ContainerPlan>) -> PodPlan {
    PodPlan {
        name: "pod".into(),
        run: "run".into(),
        task: "task".into(),
        containers,
        volumes: Vec::new(),
        registries: Vec::new(),
        host_aliases: Vec::new(),
        pull_policy: PullPolicy::Never,
        registry_secret: None,
        secrets: Vec::new(),
        architecture: Architecture::Amd64,
        node_selector_terms: Vec::new(),
        deadline_seconds: 60,
    }
}

#[test]
fn a_process_killed_for_memory_is_told_behind_what_the_step_says() {
    let pod = pod(vec![container(MAIN, None)]);
    let own = |message: &str| failure(FailureKind::Task, message.into(), None);
    let short = [MAIN.to_owned()];
    let told = with_memory(&pod, own("exit code 137"), &short);
    assert_eq!(told.message, "exit code 137: a process of main was OOM-killed at 64Mi");
    assert_eq!(told.help.as_deref(), Some("give the task more `memory`"));
    let twice = "kaniko was killed for want of memory (137)";
    assert_eq!(with_memory(&pod, own(twice), &short).message, twice);
    assert_eq!(with_memory(&pod, own("exit code 1"), &[]), own("exit code 1"));
}

#[test]
fn more_memory_is_given_where_the_container_comes_from() {
    let pod = pod(vec![container(MAIN, None), container("database", None), container("kaniko", Some("image"))]);
    for (name, expected) in [
        (MAIN, "give the task more `memory`"),
        ("database", "give database more `memory` in additional_containers"),
        ("kaniko", "give it more `memory` in the `with` of step image, which brought kaniko"),
    ] {
        let own = failure(FailureKind::Task, "exit code 137".into(), None);
        let ended = [(name.to_owned(), ContainerEnd::OutOfMemory { limit: Some("64Mi".into()) })];
        let told = behind_step(&pod, "image", own, &ended);
        assert_eq!(told.help.as_deref(), Some(expected));
        assert_eq!(told.message, format!("{name} was OOM-killed at 64Mi while step image ran"));
    }
    assert_eq!(end_help(&pod, "kaniko", &ContainerEnd::Exited(1)), None);
}
