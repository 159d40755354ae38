use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;
use windlass_model::pattern::Pattern;
use windlass_model::plan::{Plan, PluginCall, StepAction, TaskPlan};
use windlass_model::plugin::{BuildHints, ContainerRequirement, ImagePlace, PluginInfo, PluginKind, Power, Powers, Requirements};
use windlass_model::plugin_reference::PluginReference;
use windlass_model::scope::Scope;
use windlass_model::secret::SecretName;
use windlass_model::settings::{EnvironmentSettings, Policy, Settings};
use windlass_model::task::{Action, Architecture, ClusterKind, ClusterRequest, Placement, Step, When};

use super::job::BESIDE_BUILDER;
use super::*;
use crate::planner::fixture::{World, container, plugin};
use crate::ports::plugin::{PluginError, PluginHost, StepBackend, StepInput, StepResult};

/// Plugins by name: builders bring a container of their own name.
struct Plugins;

#[async_trait]
impl PluginHost for Plugins {
    fn carried(&self) -> Vec<PluginReference> {
        ["kaniko", "docker-build", "oci-push", "docker-push"].map(|name| PluginReference::BuiltIn(name.into())).into()
    }

    async fn inspect(&self, reference: &PluginReference, _: &Path) -> Result<PluginInfo, PluginError> {
        let PluginReference::BuiltIn(name) = reference else { panic!("{reference:?}") };
        let kind = match name.as_str() {
            "kaniko" | "docker-build" => PluginKind::Build,
            "oci-push" | "docker-push" => PluginKind::Push,
            "registry-login" => PluginKind::Login,
            _ => PluginKind::Step,
        };
        let leaves = match name.as_str() {
            "kaniko" => [ImagePlace::Layout, ImagePlace::Pushed].into(),
            "docker-build" => [ImagePlace::Daemon].into(),
            _ => BTreeSet::new(),
        };
        let takes = match name.as_str() {
            "oci-push" => [ImagePlace::Layout, ImagePlace::Pushed].into(),
            "docker-push" => [ImagePlace::Daemon].into(),
            _ => BTreeSet::new(),
        };
        Ok(PluginInfo { asks: all_powers(), leaves, takes, ..plugin(reference, name, kind) })
    }

    async fn requirements(&self, plugin: &PluginInfo, _: &Value, _: Option<&BuildHints>) -> Result<Requirements, PluginError> {
        let container = container(&plugin.name, &format!("corp/{}:1", plugin.name));
        let builds = plugin.kind == PluginKind::Build;
        let containers = builds.then(|| ContainerRequirement { container, unless_port: Vec::new() }).into_iter().collect();
        Ok(Requirements { containers, ..Requirements::default() })
    }

    async fn run(&self, _: &PluginCall, _: StepInput, _: Arc<dyn StepBackend>) -> Result<StepResult, PluginError> {
        panic!("a plan runs nothing")
    }
}

fn on_cluster() -> World {
    let environments = EnvironmentSettings { registry: Some("gcr.io/p/environments".into()), ..EnvironmentSettings::default() };
    World {
        target: Target::Kube { kubeconfig: None, context: "c".into(), namespace: "n".into() },
        files: [("Dockerfile", "FROM a\nCOPY setup.sh /\n"), ("setup.sh", "1"), ("README", "1")].into(),
        knows_secrets: false,
        ..World::of(Settings { environments, ..Settings::default() })
    }
}

fn all_powers() -> Powers {
    let mut all = Powers::default();
    Power::ALL.into_iter().for_each(|power| all.add(power));
    all
}

fn task(id: usize, argument: &str) -> Task {
    let cluster = ClusterRequest { kind: ClusterKind::Generic, name: None, location: None, context: None, namespace: None };
    let environment = BuiltImage {
        context: ".".into(),
        dockerfile: "Dockerfile".into(),
        arguments: [("A".to_owned(), argument.to_owned())].into(),
    };
    let instance = Instance::new(Placement::Cluster(cluster), InstanceImage::Environment(environment), BESIDE_BUILDER);
    let clone = Step { name: "clone".into(), when: When::OnSuccess, action: Action::Workspace, line: 1 };
    Task { line: 3, ..Task::new(TaskId(id), format!("t{id}"), Some(instance), vec![clone]) }
}

