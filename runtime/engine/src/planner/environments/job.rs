//! The task that builds an environment for a cluster: logs in, looks whether the image is there, and builds and pushes it if not.

use serde_json::{Value, json};
use windlass_model::docker::DockerCommands;
use windlass_model::image::ImageReference;
use windlass_model::plan::Target;
use windlass_model::plugin::PluginKind;
use windlass_model::plugin_reference::PluginReference;
use windlass_model::pod::RegistrySecret;
use windlass_model::quantity::{MebiBytes, MilliCpu, Resources};
use windlass_model::roles::Roles;
use windlass_model::secret::SecretName;
use windlass_model::settings::EnvironmentSettings;
use windlass_model::task::{Action, BuiltImage, Disposition, Instance, InstanceImage, SecretRequest, Step, Task, TaskId, When};

use super::super::{Job, Making, PlanError, PlanErrors, PlanInput, build, plan_job};
use super::Start;
use crate::planner::plugins::PluginSource;
use crate::ports::plugin::PluginError;
use crate::times;

/// The steps after this one are not needed when it finds the image, which it tells by this variable.
const LOOKUP: &str = "lookup";
const FOUND: &str = "WINDLASS_ENVIRONMENT_DIGEST";

/// The container beside the builder's sends the working copy and the image.
pub(super) const BESIDE_BUILDER: Resources = Resources { cpu: MilliCpu(500), memory: MebiBytes(512), greedy: false };

/// An environment, and the first task that wants it.
pub(super) struct Wanted<'a> {
    pub(super) environment: &'a BuiltImage,
    pub(super) image: &'a ImageReference,
    pub(super) fingerprint: &'a str,
    pub(super) instance: &'a Instance,
    pub(super) settings: &'a EnvironmentSettings,
    pub(super) task: &'a Task,
    pub(super) name: &'a str,
}

/// Plans the task that builds an environment.
pub(super) async fn plan(
    input: &PlanInput<'_>,
    wanted: &Wanted<'_>,
    id: TaskId,
    number: usize,
    target: &Target,
    plugins: &PluginSource<'_>,
    making: &mut Making,
) -> Result<(), PlanErrors> {
    let (builder, push) = builder(input, wanted, plugins).await?;
    let main = main_image(input, wanted, &builder, plugins).await?;
    let short: String = wanted.fingerprint.chars().take(8).collect();
    let name = format!("environment {short}");
    let instance = Instance {
        placement: wanted.instance.placement.clone(),
        image: InstanceImage::Reference(main.clone()),
        resources: BESIDE_BUILDER,
        privileged: false,
        use_in_memory_disk: false,
        architecture: wanted.instance.architecture,
        node_selector_terms: wanted.instance.node_selector_terms.clone(),
        registry_secret: wanted.instance.registry_secret.clone(),
        sidecars: Vec::new(),
    };
    let task = Task {
        id,
        name: name.clone(),
        alias: None,
        labels: Vec::new(),
        disposition: Disposition::Run,
        instance: Some(instance.clone()),
        env: Vec::new(),
        secrets: wanted.settings.login.iter().map(|login| secret(&login.password)).collect(),
        undefined: Vec::new(),
        steps: steps(wanted, input.roles, builder, push),
        docker: DockerCommands::None,
        depends_on: Vec::new(),
        timeout: times::IMAGE_BUILD,
        allow_failures: false,
        line: wanted.task.line,
    };
    let registry_secret = instance.registry_secret.clone().map(RegistrySecret::Named);
    let start = Start::with(main, registry_secret);
    let total = input.tasks.len();
    let job = Job {
        task: &task,
        instance: &instance,
        name,
        index: total + number,
        total,
        target: target.clone(),
        start,
        depends_on: Vec::new(),
    };
    plan_job(input, job, plugins, making).await?;
    if let Some(planned) = making.plan.tasks.last_mut().filter(|planned| planned.id == id) {
        for step in planned.steps.iter_mut().skip_while(|step| step.name != LOOKUP).skip(1) {
            step.unless = Some(FOUND.to_owned());
        }
    }
    Ok(())
}

