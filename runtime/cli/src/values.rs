//! The values of a plan's secrets, read once each.

use std::collections::BTreeMap;

use secrecy::ExposeSecret as _;
use windlass_engine::ports::driver::SecretValues;
use windlass_kube::Patience;
use windlass_model::plan::{Target, TaskPlan};
use windlass_model::secret::{EnvValue, EnvVar, SecretName};
use windlass_model::task::TaskId;
use windlass_model::variable::is_too_long;
use windlass_redact::Redactor;

use crate::drivers::patience;
use crate::environment::ProcessEnvironment;
use crate::failure::Failure;
use crate::places;
use crate::prepare::{Prepared, sensitive};
use crate::secrets::{ALL_TOGETHER, ClusterSecrets, Source, ValueError};

/// The values that each task needs.
pub type ByTask = BTreeMap<TaskId, SecretValues>;

/// Reads the values of every secret of the plan, with notes on those that are too short to be masked. `redactor` learns each of them before
/// anything else does.
///
/// # Errors
/// When a value cannot be read.
pub async fn read(prepared: &Prepared, redactor: &Redactor) -> Result<(ByTask, Vec<String>), Failure> {
    let mut by_task = ByTask::new();
    // A source is read once: a command may ask for a passphrase. What a cluster holds depends on the task's place.
    let mut read: BTreeMap<(SecretName, Option<String>, Option<Target>), secrecy::SecretSlice<u8>> = BTreeMap::new();
    let mut total = 0;
    for task in &prepared.plan.tasks {
        let mut values = SecretValues::new();
        for name in names(task) {
            let Some(source) = prepared.source_of_secret(task.id, &name) else { continue };
            let reference = prepared.request(task.id, &name).map(|request| request.reference.clone());
            let place = matches!(source, Source::Cluster(_)).then(|| task.target.clone());
            let given = prepared.handed(task.id, &name).map_or_else(|| name.clone(), |_| name.given());
            let key = (given.clone(), reference, place);
            if !read.contains_key(&key) {
                if let (Source::Cluster(secret), Target::Kube { context, namespace, .. }) = (&source, &task.target) {
                    let namespace = secret.namespace.as_deref().unwrap_or(namespace);
                    places::check_place(&prepared.project.voices, context, namespace)?;
                }
                let cluster = Cluster { target: &task.target, patience: patience(&prepared.project.settings) };
                let value = source.read(&given, &ProcessEnvironment, Some(&cluster as &dyn ClusterSecrets)).await?;
                total += value.expose_secret().len();
                if total > ALL_TOGETHER {
                    return Err(ValueError::TooMuch { last: given }.into());
                }
                redactor.add([value.expose_secret()]);
                read.insert(key.clone(), value);
            }
            let Some(value) = read.get(&key) else { continue };
            let value = match prepared.handed(task.id, &name) {
                None => value.clone(),
                Some(handed) => {
                    let bytes = handed.of(value.expose_secret()).map_err(|reason| ValueError::NotHanded {
                        task: task.name.clone(),
                        name: given,
                        reason,
                    })?;
                    redactor.add([&bytes]);
                    bytes.into()
                }
            };
            values.insert(name, value);
        }
        for variable in variables(task) {
            let EnvValue::Secret(name) = &variable.value else { continue };
            let length = values.get(name).map_or(0, |value| value.expose_secret().len());
            if is_too_long(&variable.name, length) {
                return Err(ValueError::TooLong { name: name.clone(), variable: variable.name.clone(), length }.into());
            }
        }
        by_task.insert(task.id, values);
    }
    let notes = sensitive::short(read.iter().map(|((name, ..), value)| (name, value.expose_secret())));
    Ok((by_task, notes))
}

/// The variables of a task and of its containers.
fn variables(task: &TaskPlan) -> impl Iterator<Item = &EnvVar> {
    task.env.iter().chain(task.pod.containers.iter().flat_map(|container| &container.env))
}

/// Every secret that a task's pod, environment or steps use.
pub fn names(task: &TaskPlan) -> Vec<SecretName> {
    let granted = task.steps.iter().flat_map(|step| step.action.plugins()).flat_map(|call| call.grants.secrets.clone());
    let mut names: Vec<SecretName> = task.pod.all_secrets().chain(task.pod.pull_secret()).cloned().chain(granted).collect();
    names.sort();
    names.dedup();
    names
}

/// Secrets of the cluster that a task runs on.
struct Cluster<'a> {
    target: &'a Target,
    patience: Patience,
}

#[async_trait::async_trait]
impl ClusterSecrets for Cluster<'_> {
    async fn read(&self, secret: &crate::secrets::ClusterSecret) -> Result<secrecy::SecretSlice<u8>, String> {
        let Target::Kube { namespace, .. } = self.target else {
            return Err(format!("the task runs on {}, which has no Secrets", self.target));
        };
        let namespace = secret.namespace.as_deref().unwrap_or(namespace);
        let connected = windlass_kube::Connected::open(self.target, self.patience).await.map_err(|error| error.to_string())?;
        connected.read_secret(namespace, &secret.name, &secret.key).await.map_err(|error| error.to_string())
    }
}
