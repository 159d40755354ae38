//! Plugins that bring what their requests say, and a platform with settings.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
use windlass_model::digest::Digest;
use windlass_model::docker::DockerCommands;
use windlass_model::image::ImageReference;
use windlass_model::pattern::Pattern;
use windlass_model::plan::{PluginCall, StepAction};
use windlass_model::plugin::{BuildHints, ContainerRequirement, Power, Powers, Requirements};
use windlass_model::pod::{ContainerPlan, Process, Security};
use windlass_model::pod_limits::PodLimits;
use windlass_model::power::{ContainerScope, VariableScope};
use windlass_model::quantity::{MebiBytes, MilliCpu, Resources};
use windlass_model::secret::SecretName;
use windlass_model::settings::{PluginGrant, Settings};
use windlass_model::task::{Action, Architecture, Disposition, InstanceImage, SecretRequest, Step, When};

use crate::planner::*;
use crate::ports::plugin::{PluginError, StepBackend, StepInput, StepResult};

/// Every file is the same plugin, and brings what its request says: `{"privileged": true, "env": "NAME"}`. `shell` brings nothing.
struct Plugins<'a>(&'a World);

#[async_trait]
impl PluginHost for Plugins<'_> {
    fn carried(&self) -> Vec<PluginReference> {
        Vec::new()
    }

    async fn inspect(&self, reference: &PluginReference, _: &Path) -> Result<PluginInfo, PluginError> {
        let shell = matches!(reference, PluginReference::BuiltIn(_));
        Ok(PluginInfo {
            reference: reference.clone(),
            name: "shell".into(),
            version: "1.0.0".into(),
            kind: if shell { PluginKind::Step } else { PluginKind::Build },
            interface: "0.1.0".into(),
            digest: Digest::from_sha256([u8::from(shell); 32]),
            description: String::new(),
            schema: Value::Null,
            asks: if shell { self.0.of_shell.clone() } else { self.0.asks.clone() },
            reasons: [(Power::Containers, "to\u{1b}[2J work".to_owned())].into(),
            honours: Vec::new(),
            leaves: Default::default(),
            takes: Default::default(),
            facts: BTreeMap::new(),
        })
    }

    async fn requirements(
        &self,
        plugin: &PluginInfo,
        request: &Value,
        _: Option<&BuildHints>,
    ) -> Result<Requirements, PluginError> {
        if plugin.kind == PluginKind::Step {
            return Ok(Requirements::default());
        }
        let container = ContainerPlan {
            name: "builder".into(),
            image: ImageReference::parse("corp.io/builder:1").unwrap(),
            process: Process::Supervised,
            env: Vec::new(),
            resources: Resources { cpu: MilliCpu(1000), memory: MebiBytes(512), greedy: false },
            security: Security { privileged: request["privileged"] == true, ..Security::default() },
            ports: Vec::new(),
            mounts: Vec::new(),
            files: BTreeMap::new(),
            readiness: Vec::new(),
            brought_by: None,
        };
        let env = request["env"].as_str().map(|name| EnvVar::text(name, "x")).into_iter().collect();
        let containers = vec![ContainerRequirement { container, unless_port: Vec::new() }];
        Ok(Requirements { containers, env, ..Requirements::default() })
    }

    async fn run(&self, _: &PluginCall, _: StepInput, _: Arc<dyn StepBackend>) -> Result<StepResult, PluginError> {
        panic!("a plan runs nothing")
    }
}

pub(super) struct World {
    pub(super) settings: Settings,
    pub(super) dockerfile: Option<&'static str>,
    /// Further files.
    pub(super) more: Vec<(String, Settings)>,
    /// What every plugin file asks for.
    pub(super) asks: Powers,
    /// What `shell` asks for.
    pub(super) of_shell: Powers,
}

impl World {
    pub(super) fn of(settings: Settings) -> Self {
        let of_shell = Powers { containers: Some(ContainerScope::any()), ..Powers::default() };
        Self { settings, dockerfile: None, more: Vec::new(), asks: asks(), of_shell }
    }
}

impl Platform for World {
    fn target(&self, _: &Task, _: &Placement) -> Result<Target, OpenCluster> {
        Ok(Target::Engine)
    }
    fn secret_ways(&self, _: &Task, _: &SecretName) -> Option<Vec<String>> {
        None
    }
    fn pods(&self, _: &Placement, _: &Target) -> Vec<SaidOfPods> {
        self.files().map(|(file, settings)| SaidOfPods { file, pods: settings.pods.clone() }).collect()
    }
    fn host_aliases(&self) -> Vec<HostAlias> {
        Vec::new()
    }
    fn registries(&self) -> Vec<Registry> {
        Vec::new()
    }
    fn builder_image(&self, _: &PluginInfo) -> Option<String> {
        None
    }
    fn file(&self, _: &str) -> Option<String> {
        self.dockerfile.map(str::to_owned)
    }
    fn environments(&self) -> EnvironmentSettings {
        EnvironmentSettings::default()
    }
    fn contents(&self, _: &str, _: Option<&[String]>, _: &str) -> Result<BTreeMap<String, Content>, String> {
        Ok(BTreeMap::new())
    }
    fn pull_policy(&self) -> PullPolicy {
        PullPolicy::IfNotPresent
    }
    fn sidecar_timeout(&self) -> Option<Duration> {
        None
    }
    fn policies(&self) -> Vec<Deciding<'_>> {
        self.files().map(|(file, settings)| Deciding { file, policy: &settings.policy }).collect()
    }
    fn plugin_places(&self, _: &PluginReference) -> Vec<String> {
        Vec::new()
    }
    fn granted(&self, plugin: &PluginNames) -> Granted {
        Granted::by(self.files(), plugin)
    }
}

