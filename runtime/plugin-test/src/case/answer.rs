//! What a container of the scripted pod has, and how it answers commands.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};
use windlass_model::pattern::Pattern;

use super::{Text, Words};

/// A container.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Container {
    /// Whose programs it runs; `amd64` if not given.
    pub(crate) architecture: Option<Architecture>,
    /// What is found in its PATH: each in /usr/bin, or where its whole path says.
    #[serde(default)]
    pub(crate) programs: Vec<String>,
    /// Files, by their absolute paths.
    #[serde(default)]
    pub(crate) files: BTreeMap<String, String>,
    /// Answers to commands.
    #[serde(default)]
    pub(crate) commands: Vec<Answer>,
    /// The commands come in just this order.
    #[serde(default)]
    pub(crate) ordered: bool,
}

/// Processors, as images name them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Architecture {
    #[default]
    Amd64,
    Arm64,
}

impl Architecture {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Amd64 => "amd64",
            Self::Arm64 => "arm64",
        }
    }
}

/// How one command is answered.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Answer {
    /// The command.
    pub(crate) run: Words,
    /// What it writes, to stdout and stderr together.
    #[serde(default)]
    pub(crate) output: String,
    /// Its exit code.
    #[serde(default)]
    pub(crate) exit: i32,
    /// Files that it leaves; none for one that it removes.
    #[serde(default)]
    pub(crate) files: BTreeMap<String, Option<String>>,
    /// How often it is asked for.
    #[serde(default)]
    pub(crate) times: Times,
    /// It does not end by itself.
    #[serde(default)]
    pub(crate) stays: bool,
    /// It cannot be started, in these words.
    pub(crate) not_started: Option<String>,
    /// Variables that it must be given.
    #[serde(default)]
    pub(crate) env: BTreeMap<String, Given>,
    /// What it must be given to read.
    pub(crate) stdin: Option<Given>,
    /// Where it must start.
    pub(crate) working_directory: Option<String>,
    /// Whether it must be lent the credentials of registries.
    pub(crate) registry_credentials: Option<bool>,
}

/// How often something happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Times {
    /// So often.
    Exactly(u32),
    /// As often as it likes, and never, too.
    Any,
}

impl Default for Times {
    fn default() -> Self {
        Self::Exactly(1)
    }
}

impl<'de> Deserialize<'de> for Times {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Word;
        impl Visitor<'_> for Word {
            type Value = Times;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number from 1 on, or `any`")
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Times, E> {
                match u32::try_from(number) {
                    Ok(number) if number > 0 => Ok(Times::Exactly(number)),
                    _ => Err(E::invalid_value(serde::de::Unexpected::Unsigned(number), &self)),
                }
            }

            fn visit_str<E: Error>(self, word: &str) -> Result<Times, E> {
                if word == "any" { Ok(Times::Any) } else { Err(E::invalid_value(serde::de::Unexpected::Str(word), &self)) }
            }
        }
        deserializer.deserialize_any(Word)
    }
}

/// A value that a plugin passes on: a text or a pattern of it, or a secret of the case by name.
#[derive(Debug, Clone)]
pub(crate) enum Given {
    Text(Pattern),
    Secret(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BySecret {
    secret: String,
}

impl fmt::Display for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(pattern) => write!(f, "{:?}", pattern.0),
            Self::Secret(name) => write!(f, "the secret {name}"),
        }
    }
}

impl<'de> Deserialize<'de> for Given {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "give a text, or {secret: NAME}")]
        enum Either {
            Text(Text),
            Secret(BySecret),
        }
        Ok(match Either::deserialize(deserializer)? {
            Either::Text(Text(text)) => Self::Text(Pattern(text)),
            Either::Secret(BySecret { secret }) => Self::Secret(secret),
        })
    }
}
