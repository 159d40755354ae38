//! Secrets by name. A value never enters the model, so nothing that prints a plan or an event can print one.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The name under which a secret's value is kept for a run: the variable that holds it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretName(String);

/// Why a text cannot name a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` cannot name a secret: use 1 to 253 letters, digits, `_`, `-` or `.`, as a key of a Kubernetes Secret must be")]
pub struct InvalidSecretName(pub String);

impl SecretName {
    /// Takes a name that is also a valid key of a Kubernetes Secret.
    ///
    /// # Errors
    /// When the text is empty, too long, `.`, `..`, or holds another character.
    pub fn new(name: impl Into<String>) -> Result<Self, InvalidSecretName> {
        let name = name.into();
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        if name.is_empty() || name.len() > 253 || name.starts_with("..") || name == "." || !name.chars().all(allowed) {
            return Err(InvalidSecretName(name));
        }
        Ok(Self(name))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SecretName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A value of a variable: text, or a secret that is known by name only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EnvValue {
    /// Text whose variables the container's environment expands (`PATH: /x:$PATH`).
    Text(String),
    /// The value of a secret, taken as it is: never expanded, always masked.
    Secret(SecretName),
}

/// One variable of an environment; the order of a list of them is the order of their definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvVar {
    /// The variable's name.
    pub name: String,
    /// Its value.
    pub value: EnvValue,
}

impl EnvVar {
    /// A variable holding text.
    pub fn text(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: EnvValue::Text(value.into()) }
    }
}
