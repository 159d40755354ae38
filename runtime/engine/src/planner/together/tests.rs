use windlass_model::pod_limits::SHARED;
use windlass_model::quantity::MebiBytes;
use windlass_model::secret::EnvVar;
use windlass_model::task::Port;

use super::*;
use crate::planner::fixture;

fn builder(image: &str, capabilities: &[&str], memory: u64) -> ContainerPlan {
    let security = Security {
        drop_capabilities: vec!["ALL".into()],
        add_capabilities: capabilities.iter().map(|c| (*c).to_owned()).collect(),
        ..Security::default()
    };
    let mut builder = ContainerPlan { security, ..fixture::container("kaniko", image) };
    builder.resources.memory = MebiBytes(memory);
    builder
}

fn daemon(name: &str) -> ContainerPlan {
    let ports = vec![Port { host: None, container: 2375 }];
    ContainerPlan { name: name.into(), process: Process::Image { args: None }, ports, ..builder("docker", &[], 512) }
}

/// What a step of a plugin, known by one byte, brings.
fn step(name: &str, plugin: u8, container: ContainerPlan) -> Brings {
    let unless_port = if container.ports.is_empty() { Vec::new() } else { vec![2375] };
    let containers = vec![ContainerRequirement { container, unless_port }];
    let needs = Requirements { containers, ..Requirements::default() };
    Brings { step: name.into(), plugin: Digest::from_sha256([plugin; 32]), needs, shared: false }
}

fn together(brings: &[Brings]) -> Result<Together, String> {
    let main = ContainerPlan { name: "main".into(), ..builder("main", &[], 512) };
    let mut all = Together::new(vec![main], vec![Volume { name: SHARED.into(), in_memory: false }]);
    let shared = Mount { volume: SHARED.into(), path: "/tmp".into(), read_only: false };
    brings.iter().try_for_each(|brings| all.add(brings, &shared))?;
    Ok(all)
}

fn refused(brings: &[Brings]) -> String {
    together(brings).err().unwrap_or_default()
}

fn names(all: &Together) -> Vec<Vec<&str>> {
    all.brought.iter().map(|brought| brought.containers.iter().map(String::as_str).collect()).collect()
}

#[test]
fn a_builder_of_two_steps_gets_what_either_needs_and_no_other_image() {
    let (small, large) = (builder("kaniko", &[], 512), builder("kaniko", &["CHOWN"], 256));
    assert_eq!(both(&small, &large), Some(builder("kaniko", &["CHOWN"], 512)));
    assert_eq!(both(&large, &small), Some(builder("kaniko", &["CHOWN"], 512)));
    assert_eq!(both(&small, &builder("other", &[], 512)), None);
    let all = together(&[step("a", 1, small), step("b", 1, large)]).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(all.containers.len(), 2);
    assert_eq!(names(&all), [["kaniko"], ["kaniko"]], "both steps have it");
    let other = refused(&[step("a", 1, builder("kaniko", &[], 512)), step("b", 1, builder("other", &[], 512))]);
    assert_eq!(other, "step b brings a container called kaniko, as step a does, which differs; give them different names");
}

/// A step cannot widen or take over what another plugin brought: not even by bringing the very same.
#[test]
fn no_plugin_shares_a_container_or_a_volume_with_another() {
    let same = || builder("kaniko", &[], 512);
    let taken = refused(&[step("build", 1, same()), step("evil", 2, same())]);
    assert_eq!(
        taken,
        "step evil brings a container called kaniko, as step build does, and it is another plugin's; give them different names"
    );
    assert_ne!(refused(&[step("build", 1, same()), step("evil", 2, builder("kaniko", &["SYS_ADMIN"], 512))]), "");
    let with_volume = |name: &str, plugin| {
        let volumes = vec![Volume { name: "state".into(), in_memory: false }];
        Brings { needs: Requirements { volumes, ..Requirements::default() }, ..step(name, plugin, same()) }
    };
    assert!(together(&[with_volume("a", 1), with_volume("b", 1)]).is_ok());
    assert!(refused(&[with_volume("a", 1), with_volume("b", 2)]).contains("a volume called state"));
    assert!(refused(&[step("a", 1, ContainerPlan { name: "main".into(), ..same() })]).contains("the task has one of this name"));
}

/// A daemon is left out for one of the task's or of the same plugin's, never for one that another plugin brought: it would be given what is
/// meant for the other.
#[test]
fn a_daemon_gives_way_to_none_of_another_plugin() {
    let all = together(&[step("a", 1, daemon("docker")), step("b", 1, daemon("docker"))]).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!((all.containers.len(), names(&all)), (2, vec![vec!["docker"], vec!["docker"]]));
    let taken = refused(&[step("evil", 2, daemon("evil")), step("build", 1, daemon("docker"))]);
    assert_eq!(taken, "container docker of step build listens on port 2375, as container evil does; only one can");
}

/// Who was not granted the task's own volume has no working copy to read, supervised or not.
#[test]
fn the_tasks_own_volume_is_seen_only_where_it_was_granted() {
    let mounts = |container: ContainerPlan, shared| {
        let all = together(&[Brings { shared, ..step("a", 1, container) }]).unwrap_or_else(|e| panic!("{e}"));
        all.containers.last().map(|last| last.mounts.iter().map(|mount| mount.path.clone()).collect::<Vec<_>>())
    };
    assert_eq!(mounts(builder("kaniko", &[], 512), true), Some(vec!["/windlass/shared".to_owned()]));
    assert_eq!(mounts(daemon("docker"), true), Some(vec!["/tmp".to_owned()]));
    assert_eq!(mounts(builder("kaniko", &[], 512), false), Some(Vec::new()));
    assert_eq!(mounts(daemon("docker"), false), Some(Vec::new()));
}

#[test]
fn what_came_is_told_by_step() {
    let mut first = step("a", 1, daemon("docker"));
    first.needs.env = vec![EnvVar::text("DOCKER_HOST", "tcp://localhost:2375")];
    let all = together(&[first, Brings { needs: Requirements::default(), ..step("b", 2, daemon("x")) }])
        .unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(all.brought[0].variables.len(), 1);
    assert!(all.brought[1].is_empty());
}
