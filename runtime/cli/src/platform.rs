//! The platform's decisions for the planner: `windlass.yaml`, the command line and the kubeconfig taken together.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use windlass_engine::planner::{Content, Platform};
use windlass_engine::run::ContextFiles;
use windlass_files::Tree;
use windlass_model::image::ImageReference;
use windlass_model::plan::{OpenCluster, Target};
use windlass_model::plugin::{PluginInfo, Powers};
use windlass_model::pod::{HostAlias, PullPolicy, Registry};
use windlass_model::secret::SecretName;
use windlass_model::settings::{EnvironmentSettings, Permission, Settings};
use windlass_model::task::{Placement, PluginReference, SecretRequest, Task};

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

    fn check_privileged(&self, container: &str) -> Result<(), String> {
        match self.settings.policy.privileged {
            Permission::Allow => Ok(()),
            Permission::Deny => {
                Err(format!("container {container} is privileged, which `policy: {{privileged: deny}}` of windlass.yaml forbids"))
            }
        }
    }

    fn check_image(&self, image: &ImageReference) -> Result<(), String> {
        if self.settings.policy.allows_image(image) {
            return Ok(());
        }
        Err(format!("image {image} is not among `policy: {{images: […]}}` of windlass.yaml; add `{}` there", image.canonical()))
    }

    fn check_plugin(&self, plugin: &PluginInfo) -> Result<(), String> {
        let names = names(plugin);
        if self.settings.policy.allows_plugin(&names.iter().map(String::as_str).collect::<Vec<_>>()) {
            return Ok(());
        }
        let name = names.first().map_or(plugin.name.as_str(), String::as_str);
        Err(format!("plugin {name} is not among `policy: {{plugins: […]}}` of windlass.yaml; add `{name}` there"))
    }

    fn granted(&self, plugin: &PluginInfo) -> Powers {
        let built_in = matches!(plugin.reference, PluginReference::BuiltIn(_));
        match self.voices.grant(&names(plugin), built_in) {
            Some(powers) => powers,
            // What windlass carries is part of it; a grant in the settings can still take powers away.
            None if built_in => plugin.asks.clone(),
            None => Powers::default(),
        }
    }
}

/// The names that `windlass.yaml` may call a plugin by, the most telling first. The name in a manifest is not among them for
/// plugins from outside: anybody can write any name there.
fn names(plugin: &PluginInfo) -> Vec<String> {
    vec![plugin.reference.to_string(), plugin.digest.to_string()]
}

#[cfg(test)]
mod tests;
