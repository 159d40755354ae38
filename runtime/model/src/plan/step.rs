//! The steps of a task, and what each of them does.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::artifact::ArtifactPlan;
use crate::cache::CachePlan;
use crate::docker::PushPattern;
use crate::plugin::{BuildHints, Grants, PluginInfo};
use crate::task::{FileContents, When};

/// One step of a task.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StepPlan {
    /// Its name, unique in the task.
    pub name: String,
    /// When it runs.
    pub when: When,
    /// A variable that makes it unnecessary once a step before it set it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unless: Option<String>,
    /// Started, counted as passed, and ended with the task.
    pub background: bool,
    /// What it does.
    pub action: StepAction,
    /// Of a script: what its commands may push.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pushes: Vec<PushPattern>,
    /// One-based line of its key in the file.
    pub line: usize,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepAction {
    /// Brings the working copy into the pod.
    Workspace,
    /// Writes a file in the main container.
    File {
        /// Where to.
        path: String,
        /// What it holds.
        contents: FileContents,
    },
    /// Collects files of the main container.
    Artifacts(ArtifactPlan),
    /// Restores a cache, or makes its content.
    Cache(Box<CachePlan>),
    /// Stores the cache of that name, if there is a reason to.
    UploadCache(String),
    /// Runs a plugin.
    Plugin(Box<PluginCall>),
}

impl StepAction {
    /// The plugin that the step is, if it is one. What a step does beside may run plugins, too: [`Self::plugins`] has them all.
    pub fn plugin(&self) -> Option<&PluginCall> {
        match self {
            Self::Plugin(call) => Some(call),
            Self::Workspace | Self::File { .. } | Self::Artifacts(_) | Self::Cache(_) | Self::UploadCache(_) => None,
        }
    }

    /// Every plugin that the step may run, in the order in which they may run. What is asked of plugins is asked of each of these.
    pub fn plugins(&self) -> impl Iterator<Item = &PluginCall> {
        let (own, cache) = match self {
            Self::Plugin(call) => (Some(&**call), None),
            Self::Cache(cache) => (None, Some(cache)),
            Self::Workspace | Self::File { .. } | Self::Artifacts(_) | Self::UploadCache(_) => (None, None),
        };
        own.into_iter().chain(cache.into_iter().flat_map(|cache| cache.plugins()))
    }

    /// The same, to be changed.
    pub fn plugins_mut(&mut self) -> impl Iterator<Item = &mut PluginCall> {
        let (own, cache) = match self {
            Self::Plugin(call) => (Some(&mut **call), None),
            Self::Cache(cache) => (None, Some(cache)),
            Self::Workspace | Self::File { .. } | Self::Artifacts(_) | Self::UploadCache(_) => (None, None),
        };
        own.into_iter().chain(cache.into_iter().flat_map(|cache| cache.plugins_mut()))
    }
}

/// A plugin and what it is asked to do.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PluginCall {
    /// The plugin.
    pub plugin: PluginInfo,
    /// The request: what stands under `with`.
    pub request: serde_json::Value,
    /// The container it runs commands in unless it names another.
    pub container: String,
    /// What it may do.
    pub grants: Grants,
    /// The containers that are its own ([`crate::power::ContainerScope::own`]): its step brings them, or another step of the very same
    /// plugin. No other plugin can bring one of the name.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub own_containers: BTreeSet<String>,
    /// Of a build step: what is known beside the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub build: Option<BuildHints>,
}
