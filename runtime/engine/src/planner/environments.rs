//! `dockerfile`: the image that a task starts from is built first. A container engine builds it by itself; for a cluster, a task of its own
//! builds and pushes it, once for all tasks of the run that want the same one, and only if the registry has it not.

mod fingerprint;
mod sources;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use windlass_model::docker::DockerCommands;
use windlass_model::image::ImageReference;
use windlass_model::plan::{ImageBuild, OpenValue, Plan, Target};
use windlass_model::plugin::PluginKind;
use windlass_model::pod::RegistrySecret;
use windlass_model::quantity::{MebiBytes, MilliCpu, Resources};
use windlass_model::secret::SecretName;
use windlass_model::settings::{EnvironmentLogin, EnvironmentSettings};
use windlass_model::task::{
    Action, Disposition, Environment, Instance, InstanceImage, PluginReference, SecretRequest, Step, Task, TaskId, When,
};

use super::{Job, PlanError, PlanInput, build, plan_job};
use crate::ports::plugin::{PluginError, PluginHost};

/// What an engine calls the images that it builds itself.
const LOCAL: &str = "localhost/windlass/environment";

/// The builder when windlass.yaml names none: it needs neither privilege nor a daemon.
const BUILDER: &str = "kaniko";

/// The steps after this one are not needed when it finds the image, which it tells by this variable.
const LOOKUP: &str = "lookup";
const FOUND: &str = "WINDLASS_ENVIRONMENT_DIGEST";

/// The container beside the builder's sends the working copy and the image.
const BESIDE_BUILDER: Resources = Resources { cpu: MilliCpu(500), memory: MebiBytes(512), greedy: false };

/// Time for building one.
const TIMEOUT: Duration = Duration::from_secs(60 * 60);

/// What a task's main container starts from.
pub(super) struct Start {
    /// The image.
    pub(super) image: ImageReference,
    /// How a cluster pulls it.
    pub(super) registry_secret: Option<RegistrySecret>,
    /// Set when the driver builds it.
    pub(super) build: Option<ImageBuild>,
    /// The task that builds it.
    pub(super) after: Option<TaskId>,
    /// Whether it is known; a task cannot start from what is still open.
    pub(super) known: bool,
}

impl Start {
    /// An image that is there.
    fn with(image: ImageReference, registry_secret: Option<RegistrySecret>) -> Self {
        Self { image, registry_secret, build: None, after: None, known: true }
    }
}

/// A task that is to start.
pub(super) struct Starting<'a> {
    pub(super) task: &'a Task,
    pub(super) instance: &'a Instance,
    /// Its unique name.
    pub(super) name: &'a str,
}

/// The environments that tasks of the run build, by what tells one from another.
#[derive(Default)]
pub(super) struct Environments {
    tasks: BTreeMap<(Target, String), TaskId>,
}

impl Environments {
    /// Where a task starts from, planning the task that builds it where there is none yet.
    pub(super) async fn start(
        &mut self,
        input: &PlanInput<'_>,
        of: Starting<'_>,
        target: &Target,
        plugins: &dyn PluginHost,
        plan: &mut Plan,
    ) -> Result<Start, PlanError> {
        let Starting { task, instance, name } = of;
        let named = || instance.registry_secret.clone().map(RegistrySecret::Named);
        let environment = match &instance.image {
            InstanceImage::Reference(image) => {
                return Ok(Start::with(image.clone(), named()));
            }
            InstanceImage::Environment(environment) => environment,
        };
        let failed = |message: String| PlanError::Environment { task: name.to_owned(), message };
        let fingerprint = fingerprint::of(environment, instance.architecture, input.platform).map_err(failed)?;
        let image_in = |repository: &str| {
            ImageReference::parse(&format!("{repository}:{fingerprint}")).map_err(|error| failed(error.to_string()))
        };
        let settings = input.platform.environments();
        let repository = match (target, &settings.registry) {
            (Target::Engine, _) => {
                let start = Start::with(image_in(LOCAL)?, None);
                let (image, from) = (start.image.clone(), environment.clone());
                let build = ImageBuild { image, from, architecture: instance.architecture };
                return Ok(Start { build: Some(build), ..start });
            }
            (Target::Kube { .. } | Target::Open { .. }, None) => {
                plan.open.push(no_registry(name, environment));
                return Ok(Start { known: false, ..Start::with(image_in(LOCAL)?, None) });
            }
            (Target::Kube { .. } | Target::Open { .. }, Some(repository)) => repository,
        };
        let image = image_in(repository)?;
        let key = (target.clone(), image.to_string());
        let after = match self.tasks.get(&key) {
            Some(id) => *id,
            None => {
                let wanted =
                    Wanted { environment, image: &image, fingerprint: &fingerprint, instance, settings: &settings, task, name };
                let id = self.next_id(input);
                plan_task(input, &wanted, id, self.tasks.len(), target, plugins, plan).await?;
                self.tasks.insert(key, id);
                id
            }
        };
        let made = || settings.login.as_ref().map(|login| pulled_with(&image, login));
        let registry_secret = named().or_else(made);
        Ok(Start { after: Some(after), ..Start::with(image, registry_secret) })
    }