async fn planned(world: &World, tasks: &[Task]) -> Result<Plan, PlanErrors> {
    world.plan(tasks, &[], &Plugins, &[]).await
}

fn main_image_of(task: &TaskPlan) -> String {
    task.pod.containers.first().map(|main| main.image.to_string()).unwrap_or_default()
}

/// The plugins of a task's steps, and the variables that make them unnecessary.
fn steps_of(task: &TaskPlan) -> Vec<(String, String, bool)> {
    let plugin = |action: &StepAction| match action {
        StepAction::Plugin(call) => call.plugin.name.clone(),
        _ => String::new(),
    };
    task.steps.iter().map(|step| (step.name.clone(), plugin(&step.action), step.unless.is_some())).collect()
}

#[tokio::test]
async fn tasks_that_want_the_same_environment_share_the_task_that_builds_it() {
    let plan = planned(&on_cluster(), &[task(0, "1"), task(1, "2"), task(2, "1")]).await.unwrap();
    let [first, t0, second, t1, t2] = plan.tasks.as_slice() else { panic!("{:?}", plan.tasks) };
    assert_eq!((&t0.depends_on, &t1.depends_on, &t2.depends_on), (&vec![first.id], &vec![second.id], &vec![first.id]));
    assert_eq!(main_image_of(t0), main_image_of(t2));
    assert_ne!(main_image_of(t0), main_image_of(t1));
    let image = ImageReference::parse(&main_image_of(t0)).unwrap();
    assert!(image.to_string().starts_with("gcr.io/p/environments:"), "{image}");
    assert!(first.name.starts_with("environment ") && image.tag().unwrap().starts_with(first.name.split(' ').nth(1).unwrap()));
    let names: BTreeSet<&str> = plan.tasks.iter().map(|task| task.pod.name.as_str()).collect();
    assert_eq!(names.len(), 5, "each pod has a name of its own");
}

#[tokio::test]
async fn it_is_built_in_the_builders_image_and_only_when_the_registry_has_it_not() {
    let plan = planned(&on_cluster(), &[task(0, "1")]).await.unwrap();
    let environment = &plan.tasks[0];
    assert_eq!(main_image_of(environment), "corp/kaniko:1");
    let step = |name: &str, plugin: &str, unless| (name.to_owned(), plugin.to_owned(), unless);
    let expected = [
        step("lookup", "image-lookup", false),
        step("clone", "", true),
        step("build", "kaniko", true),
        step("push", "oci-push", true),
    ];
    assert_eq!(steps_of(environment), expected);
}

#[tokio::test]
async fn the_builder_is_the_command_lines_else_windlass_yamls() {
    let own = |name: &str| PluginReference::BuiltIn(name.into());
    let mut world = on_cluster();
    world.settings.environments.build = Some(own("docker-build"));
    let builder = |plan: Plan| steps_of(&plan.tasks[0]).into_iter().skip(2).map(|(_, plugin, _)| plugin).collect::<Vec<_>>();
    assert_eq!(builder(planned(&world, &[task(0, "1")]).await.unwrap()), ["docker-build", "docker-push"]);
    let asked = [(PluginKind::Build, own("kaniko"))];
    assert_eq!(builder(world.plan(&[task(0, "1")], &[], &Plugins, &asked).await.unwrap()), ["kaniko", "oci-push"]);
}

