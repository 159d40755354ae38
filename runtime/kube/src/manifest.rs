//! A planned pod as Kubernetes objects. Pure: what is built here is what `plan` prints and what `create` posts.

mod container;
mod escape;
mod fields;
mod placement;
mod security;
mod volume;
mod yaml;

use std::collections::BTreeMap;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::{HostAlias, LocalObjectReference, Pod, PodSpec, Secret};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use secrecy::ExposeSecret as _;
use windlass_engine::ports::driver::SecretValues;
use windlass_engine::run::docker_config;
use windlass_model::pod::{PodPlan, RegistrySecret};
use windlass_model::secret::SecretName;

use crate::agent::Agent;
use crate::names;

pub use placement::InvalidNodeSelector;
pub use yaml::Show;

/// The key of the agent in its Secret: the file's name under `/windlass/bin`.
const AGENT_KEY: &str = "agent";

/// The key of a Secret that images are pulled with.
const PULL_KEY: &str = ".dockerconfigjson";

/// How long containers may take to end by themselves once their pod is deleted.
const TERMINATION_GRACE_SECONDS: i64 = 5;

/// The objects that make up a planned pod, the values of its secrets apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Manifests {
    /// The pod.
    pub pod: Pod,
    /// The agent, for the containers that it supervises, and the files of all containers; `None` when there is neither. Nothing of it is
    /// secret: it is a Secret so that nobody can put another in its place who may not write Secrets.
    pub agent: Option<Secret>,
    /// How the kubelet logs in to the registry of the pod's images, when that is not for a Secret that stands.
    pull: Option<RegistrySecret>,
    /// The names of the secrets that the pod's Secret must hold.
    secrets: Vec<SecretName>,
    metadata: ObjectMeta,
}

/// Why a planned pod cannot be written as Kubernetes objects.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// A term of `node_selector_terms` is not one.
    #[error(transparent)]
    NodeSelector(#[from] InvalidNodeSelector),
    /// The pod needs a secret that has no value.
    #[error("secret `{0}` has no value")]
    MissingSecret(SecretName),
}

impl Manifests {
    /// Writes a planned pod as Kubernetes objects. `host` is the machine that will drive it, for whoever finds the pod.
    ///
    /// # Errors
    /// When the plan's node selector terms are not Kubernetes'.
    pub fn new(plan: &PodPlan, namespace: &str, agent: &Agent, host: Option<&str>) -> Result<Self, ManifestError> {
        let metadata = ObjectMeta {
            name: Some(plan.name.clone()),
            namespace: Some(namespace.to_owned()),
            labels: Some(names::labels(plan)),
            annotations: Some(names::annotations(plan, host)),
            ..ObjectMeta::default()
        };
        let mut secrets: Vec<SecretName> = plan.secrets_in_environment().cloned().collect();
        secrets.sort();
        secrets.dedup();
        Ok(Self {
            pod: Pod { metadata: fields::metadata(plan, metadata.clone()), spec: Some(pod_spec(plan)?), status: None },
            agent: agent_secret(plan, &metadata, agent),
            pull: plan.registry_secret.clone(),
            secrets,
            metadata,
        })
    }

    /// The Secret that the kubelet pulls the pod's images with; `None` when it needs none of its own.
    ///
    /// # Errors
    /// When the password is missing.
    pub fn pull_secret(&self, values: &SecretValues) -> Result<Option<Secret>, ManifestError> {
        let Some(RegistrySecret::Made { registry, username, password }) = &self.pull else { return Ok(None) };
        let value = values.get(password).ok_or_else(|| ManifestError::MissingSecret(password.clone()))?;
        let config = docker_config(registry, username, value);
        let data = [(PULL_KEY.to_owned(), ByteString(config.expose_secret().to_vec()))].into();
        Ok(Some(Secret { data: Some(data), ..self.pull_secret_without_value() }))
    }

    fn pull_secret_without_value(&self) -> Secret {
        secret(&self.metadata, names::pull_secret, "kubernetes.io/dockerconfigjson")
    }

