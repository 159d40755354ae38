//! How requests over the network are answered.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error};
use windlass_model::pattern::Pattern;

use super::{Text, Times};

/// How one request is answered.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RequestAnswer {
    /// The request.
    pub(crate) send: Send,
    /// Headers that it must have. In them and in the body, a secret is `${NAME}`.
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, Text>,
    /// The body that it must have.
    pub(crate) body: Option<Text>,
    /// What comes back.
    #[serde(default)]
    pub(crate) answer: Reply,
    /// No answer comes, in these words.
    pub(crate) not_sent: Option<String>,
    /// How often it is sent.
    #[serde(default)]
    pub(crate) times: Times,
}

/// What a host answers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reply {
    #[serde(default = "fine")]
    pub(crate) status: u16,
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, Text>,
    #[serde(default)]
    pub(crate) body: String,
}

const fn fine() -> u16 {
    200
}

impl Default for Reply {
    fn default() -> Self {
        Self { status: fine(), headers: BTreeMap::new(), body: String::new() }
    }
}

/// A method, and an address in which `*` stands for any text and `?` for one character.
#[derive(Debug, Clone)]
pub(crate) struct Send {
    method: String,
    address: Pattern,
}

impl Send {
    /// Whether a request is meant.
    pub(crate) fn matches(&self, method: &str, address: &str) -> bool {
        self.method == method && self.address.matches(address)
    }
}

impl fmt::Display for Send {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.address.0)
    }
}

impl<'de> Deserialize<'de> for Send {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.split_once(' ') {
            Some((method, address)) if method.chars().all(|c| c.is_ascii_uppercase()) && address.contains("://") => {
                Ok(Self { method: method.to_owned(), address: Pattern(address.to_owned()) })
            }
            _ => Err(D::Error::custom("write a method and a whole address: GET https://api.example/items")),
        }
    }
}
