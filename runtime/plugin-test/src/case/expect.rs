//! What a case expects. Of what is not said, nothing is expected but that the plugin does its work.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{Answer, Built, Given, Pushed, Severity, Text};

/// What is expected.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Expect {
    /// How it ends.
    #[serde(default, with = "serde_yaml::with::singleton_map")]
    pub(crate) result: Result,
    /// The exit code that a failure is reported with.
    pub(crate) exit_code: Option<i32>,
    /// Texts, each of which is part of a line that it logs.
    #[serde(default)]
    pub(crate) log: Vec<String>,
    /// The variables that it sets: these and no others.
    pub(crate) variables: Option<BTreeMap<String, Variable>>,
    /// The results that it says, as a variable would hold them: these and no others.
    pub(crate) results: Option<BTreeMap<String, Text>>,
    /// What it remarks about lines of files: these and nothing else, in this order.
    pub(crate) annotations: Option<Vec<Remark>>,
    /// What `requirements` answers: what is said is there, what is not said may be.
    pub(crate) needs: Option<Value>,
    /// Files of containers, after the work.
    #[serde(default)]
    pub(crate) files: BTreeMap<String, BTreeMap<String, Option<File>>>,
    /// Files of the working copy, after the work.
    #[serde(default)]
    pub(crate) workspace: BTreeMap<String, Option<File>>,
    /// What a login returns: these and no others.
    pub(crate) credentials: Option<Vec<Credential>>,
    /// What a build returns.
    pub(crate) image: Option<Built>,
    /// What a push returns: these and no others.
    pub(crate) pushed: Option<Vec<Pushed>>,
    /// Of a config plugin: the tasks that it makes.
    pub(crate) tasks: Option<Made>,
    /// What it does when it cleans up.
    #[serde(default)]
    pub(crate) cleanup: Cleanup,
}

/// How a plugin ends.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Result {
    /// It did what was asked.
    #[default]
    Ok,
    /// It reports a failure that says this.
    Failed(String),
    /// It refuses this field of the request.
    Unsupported(String),
    /// It passes on that this power was refused.
    Denied(String),
    /// It reports that the pod is lost.
    Infrastructure(String),
}

/// A variable that is set: its value, or the value with whether it is masked from then on.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged, expecting = "give a value, or {value: …, sensitive: true}")]
pub(crate) enum Variable {
    Plain(Text),
    Full(FullVariable),
}

/// The longer form.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FullVariable {
    pub(crate) value: Text,
    #[serde(default)]
    pub(crate) sensitive: bool,
}

/// A remark about lines of a file. Of what is not said, nothing is expected.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Remark {
    pub(crate) path: String,
    pub(crate) line: Option<u32>,
    pub(crate) severity: Option<Severity>,
    /// A part of its message.
    pub(crate) message: Option<String>,
}

/// The tasks that are made: this text, or one with a text in it.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged, expecting = "give the text of the tasks, or {contains: TEXT}")]
pub(crate) enum Made {
    Text(Text),
    Contains(Contains),
}

/// What a file holds: this text, a secret, or something with a text in it.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged, expecting = "give the file's text, {contains: TEXT}, {secret: NAME}, or nothing for a file that is not there")]
pub(crate) enum File {
    Text(Text),
    Contains(Contains),
    Secret(Named),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Contains {
    pub(crate) contains: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Named {
    pub(crate) secret: String,
}

/// Credentials of a registry.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Credential {
    pub(crate) registry: String,
    pub(crate) username: String,
    /// The text of the password, or the secret that it is.
    pub(crate) secret: Given,
}

/// What is expected of `cleanup`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Cleanup {
    /// How it ends.
    #[serde(default, with = "serde_yaml::with::singleton_map")]
    pub(crate) result: Result,
    /// Answers to the commands that it runs, by container.
    #[serde(default)]
    pub(crate) commands: BTreeMap<String, Vec<Answer>>,
    /// Files of containers, after it.
    #[serde(default)]
    pub(crate) files: BTreeMap<String, BTreeMap<String, Option<File>>>,
}