    /// The pod's Secret with its values; `None` when the pod needs no secret.
    ///
    /// # Errors
    /// When a value is missing.
    pub fn secret(&self, values: &SecretValues) -> Result<Option<Secret>, ManifestError> {
        if self.secrets.is_empty() {
            return Ok(None);
        }
        let value = |name: &SecretName| {
            let bytes = values.get(name).ok_or_else(|| ManifestError::MissingSecret(name.clone()))?;
            Ok((name.key(), ByteString(bytes.expose_secret().to_vec())))
        };
        let data = self.secrets.iter().map(value).collect::<Result<_, ManifestError>>()?;
        Ok(Some(Secret { data: Some(data), ..self.secret_without_values() }))
    }

    fn secret_without_values(&self) -> Secret {
        secret(&self.metadata, names::secret, "Opaque")
    }
}

/// A Secret that belongs to the pod with this metadata.
fn secret(pod: &ObjectMeta, name: fn(&str) -> String, kind: &str) -> Secret {
    let pod_name = pod.name.clone().unwrap_or_default();
    let mut metadata = ObjectMeta { name: Some(name(&pod_name)), ..pod.clone() };
    metadata.annotations.get_or_insert_default().insert(names::POD.to_owned(), pod_name);
    Secret { metadata, immutable: Some(true), type_: Some(kind.to_owned()), ..Secret::default() }
}

fn agent_secret(plan: &PodPlan, pod: &ObjectMeta, agent: &Agent) -> Option<Secret> {
    let mut secret = secret(pod, names::agent, "Opaque");
    if plan.containers.iter().any(volume::is_supervised) {
        secret.metadata.annotations.get_or_insert_default().insert(names::AGENT_DIGEST.to_owned(), agent.digest().to_string());
        secret.data = Some([(AGENT_KEY.to_owned(), ByteString(agent.binary().to_vec()))].into());
    }
    let directories = plan.file_directories().into_iter().enumerate();
    let files = directories.flat_map(|(number, (_, files))| {
        files.values().enumerate().map(move |(i, text)| (volume::file_key(number, i), text.clone()))
    });
    let files: BTreeMap<String, String> = files.collect();
    // As text, so that `plan` shows it as it is.
    secret.string_data = (!files.is_empty()).then_some(files);
    (secret.data.is_some() || secret.string_data.is_some()).then_some(secret)
}

fn pod_spec(plan: &PodPlan) -> Result<PodSpec, ManifestError> {
    let registry_secret = plan.registry_secret.iter().map(|secret| LocalObjectReference {
        name: match secret {
            RegistrySecret::Named(name) => name.clone(),
            RegistrySecret::Made { .. } => names::pull_secret(&plan.name),
        },
    });
    let alias =
        |alias: &windlass_model::pod::HostAlias| HostAlias { ip: alias.ip.clone(), hostnames: Some(alias.hostnames.clone()) };
    Ok(PodSpec {
        containers: plan.containers.iter().enumerate().map(|(i, c)| container::container(plan, i, c)).collect(),
        volumes: none_if_empty(volume::volumes(plan)),
        restart_policy: Some("Never".to_owned()),
        active_deadline_seconds: Some(i64::try_from(plan.deadline_seconds).unwrap_or(i64::MAX)),
        termination_grace_period_seconds: Some(TERMINATION_GRACE_SECONDS),
        automount_service_account_token: Some(false),
        // Otherwise every Service of the namespace would leave variables in every container.
        enable_service_links: Some(false),
        node_selector: Some(fields::node_selector(plan)),
        tolerations: fields::tolerations(plan),
        service_account_name: plan.fields.service_account_name.clone(),
        security_context: fields::security_context(plan),
        affinity: placement::affinity(&plan.node_selector_terms)?,
        image_pull_secrets: none_if_empty(registry_secret.collect()),
        host_aliases: none_if_empty(plan.host_aliases.iter().map(alias).collect()),
        ..PodSpec::default()
    })
}

/// An empty list as an absent field, so that what is printed stays short.
fn none_if_empty<T>(list: Vec<T>) -> Option<Vec<T>> {
    if list.is_empty() { None } else { Some(list) }
}

#[cfg(test)]
mod tests;