impl World {
    fn files(&self) -> impl Iterator<Item = (String, &Settings)> {
        [("windlass.yaml".to_owned(), &self.settings)]
            .into_iter()
            .chain(self.more.iter().map(|(file, more)| (file.clone(), more)))
    }
}

pub(super) fn asks() -> Powers {
    Powers {
        pod: Some(PodLimits::unlimited()),
        containers: Some(ContainerScope::any()),
        environment_set: Some(VariableScope::all()),
        ..Powers::default()
    }
}

pub(super) fn granting(name: &str, powers: Powers) -> World {
    let plugins = vec![PluginGrant { plugin: Pattern(name.into()), powers }];
    World::of(Settings { plugins, ..Settings::default() })
}

pub(super) fn uses(name: &str, with: Value) -> Step {
    let action = Action::Plugin { uses: PluginReference::parse(name), with, container: None };
    Step { name: "build".into(), when: When::OnSuccess, action, line: 7 }
}

pub(super) fn script() -> Step {
    let action = Action::Script { lines: vec!["true".into()], background: false, pushes: Vec::new() };
    Step { name: "test".into(), when: When::OnSuccess, action, line: 9 }
}

/// A task called `t`, the one at this place of its file.
pub(super) fn task(place: usize, steps: Vec<Step>) -> Task {
    let secret = SecretName::new("TOKEN").unwrap();
    Task {
        id: TaskId(place),
        name: "t".into(),
        alias: None,
        labels: Vec::new(),
        disposition: Disposition::Run,
        instance: Some(Instance {
            placement: Placement::Engine,
            image: InstanceImage::Reference(ImageReference::parse("corp.io/main:1").unwrap()),
            resources: Resources { cpu: MilliCpu(1000), memory: MebiBytes(512), greedy: false },
            privileged: false,
            use_in_memory_disk: false,
            architecture: Architecture::Amd64,
            node_selector_terms: Vec::new(),
            registry_secret: None,
            sidecars: Vec::new(),
        }),
        env: Vec::new(),
        secrets: vec![SecretRequest { name: secret, reference: String::new() }],
        undefined: Vec::new(),
        steps,
        docker: DockerCommands::None,
        depends_on: Vec::new(),
        timeout: Duration::from_secs(60),
        allow_failures: false,
        line: 3,
    }
}

pub(super) async fn planned(world: &World, steps: Vec<Step>) -> Result<Plan, PlanErrors> {
    planned_of(world, &[task(0, steps)], &[]).await
}

/// The plan of these tasks, or of those of them that are named.
pub(super) async fn planned_of(world: &World, tasks: &[Task], named: &[&str]) -> Result<Plan, PlanErrors> {
    planned_with(world, tasks, named, &Plugins(world), &[]).await
}

/// A plan of one task, with plugins of any host.
pub(super) async fn planned_by(
    world: &World,
    steps: Vec<Step>,
    host: &dyn PluginHost,
    substitutes: &[(PluginKind, PluginReference)],
) -> Result<Plan, PlanErrors> {
    planned_with(world, &[task(0, steps)], &[], host, substitutes).await
}

async fn planned_with(
    world: &World,
    tasks: &[Task],
    named: &[&str],
    host: &dyn PluginHost,
    substitutes: &[(PluginKind, PluginReference)],
) -> Result<Plan, PlanErrors> {
    let input = PlanInput {
        run: RunId::from_random(0),
        tasks,
        left_out: &[],
        selection: &Selection(named.iter().map(|name| (*name).to_owned()).collect()),
        variables: &[],
        overrides: &[],
        substitutes,
        base: Path::new("."),
        platform: world,
    };
    plan(&input, host).await
}

pub(super) async fn refused(world: &World, steps: Vec<Step>) -> String {
    match planned(world, steps).await {
        Err(error) => error.to_string(),
        Ok(plan) => panic!("{plan:?}"),
    }
}

pub(super) fn call(plan: &Plan, step: usize) -> &PluginCall {
    match &plan.tasks[0].steps[step].action {
        StepAction::Plugin(call) => call,
        other => panic!("{other:?}"),
    }
}
