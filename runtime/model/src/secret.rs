//! Secrets by name. A value never enters the model, so nothing that prints a plan or an event can print one.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::handed::Handed;

/// The name under which a secret's value is kept for a run: the variable that holds it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretName(String);

/// Why a text cannot name a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` cannot name a secret: a variable's name has 1 to {LONGEST} bytes, and no `=`, white space or control character", crate::text::one_line(.0))]
pub struct InvalidSecretName(pub String);

/// The longest name, in bytes.
const LONGEST: usize = 1024;

/// The longest name that is a key as it is: what an agent and a Kubernetes Secret both take.
const LONGEST_KEY: usize = 200;

impl SecretName {
    /// Takes a name that a variable can have.
    ///
    /// # Errors
    /// When the text is empty, too long, or holds `=`, white space or a control character.
    pub fn new(name: impl Into<String>) -> Result<Self, InvalidSecretName> {
        let name = name.into();
        let never = |c: char| c == '=' || c.is_whitespace() || c.is_control();
        let valid = !name.is_empty() && name.len() <= LONGEST && !name.contains(never);
        if valid { Ok(Self(name)) } else { Err(InvalidSecretName(name)) }
    }

    /// The name where only letters, digits, `_`, `-` and `.` are taken: as a key of a Kubernetes Secret, and by agents. Nearly every name is
    /// its own key; any other is told apart by its digest.
    pub fn key(&self) -> String {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        let begins_well = self.0.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        if begins_well && self.0.len() <= LONGEST_KEY && self.0.chars().all(allowed) {
            return self.0.clone();
        }
        let readable: String = self.0.chars().take(80).map(|c| if allowed(c) { c } else { '_' }).collect();
        let digest = Sha256::digest(&self.0).iter().take(16).map(|byte| format!("{byte:02x}")).collect::<String>();
        format!("windlass.{digest}.{readable}")
    }

    /// The name of what a shell hands on of this secret.
    pub fn handed(&self, handed: Handed) -> Self {
        Self(format!("{}.{handed}", self.0))
    }

    /// The secret of which this one is handed on by a shell, and how; nothing for any other.
    pub fn handed_on(&self) -> Option<(Self, Handed)> {
        let (name, behind) = self.0.rsplit_once('.').filter(|(name, _)| !name.is_empty())?;
        let handed = Handed::ALL.into_iter().find(|handed| handed.to_string() == behind)?;
        Some((Self(name.to_owned()), handed))
    }

    /// The name of the same password without the line end behind it.
    pub fn without_line_end(&self) -> Self {
        Self(format!("{}.line", self.0))
    }

    /// The secret whose value has to be given: itself, or the one of which it is handed on.
    pub fn given(&self) -> Self {
        self.handed_on().map_or_else(|| self.clone(), |(name, _)| name)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> SecretName {
        SecretName::new(text).unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn any_variable_can_hold_a_secret() {
        for text in ["KEY", "NPM_CONFIG_//reg.example/:_authToken", "..", "-x", "é", &"x".repeat(1024)] {
            assert_eq!(name(text).as_str(), text);
        }
        for text in ["", "a b", "A=B", "A\nB", "A\0", &"x".repeat(1025)] {
            assert!(SecretName::new(text).is_err(), "{text:?}");
        }
    }

    /// Proves that every name has a key that a Kubernetes Secret and an agent take, and that no two share one.
    #[test]
    fn every_name_has_a_key_of_its_own() {
        assert_eq!((name("KEY").key(), name("KEY.2").key()), ("KEY".into(), "KEY.2".into()));
        let odd = ["a/b", "a:b", "a_b", "..", ".", ".a", "-a", "é", &"x".repeat(201), &"x".repeat(202)];
        let keys: std::collections::BTreeSet<String> = odd.iter().map(|text| name(text).key()).collect();
        assert_eq!(keys.len(), odd.len(), "{keys:?}");
        for key in keys {
            assert!(key.len() <= 200 && key.starts_with(|c: char| c.is_ascii_alphanumeric()), "{key}");
            assert!(key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')), "{key}");
        }
    }

    #[test]
    fn what_a_shell_hands_on_has_a_name_that_says_so() {
        let words = name("KEY").handed(Handed::Words);
        assert_eq!((words.as_str(), words.handed_on()), ("KEY.words", Some((name("KEY"), Handed::Words))));
        assert_eq!((words.given(), name("KEY.2").given()), (name("KEY"), name("KEY.2")));
    }
}