    /// A task that no file has.
    fn next_id(&self, input: &PlanInput<'_>) -> TaskId {
        let above = input.tasks.iter().map(|task| task.id.0 + 1).max().unwrap_or_default();
        TaskId(above + self.tasks.len())
    }
}

/// An environment, and the first task that wants it.
struct Wanted<'a> {
    environment: &'a Environment,
    image: &'a ImageReference,
    fingerprint: &'a str,
    instance: &'a Instance,
    settings: &'a EnvironmentSettings,
    task: &'a Task,
    name: &'a str,
}

/// Plans the task that builds an environment.
async fn plan_task(
    input: &PlanInput<'_>,
    wanted: &Wanted<'_>,
    id: TaskId,
    number: usize,
    target: &Target,
    plugins: &dyn PluginHost,
    plan: &mut Plan,
) -> Result<(), PlanError> {
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
        steps: steps(wanted, builder, push),
        docker: DockerCommands::None,
        depends_on: Vec::new(),
        timeout: TIMEOUT,
        allow_failures: false,
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
    plan_job(input, job, plugins, plan).await?;
    if let Some(planned) = plan.tasks.last_mut().filter(|planned| planned.id == id) {
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
    plugins: &dyn PluginHost,
) -> Result<(PluginReference, PluginReference), PlanError> {
    let asked = input.substitutes.iter().find(|(kind, _)| *kind == PluginKind::Build).map(|(_, reference)| reference.clone());
    let own = |name: &str| PluginReference::BuiltIn(name.to_owned());
    let reference = asked.or_else(|| wanted.settings.build.clone()).unwrap_or_else(|| own(BUILDER));
    let info = plugins.inspect(&reference, input.base).await.map_err(|source| wanted.refused(source))?;
    if info.kind != PluginKind::Build {
        let message = format!("`environments: {{build: {}}}` of windlass.yaml: it is a {} plugin", info.name, info.kind);
        return Err(PlanError::Environment { task: wanted.name.to_owned(), message });
    }
    let push = own(if info.name == "docker-build" { "docker-push" } else { "oci-push" });
    Ok((reference, push))
}

/// The image of the builder's own container serves for the main one, too: nothing else has to be pulled, and the agent needs nothing of it.
async fn main_image(
    input: &PlanInput<'_>,
    wanted: &Wanted<'_>,
    builder: &PluginReference,
    plugins: &dyn PluginHost,
) -> Result<ImageReference, PlanError> {
    let plugin = plugins.inspect(builder, input.base).await.map_err(|source| wanted.refused(source))?;
    let mut request = request(wanted);
    build::with_image(&mut request, &plugin, input.platform);
    let hints = build::hints(&request, &plugin, input.platform);
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
    let Environment { context, dockerfile, arguments } = wanted.environment;
    json!({ "context": context, "dockerfile": dockerfile, "tags": [wanted.image.to_string()], "build_args": arguments })
}

/// Log in, look whether the image is there; if not, bring the working copy, build, push.
fn steps(wanted: &Wanted<'_>, builder: PluginReference, push: PluginReference) -> Vec<Step> {
    let line = wanted.task.steps.first().map_or(1, |step| step.line);
    let step = |name: &str, action| Step { name: name.to_owned(), when: When::OnSuccess, action, line };
    let plugin = |uses, with| Action::Plugin { uses, with, container: None };
    let own = |name: &str| PluginReference::BuiltIn(name.to_owned());
    let login = wanted.settings.login.as_ref().map(|login| {
        let with = json!({
            "registry": wanted.image.registry(),
            "username": login.username,
            "password": login.password.as_str(),
        });
        step("login", plugin(own("registry-login"), with))
    });
    let lookup = json!({ "reference": wanted.image.to_string(), "variable": FOUND });
    let rest = [
        step(LOOKUP, plugin(own("image-lookup"), lookup)),
        step("clone", Action::Workspace),
        step("build", plugin(builder, request(wanted))),
        step("push", plugin(push, json!({}))),
    ];
    login.into_iter().chain(rest).collect()
}

fn secret(name: &SecretName) -> SecretRequest {
    SecretRequest { name: name.clone(), reference: String::new() }
}

fn pulled_with(image: &ImageReference, login: &EnvironmentLogin) -> RegistrySecret {
    RegistrySecret::Made {
        registry: image.registry().to_owned(),
        username: login.username.clone(),
        password: login.password.clone(),
    }
}

fn no_registry(task: &str, environment: &Environment) -> OpenValue {
    let lines = [
        "name a repository that the cluster can pull from, in windlass.yaml:",
        "environments:",
        "  registry: gcr.io/my-project/environments",
        "  username: _json_key        # with a password only",
        "  password: REGISTRY_KEY     # the name of a secret",
    ];
    OpenValue::Registry {
        task: task.to_owned(),
        dockerfile: environment.dockerfile.clone(),
        ways: lines.into_iter().map(str::to_owned).collect(),
    }
}