/// What builds, and what sends what it leaves.
async fn builder(
    input: &PlanInput<'_>,
    wanted: &Wanted<'_>,
    plugins: &PluginSource<'_>,
) -> Result<(PluginReference, PluginReference), PlanError> {
    let asked = input.substitutes.iter().find(|(kind, _)| *kind == PluginKind::Build).map(|(_, reference)| reference.clone());
    let chosen = asked.or_else(|| wanted.settings.build.clone());
    let reference = chosen.unwrap_or_else(|| input.roles.builder.clone());
    let info = plugins.inspect(&reference).await.map_err(|source| wanted.refused(source))?;
    if info.kind != PluginKind::Build {
        let message = format!("`environments: {{build: {}}}` of windlass.yaml: it is a {} plugin", info.name, info.kind);
        return Err(PlanError::Environment { task: wanted.name.to_owned(), message });
    }
    let push = plugins.push_for(&info).await.ok_or_else(|| PlanError::Environment {
        task: wanted.name.to_owned(),
        message: format!("no known plugin pushes what {} leaves; choose another builder", info.name),
    })?;
    Ok((reference, push))
}

/// The image of the builder's own container serves for the main one, too: nothing else has to be pulled, and the agent needs nothing of it.
async fn main_image(
    input: &PlanInput<'_>,
    wanted: &Wanted<'_>,
    builder: &PluginReference,
    plugins: &PluginSource<'_>,
) -> Result<ImageReference, PlanError> {
    let plugin = plugins.inspect(builder).await.map_err(|source| wanted.refused(source))?;
    let mut request = request(wanted);
    build::with_image(&mut request, &plugin, input.platform);
    let hints = build::hints(&request, &plugin, input.files);
    let needs = plugins.requirements(&plugin, &request, hints.as_ref()).await.map_err(|source| wanted.refused(source))?;
    needs.containers.into_iter().next().map(|required| required.container.image).ok_or_else(|| PlanError::Environment {
        task: wanted.name.to_owned(),
        message: format!(
            "{} brings no container of its own, so there is none to build {} in; choose another with `environments: {{build: …}}` of windlass.yaml",
            plugin.name, wanted.environment.dockerfile
        ),
    })
}

impl Wanted<'_> {
    fn refused(&self, source: PluginError) -> PlanError {
        let line = self.task.steps.first().map_or(1, |step| step.line);
        PlanError::Plugin { task: self.name.to_owned(), step: "dockerfile".into(), line, source: Box::new(source) }
    }
}

fn request(wanted: &Wanted<'_>) -> Value {
    let BuiltImage { context, dockerfile, arguments } = wanted.environment;
    json!({ "context": context, "dockerfile": dockerfile, "tags": [wanted.image.to_string()], "build_args": arguments })
}

/// Log in, look whether the image is there; if not, bring the working copy, build, push.
fn steps(wanted: &Wanted<'_>, roles: &Roles, builder: PluginReference, push: PluginReference) -> Vec<Step> {
    let line = wanted.task.steps.first().map_or(1, |step| step.line);
    let step = |name: &str, action| Step { name: name.to_owned(), when: When::OnSuccess, action, line };
    let plugin = |uses, with| Action::Plugin { uses, with, container: None };
    let login = wanted.settings.login.as_ref().map(|login| {
        let with = json!({
            "registry": wanted.image.registry(),
            "username": login.username,
            "password": login.password.as_str(),
        });
        step("login", plugin(roles.login.clone(), with))
    });
    let lookup = json!({ "reference": wanted.image.to_string(), "variable": FOUND });
    let rest = [
        step(LOOKUP, plugin(roles.image_lookup.clone(), lookup)),
        step("clone", Action::Workspace),
        step("build", plugin(builder, request(wanted))),
        step("push", plugin(push, json!({}))),
    ];
    login.into_iter().chain(rest).collect()
}

fn secret(name: &SecretName) -> SecretRequest {
    SecretRequest { name: name.clone(), reference: String::new() }
}
