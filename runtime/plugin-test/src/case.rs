//! A case, as its author writes it. Every type here takes nothing but what makes sense, so that a mistake is told with its line.

mod answer;
mod expect;
mod grants;
mod images;
mod read;
mod requests;
mod scalar;
mod severity;
mod words;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

pub use read::{CaseError, parse, read};

pub(crate) use answer::{Answer, Architecture, Container, Given, Times};
pub(crate) use expect::{Credential, Expect, File, Made, Remark, Result as Expected, Variable};
use grants::Granted;
pub(crate) use images::{Built, Location, Pushed};
pub(crate) use requests::{Reply, RequestAnswer};
pub(crate) use scalar::{Secret, Text};
pub(crate) use severity::Severity;
pub(crate) use words::{Words, shown};

/// One thing that a plugin is asked, what it finds while it does it, and what is expected of it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Case {
    /// What it shows.
    pub name: String,
    /// The request.
    #[serde(default)]
    pub(crate) with: Value,
    /// Of a config plugin: what the tasks are made from. It is in the working copy, too.
    pub(crate) file: Option<Source>,
    /// What it may do; everything that it asks for if nothing is said.
    pub(crate) grants: Option<Granted>,
    /// Files of the working copy: on the user's machine, and in the working directory of every container.
    #[serde(default)]
    pub(crate) workspace: BTreeMap<String, String>,
    /// The task's variables.
    #[serde(default)]
    pub(crate) environment: BTreeMap<String, Text>,
    /// Secrets of the task.
    #[serde(default)]
    pub(crate) secrets: BTreeMap<String, Secret>,
    /// How registries are reached.
    #[serde(default)]
    pub(crate) registries: Vec<Registry>,
    /// Answers to requests over the network.
    #[serde(default)]
    pub(crate) requests: Vec<RequestAnswer>,
    /// What earlier build steps left.
    #[serde(default)]
    pub(crate) images: Vec<Built>,
    /// Of a build: the next step pushes the image under the same tags.
    #[serde(default)]
    pub(crate) next_step_pushes: bool,
    /// The container that the step runs in; the main one if not given.
    pub(crate) container: Option<String>,
    /// What is in the containers of the pod. The main one is always there, and so are those that the plugin brings.
    #[serde(default)]
    pub(crate) containers: BTreeMap<String, Container>,
    /// What it is to do.
    #[serde(default)]
    pub(crate) expect: Expect,
}

/// A file that tasks are made from.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Source {
    /// From the project's root.
    pub(crate) path: String,
    pub(crate) text: Text,
}

/// A registry that the task knows.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Registry {
    pub(crate) host: String,
    #[serde(default)]
    pub(crate) insecure: bool,
    pub(crate) certificate: Option<String>,
    #[serde(default)]
    pub(crate) mirrors: Vec<String>,
    /// With the name of a secret, when a login step gave credentials.
    pub(crate) username: Option<String>,
    pub(crate) secret: Option<String>,
}

impl Case {
    /// One that asks for this, finds nothing, and expects nothing in particular.
    pub(crate) fn of_request(with: Value) -> Self {
        Self {
            name: "a generated request".to_owned(),
            with,
            file: None,
            grants: None,
            workspace: BTreeMap::new(),
            environment: BTreeMap::new(),
            secrets: BTreeMap::new(),
            registries: Vec::new(),
            requests: Vec::new(),
            images: Vec::new(),
            next_step_pushes: false,
            container: None,
            containers: BTreeMap::new(),
            expect: Expect::default(),
        }
    }

    /// The powers that are granted, unless it is everything.
    pub(crate) fn granted(&self) -> Option<&windlass_model::plugin::Powers> {
        self.grants.as_ref().map(|granted| &granted.0)
    }
}
