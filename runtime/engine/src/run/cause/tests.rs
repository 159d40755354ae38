use windlass_model::image::ImageReference;
use windlass_model::pod::{ContainerPlan, Process, PullPolicy};
use windlass_model::quantity::{MebiBytes, MilliCpu, Resources};

use super::*;

pub(in crate::run) fn container(name: &str, brought_by: Option<&str>) -> ContainerPlan {
    ContainerPlan {
        brought_by: brought_by.map(str::to_owned),
        ..ContainerPlan::new(
            name,
            ImageReference::parse("busybox").unwrap_or_else(|e| panic!("{e}")),
            Process::Supervised,
            Resources { cpu: MilliCpu(50), memory: MebiBytes(64), greedy: true },
        )
    }
}

pub(in crate::run) fn pod(containers: Vec<ContainerPlan>) -> PodPlan {
    PodPlan { pull_policy: PullPolicy::Never, ..PodPlan::new("pod", "run", "task", containers, 60) }
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

/// Several files may have the same name: what has to be written where is told with the path of each that decides.
#[test]
fn a_denial_names_the_files_that_decide() {
    let denied = || PluginError::Denied {
        plugin: "scan 1.0.0".into(),
        power: windlass_model::plugin::Power::Secrets,
        detail: String::new(),
        grant: "plugins: {./scan.wasm: [secrets]}".into(),
    };
    let help = |files: &[&str]| {
        let files: Vec<String> = files.iter().map(|file| (*file).to_owned()).collect();
        of_plugin(denied(), &files).help.unwrap_or_default()
    };
    let both = help(&["/home/me/windlass.yaml", "./windlass.yaml"]);
    assert!(both.starts_with("to grant it, write in /home/me/windlass.yaml and in ./windlass.yaml, replacing"), "{both}");
    assert!(help(&["./windlass.yaml"]).starts_with("to grant it, write in ./windlass.yaml, replacing"));
}
