//! The platform's decisions for the planner: `windlass.yaml`, the command line and the kubeconfig taken together.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use windlass_engine::planner::{Deciding, Platform, SaidOfPods};
use windlass_files::Tree;
use windlass_model::plan::{OpenCluster, Target};
use windlass_model::plugin::PluginInfo;
use windlass_model::pod::{HostAlias, PullPolicy, Registry};
use windlass_model::secret::SecretName;
use windlass_model::settings::{EnvironmentSettings, Granted, PluginNames, Settings};
use windlass_model::task::{Placement, PluginReference, SecretRequest, Task};
use windlass_working_copy::{Content, ContextFiles};

use crate::environment::ProcessEnvironment;
use crate::placement::Where;
use crate::secrets::{self, Sources};
use crate::voices::Voices;

/// A Dockerfile larger than this is not looked into before the run.
const MAX_FILE: u64 = 1 << 20;

/// What a project's platform decides.
pub struct ProjectPlatform<'a> {
    /// What all settings say together.
    pub settings: &'a Settings,
    /// Who says what of it.
    pub voices: &'a Voices,
    /// Where tasks run.
    pub place: Where<'a>,
    /// Where values of secrets come from.
    pub sources: &'a Sources,
    /// How registries are reached.
    pub registries: &'a [Registry],
    /// The working copy.
    pub workspace: &'a Path,
    /// What the command line says about pulling.
    pub pull_policy: Option<PullPolicy>,
}

impl Platform for ProjectPlatform<'_> {
    fn target(&self, task: &Task, placement: &Placement) -> Result<Target, OpenCluster> {
        self.place.of(placement).map_err(|error| OpenCluster {
            task: task.name.clone(),
            asked: error.asked,
            namespace: error.namespace,
            problem: error.problem,
            ways: error.ways,
        })
    }

    fn secret_ways(&self, task: &Task, name: &SecretName) -> Option<Vec<String>> {
        let request = task.secrets.iter().find(|request| request.name == *name).cloned();
        // One that only a plugin names goes by its name alone.
        let request = request.unwrap_or_else(|| SecretRequest { name: name.clone(), reference: String::new() });
        match self.sources.find(&request) {
            None => Some(secrets::ways(name)),
            Some(source) => {
                let problem = source.missing(&ProcessEnvironment)?;
                Some([vec![problem], secrets::ways(name)].concat())
            }
        }
    }

    fn pods(&self, placement: &Placement, target: &Target) -> Vec<SaidOfPods> {
        match target {
            Target::Kube { .. } | Target::Open { .. } => self.voices.pods(self.place.mapping(placement, target)),
            Target::Engine => Vec::new(),
        }
    }

    fn host_aliases(&self) -> Vec<HostAlias> {
        self.settings.host_aliases.clone()
    }

    fn registries(&self) -> Vec<Registry> {
        self.registries.to_vec()
    }

    fn builder_image(&self, plugin: &PluginInfo) -> Option<String> {
        self.settings.images.get(&plugin.name).cloned()
    }

    fn file(&self, path: &str) -> Option<String> {
        // Neither `..` nor a link leads out of the working copy: only what is in it reaches the pod.
        let text = Tree::open(self.workspace).ok()?.read(Path::new(path), MAX_FILE).ok()?;
        String::from_utf8(text).ok()
    }

    fn environments(&self) -> EnvironmentSettings {
        self.settings.environments.clone()
    }

    fn contents(&self, directory: &str, below: Option<&[String]>, ignored: &str) -> Result<BTreeMap<String, Content>, String> {
        ContextFiles::new(self.workspace, directory, ignored).contents(below).map_err(|error| {
            let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
            format!("{error}{}", cause.unwrap_or_default())
        })
    }

    fn pull_policy(&self) -> PullPolicy {
        self.pull_policy.or(self.settings.pull_policy).unwrap_or_default()
    }

    fn sidecar_timeout(&self) -> Option<Duration> {
        self.settings.sidecar_timeout
    }

    fn policies(&self) -> Vec<Deciding<'_>> {
        self.voices.layers().map(|layer| Deciding { file: layer.name(), policy: &layer.settings.policy }).collect()
    }

    fn plugin_places(&self, plugin: &PluginReference) -> Vec<String> {
        match plugin {
            PluginReference::File(path) => places(self.workspace, path),
            PluginReference::BuiltIn(_) | PluginReference::Registry(_) => Vec::new(),
        }
    }

    fn granted(&self, plugin: &PluginNames) -> Granted {
        Granted::by(self.voices.layers().map(|layer| (layer.name(), &layer.settings)), plugin)
    }
}

/// Where a file below a directory really lies: from that directory if it is below it, and from the root. Nothing for one that is not there, or
/// has no name in UTF-8.
fn places(base: &Path, path: &str) -> Vec<String> {
    let (Ok(base), Ok(file)) = (base.canonicalize(), base.join(path).canonicalize()) else { return Vec::new() };
    let below = file.strip_prefix(&base).ok().and_then(Path::to_str).map(|path| format!("./{path}"));
    below.into_iter().chain(file.to_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests;
