//! `dockerfile`: the image that a task starts from is built first. A container engine builds it by itself; for a cluster, a task of its own
//! builds and pushes it, once for all tasks of the run that want the same one, and only if the registry has it not.

mod fingerprint;
mod job;
mod sources;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use windlass_model::image::ImageReference;
use windlass_model::plan::{ImageBuild, OpenValue, Target};
use windlass_model::pod::RegistrySecret;
use windlass_model::settings::EnvironmentLogin;
use windlass_model::task::{BuiltImage, Instance, InstanceImage, Task, TaskId};

use super::policy::{self, Finding};
use super::{Making, PlanError, PlanErrors, PlanInput, PluginSource};
use job::Wanted;

/// What an engine calls the images that it builds itself.
const LOCAL: &str = "localhost/windlass/environment";

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
        plugins: &PluginSource<'_>,
        making: &mut Making,
    ) -> Result<Start, PlanErrors> {
        let Starting { task, instance, name } = of;
        let named = || instance.registry_secret.clone().map(RegistrySecret::Named);
        let environment = match &instance.image {
            InstanceImage::Reference(image) => {
                return Ok(Start::with(image.clone(), named()));
            }
            InstanceImage::Environment(environment) => environment,
        };
        let failed = |message: String| PlanError::Environment { task: name.to_owned(), message };
        policy::refused(name, &judge(environment, instance, input), plugins).await?;
        let fingerprint = fingerprint::of(environment, instance.architecture, input.files).map_err(failed)?;
        let image_in = |repository: &str| {
            ImageReference::parse(&format!("{repository}:{fingerprint}")).map_err(|error| failed(error.to_string()))
        };
        let settings = &input.platform.environments;
        let repository = match (target, &settings.registry) {
            (Target::Engine, _) => {
                let start = Start::with(image_in(LOCAL)?, None);
                let (image, from) = (start.image.clone(), environment.clone());
                let build = ImageBuild { image, from, architecture: instance.architecture };
                return Ok(Start { build: Some(build), ..start });
            }
            (Target::Kube { .. } | Target::Open { .. }, None) => {
                making.plan.open.push(no_registry(name, environment));
                return Ok(Start { known: false, ..Start::with(image_in(LOCAL)?, None) });
            }
            (Target::Kube { .. } | Target::Open { .. }, Some(repository)) => repository,
        };
        let image = image_in(repository)?;
        let key = (target.clone(), image.to_string());
        let after = match self.tasks.get(&key) {
            Some(id) => *id,
            None => {
                let wanted = Wanted { environment, image: &image, fingerprint: &fingerprint, instance, settings, task, name };
                let id = self.next_id(input);
                job::plan(input, &wanted, id, self.tasks.len(), target, plugins, making).await?;
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

/// What the policy refuses of the images that a Dockerfile builds on. One that cannot be read is told where it is needed.
fn judge(environment: &BuiltImage, instance: &Instance, input: &PlanInput<'_>) -> Vec<Finding> {
    let BuiltImage { context, dockerfile, .. } = environment;
    let name = if context == "." { dockerfile.clone() } else { format!("{context}/{dockerfile}") };
    let Some(text) = input.files.text(&name) else { return Vec::new() };
    policy::dockerfile(&input.platform.policies(), &name, &text, &environment.arguments, instance.architecture)
}

fn pulled_with(image: &ImageReference, login: &EnvironmentLogin) -> RegistrySecret {
    RegistrySecret::Made {
        registry: image.registry().to_owned(),
        username: login.username.clone(),
        password: login.password.clone(),
    }
}

fn no_registry(task: &str, environment: &BuiltImage) -> OpenValue {
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