#[tokio::test]
async fn its_name_changes_with_what_it_is_made_of_and_with_nothing_else() {
    let name = async |change: (&'static str, &'static str)| {
        let mut world = on_cluster();
        world.files.insert(change.0, change.1);
        main_image_of(&planned(&world, &[task(0, "1")]).await.unwrap().tasks[1])
    };
    let before = name(("README", "1")).await;
    assert_eq!(name(("README", "2")).await, before, "nothing copies it");
    assert_ne!(name(("setup.sh", "2")).await, before);
    assert_ne!(name(("Dockerfile", "FROM b\nCOPY setup.sh /\n")).await, before);
    let mut arm = task(0, "1");
    arm.instance.as_mut().unwrap().architecture = Architecture::Arm64;
    assert_ne!(main_image_of(&planned(&on_cluster(), &[arm]).await.unwrap().tasks[1]), before);
}

#[tokio::test]
async fn without_a_registry_the_value_is_open_and_the_lines_to_write_are_there() {
    let world = World { settings: Settings::default(), ..on_cluster() };
    let plan = planned(&world, &[task(0, "1")]).await.unwrap();
    let [OpenValue::Registry { task, dockerfile, ways }] = plan.open.as_slice() else { panic!("{:?}", plan.open) };
    assert_eq!((task.as_str(), dockerfile.as_str()), ("t0", "Dockerfile"));
    assert!(ways.iter().any(|line| line.contains("registry: ")) && plan.tasks.is_empty());
}

#[tokio::test]
async fn a_login_reaches_the_build_and_the_nodes_pull_and_is_open_until_given() {
    let mut world = on_cluster();
    let password = SecretName::new("KEY").unwrap();
    world.settings.environments.login = Some(EnvironmentLogin { username: "me".into(), password: password.clone() });
    let plan = planned(&world, &[task(0, "1")]).await.unwrap();
    assert_eq!(steps_of(&plan.tasks[0])[0].1, "registry-login");
    assert_eq!(plan.tasks[1].pod.pull_secret(), Some(&password));
    assert!(!plan.tasks[1].pod.all_secrets().any(|name| *name == password), "no container of the task sees it");
    assert!(matches!(plan.open.as_slice(), [OpenValue::Secret { name, .. }] if *name == password), "{:?}", plan.open);
}

#[tokio::test]
async fn an_engine_builds_it_by_itself() {
    let world = World { target: Target::Engine, settings: Settings::default(), ..on_cluster() };
    let plan = planned(&world, &[task(0, "1"), task(1, "1")]).await.unwrap();
    let [one, other] = plan.tasks.as_slice() else { panic!("{:?}", plan.tasks) };
    assert!(main_image_of(one).starts_with("localhost/windlass/environment:"));
    assert_eq!(one.build.as_ref().map(|build| build.image.to_string()), Some(main_image_of(one)));
    assert_eq!(one.build, other.build);
}

#[tokio::test]
async fn a_dockerfile_that_is_not_there_is_named() {
    let mut world = on_cluster();
    world.files.remove("Dockerfile");
    let error = planned(&world, &[task(0, "1")]).await.expect_err("it is missing").to_string();
    assert!(error.contains("t0") && error.contains("there is no Dockerfile"), "{error}");
}

/// What windlass builds a task's environment on is judged as what containers start from, on a cluster and on an engine.
#[tokio::test]
async fn the_bases_of_an_environment_are_judged() {
    for target in [on_cluster().target, Target::Engine] {
        let images = Scope::only(["corp/*", "gcr.io/*"].map(|pattern| Pattern(pattern.to_owned())));
        let mut world = World { target, ..on_cluster() };
        world.settings.policy = Policy { images, ..Policy::default() };
        let refused = planned(&world, &[task(0, "1")]).await.err().map(|error| error.to_string());
        assert!(refused.as_ref().is_some_and(|text| text.contains("Dockerfile builds on a, which is not among")), "{refused:?}");
        world.files.insert("Dockerfile", "FROM corp/a\nCOPY setup.sh /\n");
        let allowed = planned(&world, &[task(0, "1")]).await;
        assert!(allowed.is_ok(), "{allowed:?}");
    }
}
