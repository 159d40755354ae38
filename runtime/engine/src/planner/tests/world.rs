//! Plugins that bring what their requests say, and a platform with settings.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;
use windlass_model::digest::Digest;
use windlass_model::pattern::Pattern;
use windlass_model::plan::{PluginCall, StepAction};
use windlass_model::plugin::{BuildHints, ContainerRequirement, PluginInfo, Power, Powers, Requirements};
use windlass_model::pod::{ContainerPlan, MAIN, Security};
use windlass_model::pod_limits::PodLimits;
use windlass_model::power::{ContainerScope, VariableScope};
use windlass_model::secret::SecretName;
use windlass_model::settings::{PluginGrant, Settings, Vouching};
use windlass_model::task::{Action, InstanceImage, Placement, SecretRequest, Step, When};

use crate::planner::fixture::{World, container, plugin};
use crate::planner::*;
use crate::ports::plugin::{PluginError, StepBackend, StepInput, StepResult};

/// The one of the builders known by name whose manifest asks for no more than an ordinary container has.
const LEAN: &str = "lean";

/// Every file is the same plugin, and brings what its request says: `{"privileged": true, "env": "NAME"}`. `shell` brings nothing.
struct Plugins<'a>(&'a Asking);

#[async_trait]
impl PluginHost for Plugins<'_> {
    fn carried(&self) -> Vec<PluginReference> {
        [LEAN, "greedy"].map(|name| PluginReference::BuiltIn(name.to_owned())).into()
    }

    async fn inspect(&self, reference: &PluginReference, _: &Path) -> Result<PluginInfo, PluginError> {
        if let Some(builder) = self.carried().iter().find(|carried| *carried == reference) {
            let limits = if builder.to_string() == LEAN { PodLimits::default() } else { PodLimits::unlimited() };
            let asks = Powers { pod: Some(limits), ..Powers::default() };
            return Ok(PluginInfo { asks, ..plugin(reference, "builder", PluginKind::Build) });
        }
        let shell = matches!(reference, PluginReference::BuiltIn(_));
        let kind = if shell { PluginKind::Step } else { PluginKind::Build };
        Ok(PluginInfo {
            digest: Digest::from_sha256([u8::from(shell); 32]),
            asks: if shell { self.0.of_shell.clone() } else { self.0.asks.clone() },
            signers: if shell { Vec::new() } else { self.0.signers.clone() },
            reasons: [(Power::Containers, "to\u{1b}[2J work".to_owned())].into(),
            ..plugin(reference, "shell", kind)
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
        let security = Security { privileged: request["privileged"] == true, ..Security::default() };
        let container = ContainerPlan { security, ..container("builder", "corp.io/builder:1") };
        let env = request["env"].as_str().map(|name| EnvVar::text(name, "x")).into_iter().collect();
        let containers = vec![ContainerRequirement { container, unless_port: Vec::new() }];
        Ok(Requirements { containers, env, ..Requirements::default() })
    }

    async fn run(&self, _: &PluginCall, _: StepInput, _: Arc<dyn StepBackend>) -> Result<StepResult, PluginError> {
        panic!("a plan runs nothing")
    }
}

/// A world, and what the plugins ask for in it.
pub(super) struct Asking {
    pub(super) world: World,
    /// What every plugin file asks for.
    pub(super) asks: Powers,
    /// What `shell` asks for.
    pub(super) of_shell: Powers,
    /// What signers have to do with every plugin file.
    pub(super) signers: Vec<Vouching>,
}

impl Asking {
    pub(super) fn of(settings: Settings) -> Self {
        let of_shell = Powers { containers: Some(ContainerScope::any()), ..Powers::default() };
        Self { world: World::of(settings), asks: asks(), of_shell, signers: Vec::new() }
    }

    /// With further settings files.
    pub(super) fn of_files(settings: Settings, more: Vec<(String, Settings)>) -> Self {
        Self { world: World { more, ..World::of(settings) }, ..Self::of(Settings::default()) }
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

pub(super) fn granting(name: &str, powers: Powers) -> Asking {
    let plugins = vec![PluginGrant { plugin: Pattern(name.into()), powers }];
    Asking::of(Settings { plugins, ..Settings::default() })
}

pub(super) fn uses(name: &str, with: Value) -> Step {
    let action = Action::Plugin { uses: PluginReference::parse(name).expect("a reference"), with, container: None };
    Step { name: "build".into(), when: When::OnSuccess, action, line: 7 }
}

pub(super) fn script() -> Step {
    let action = Action::Script { lines: vec!["true".into()], background: false, pushes: Vec::new() };
    Step { name: "test".into(), when: When::OnSuccess, action, line: 9 }
}

/// A task called `t`, the one at this place of its file.
pub(super) fn task(place: usize, steps: Vec<Step>) -> Task {
    let main = container(MAIN, "corp.io/main:1");
    let instance = Instance::new(Placement::Engine, InstanceImage::Reference(main.image), main.resources);
    let secret = SecretRequest { name: SecretName::new("TOKEN").unwrap(), reference: String::new() };
    Task { secrets: vec![secret], line: 3, ..Task::new(TaskId(place), "t", Some(instance), steps) }
}

pub(super) async fn planned(world: &Asking, steps: Vec<Step>) -> Result<Plan, PlanErrors> {
    planned_of(world, &[task(0, steps)], &[]).await
}

/// The plan of these tasks, or of those of them that are named.
pub(super) async fn planned_of(world: &Asking, tasks: &[Task], named: &[&str]) -> Result<Plan, PlanErrors> {
    world.world.plan(tasks, named, &Plugins(world), &[]).await
}

pub(super) async fn refused(world: &Asking, steps: Vec<Step>) -> String {
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
