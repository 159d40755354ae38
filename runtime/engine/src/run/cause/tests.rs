use std::collections::BTreeMap;

use windlass_model::image::ImageReference;
use windlass_model::pod::{ContainerPlan, Process, PullPolicy, Security};
use windlass_model::pod_fields::PodFields;
use windlass_model::quantity::{MebiBytes, MilliCpu, Resources};
use windlass_model::task::Architecture;

use super::*;

pub(in crate::run) fn container(name: &str, brought_by: Option<&str>) -> ContainerPlan {
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

pub(in crate::run) fn pod(containers: Vec<ContainerPlan>) -> PodPlan {
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
        fields: PodFields::default(),
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
    let twice = "kaniko ran out of memory and was killed (137)";
    assert_eq!(with_memory(&pod, own(twice), &short).message, twice);
    assert_eq!(with_memory(&pod, own("exit code 1"), &[]), own("exit code 1"));
}

/// Proves that a container that a cluster put into the pod is told with its exit code, and is nobody's fault in the task.
#[test]
fn a_container_that_the_cluster_added_is_the_clusters_fault() {
    let pod = pod(vec![container(MAIN, None)]);
    let event = PodEvent::InitFailed { container: "mesh-init".into(), end: ContainerEnd::Exited(3) };
    let told = of_pod_event(&pod, &event).unwrap_or_else(|| panic!("it ends the pod"));
    assert_eq!((told.kind, told.exit_code), (FailureKind::Cluster, None));
    assert_eq!(told.message, "init container mesh-init exited with code 3, so the pod never starts");
    let cannot = |container: &str| PodEvent::CannotStart { container: Some(container.into()), message: "m".into(), help: None };
    assert_eq!(of_pod_event(&pod, &cannot("mesh-proxy")).map(|told| told.kind), Some(FailureKind::Cluster));
    assert_eq!(of_pod_event(&pod, &cannot(MAIN)).map(|told| told.kind), Some(FailureKind::Task));
}
