//! Objects as YAML documents that `kubectl apply` accepts.

use k8s_openapi::api::core::v1::Secret;

use windlass_model::pod::RegistrySecret;

use super::{Manifests, PULL_KEY};

/// What stands for a secret's value wherever objects are printed.
const HIDDEN: &str = "(hidden)";

/// How much of the agent is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Show {
    /// All of it: the objects as they are created, except that secret values are never shown.
    Everything,
    /// Without the agent's bytes, whose digest stands in an annotation: for people.
    Outline,
}

impl Manifests {
    /// The objects in the order of their creation, as YAML documents. Values of secrets are replaced by `(hidden)`.
    ///
    /// # Errors
    /// When an object cannot be written as YAML, which would be a bug.
    pub fn to_yaml(&self, show: Show) -> Result<String, serde_yaml::Error> {
        let mut documents = Vec::new();
        if !self.secrets.is_empty() {
            documents.push(serde_yaml::to_string(&self.secret_hidden())?);
        }
        if let Some(RegistrySecret::Made { .. }) = &self.pull {
            let hidden = [(PULL_KEY.to_owned(), HIDDEN.to_owned())].into();
            let secret = Secret { string_data: Some(hidden), ..self.pull_secret_without_value() };
            documents.push(serde_yaml::to_string(&secret)?);
        }
        match (&self.agent, show) {
            (Some(agent), Show::Everything) => documents.push(serde_yaml::to_string(agent)?),
            (Some(agent), Show::Outline) => documents.push(serde_yaml::to_string(&Secret { data: None, ..agent.clone() })?),
            (None, _) => {}
        }
        documents.push(serde_yaml::to_string(&self.pod)?);
        Ok(documents.join("---\n"))
    }

    fn secret_hidden(&self) -> Secret {
        let hidden = self.secrets.iter().map(|name| (name.key(), HIDDEN.to_owned()));
        Secret { string_data: Some(hidden.collect()), ..self.secret_without_values() }
    }
}
