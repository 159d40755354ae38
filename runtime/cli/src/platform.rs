//! What the planner is told besides the tasks: what `windlass.yaml` and the command line decide, and, through its ports, what is known of the
//! project's files, of clusters and of secrets.

use std::collections::BTreeMap;
use std::path::Path;

use windlass_engine::planner::{OwnFiles, Platform, SaidOfPods};
use windlass_engine::ports::project::ProjectFiles;
use windlass_engine::ports::surroundings::{MissingSecret, Surroundings};
use windlass_files::Tree;
use windlass_model::plan::{OpenCluster, Target};
use windlass_model::pod::{PullPolicy, Registry};
use windlass_model::secret::SecretName;
use windlass_model::settings::Settings;
use windlass_model::task::{Placement, SecretRequest, Task};
use windlass_plugin_source::layout_of_member;
use windlass_working_copy::{Content, ContextFiles, SecretFiles};

use crate::environment::ProcessEnvironment;
use crate::placement::Where;
use crate::secrets::{self, Sources};
use crate::voices::Voices;

/// A Dockerfile larger than this is not looked into before the run.
const MAX_FILE: u64 = 1 << 20;

/// What is decided: `settings` is what all `voices` say together, `pull_policy` what the command line says about pulling.
pub fn platform<'a>(
    settings: &Settings,
    voices: &'a Voices,
    registries: Vec<Registry>,
    pull_policy: Option<PullPolicy>,
) -> Platform<'a> {
    Platform {
        files: voices.layers().map(|layer| (layer.name(), &layer.settings)).collect(),
        own_files: OwnFiles::default(),
        host_aliases: settings.host_aliases.clone(),
        registries,
        builder_images: settings.images.clone(),
        environments: settings.environments.clone(),
        pull_policy: pull_policy.or(settings.pull_policy).unwrap_or_default(),
        sidecar_timeout: settings.sidecar_timeout,
        artifact_store: settings.artifacts.store.clone(),
    }
}

/// The clusters and secrets that this machine and its user know of.
pub struct Surrounding<'a> {
    /// Where tasks run.
    pub place: Where<'a>,
    /// Where values of secrets come from.
    pub sources: &'a Sources,
    /// Who says what of the pods there.
    pub voices: &'a Voices,
    /// The command that takes the options that are advised.
    pub command: &'a str,
}

impl Surroundings for Surrounding<'_> {
    fn target(&self, task: &Task, placement: &Placement) -> Result<Target, OpenCluster> {
        self.place.of(placement).map_err(|error| OpenCluster {
            task: task.name.clone(),
            asked: error.asked,
            namespace: error.namespace,
            problem: error.problem,
            ways: error.ways,
        })
    }

    fn missing_secret(&self, task: &Task, name: &SecretName) -> Option<MissingSecret> {
        let request = task.secrets.iter().find(|request| request.name == *name).cloned();
        // One that only a plugin names goes by its name alone.
        let request = request.unwrap_or_else(|| SecretRequest { name: name.clone(), reference: String::new() });
        let problem = match self.sources.find(&request) {
            None => None,
            Some(source) => Some(source.missing(name, &ProcessEnvironment)?.to_string()),
        };
        Some(MissingSecret { problem, ways: secrets::ways(name, self.command) })
    }

    fn pods(&self, placement: &Placement, target: &Target) -> Vec<SaidOfPods> {
        match target {
            Target::Kube { .. } | Target::Open { .. } => self.voices.pods(self.place.mapping(placement, target)),
            Target::Engine => Vec::new(),
        }
    }
}

/// The working copy in a directory.
pub struct Workspace<'a> {
    /// The directory.
    pub directory: &'a Path,
    /// Files in it that are no part of the working copy, because secrets are read from them.
    pub secret_files: &'a SecretFiles,
}

impl ProjectFiles for Workspace<'_> {
    fn text(&self, path: &str) -> Option<String> {
        // Neither `..` nor a link leads out of the working copy: only what is in it reaches the pod.
        let text = Tree::open(self.directory).ok()?.read(Path::new(path), MAX_FILE).ok()?;
        String::from_utf8(text).ok()
    }

    fn contents(&self, directory: &str, below: Option<&[String]>, ignored: &str) -> Result<BTreeMap<String, Content>, String> {
        ContextFiles::new(self.directory, self.secret_files, directory, ignored).contents(below).map_err(|error| {
            let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
            format!("{error}{}", cause.unwrap_or_default())
        })
    }

    /// Nothing for one whose place has no name in UTF-8, too.
    fn places(&self, path: &str) -> Vec<String> {
        let written = self.directory.join(path);
        // A plugin in a layout lies where the layout does, under its own name.
        let file = match layout_of_member(&written) {
            Some((layout, plugin)) => layout.canonicalize().map(|layout| layout.join(plugin)),
            None => written.canonicalize(),
        };
        let (Ok(base), Ok(file)) = (self.directory.canonicalize(), file) else { return Vec::new() };
        let below = file.strip_prefix(&base).ok().and_then(Path::to_str).map(|path| format!("./{path}"));
        below.into_iter().chain(file.to_str().map(str::to_owned)).collect()
    }
}

#[cfg(test)]
mod tests;
