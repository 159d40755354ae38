//! A world to plan in: a working copy, settings files, and where tasks run. Its plugins are those of the test.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use windlass_model::digest::Digest;
use windlass_model::image::ImageReference;
use windlass_model::lines::Lines;
use windlass_model::plan::{OpenCluster, Plan, RunId, Target};
use windlass_model::plugin::{PluginInfo, PluginKind, Powers};
use windlass_model::plugin_reference::PluginReference;
use windlass_model::pod::{ContainerPlan, Process};
use windlass_model::quantity::{MebiBytes, MilliCpu, Resources};
use windlass_model::roles::Roles;
use windlass_model::secret::SecretName;
use windlass_model::settings::Settings;
use windlass_model::task::{Placement, Task};
use windlass_working_copy::Content;

use super::{CacheStore, PlanErrors, PlanInput, Platform, SaidOfPods, Selection, plan};
use crate::ports::plugin::PluginHost;
use crate::ports::project::ProjectFiles;
use crate::ports::surroundings::{MissingSecret, Surroundings};

/// Everything that a plan is made in, besides its tasks and plugins.
pub(super) struct World {
    /// Where every task runs.
    pub(super) target: Target,
    /// The working copy.
    pub(super) files: BTreeMap<&'static str, &'static str>,
    /// `windlass.yaml`.
    pub(super) settings: Settings,
    /// Further settings files.
    pub(super) more: Vec<(String, Settings)>,
    /// Where caches are kept.
    pub(super) caches: CacheStore,
    /// Whether secrets have values.
    pub(super) knows_secrets: bool,
}

impl World {
    /// An engine, with nothing but `windlass.yaml`.
    pub(super) fn of(settings: Settings) -> Self {
        Self {
            target: Target::Engine,
            files: BTreeMap::new(),
            settings,
            more: Vec::new(),
            caches: CacheStore::default(),
            knows_secrets: true,
        }
    }

    fn platform(&self) -> Platform<'_> {
        let more = self.more.iter().map(|(file, settings)| (file.clone(), settings));
        Platform {
            files: [("windlass.yaml".to_owned(), &self.settings)].into_iter().chain(more).collect(),
            environments: self.settings.environments.clone(),
            ..Platform::default()
        }
    }

    /// The plan of these tasks, or of those of them that are named, with the plugins of a host.
    pub(super) async fn plan(
        &self,
        tasks: &[Task],
        named: &[&str],
        host: &dyn PluginHost,
        substitutes: &[(PluginKind, PluginReference)],
    ) -> Result<Plan, PlanErrors> {
        let input = PlanInput {
            run: RunId::from_random(0),
            tasks,
            lines: &Lines::default(),
            left_out: &[],
            selection: &Selection(named.iter().map(|name| (*name).to_owned()).collect()),
            variables: &[],
            overrides: &[],
            substitutes,
            roles: &roles(),
            base: Path::new("."),
            platform: &self.platform(),
            files: self,
            caches: &self.caches,
            surroundings: self,
        };
        plan(&input, host).await
    }
}

/// The plugins that stand in where nobody named one.
fn roles() -> Roles {
    let by_name = |name: &str| PluginReference::BuiltIn(name.to_owned());
    Roles {
        script: by_name("shell"),
        login: by_name("registry-login"),
        image_lookup: by_name("image-lookup"),
        builder: by_name("kaniko"),
        push: by_name("oci-push"),
    }
}

impl Surroundings for World {
    fn target(&self, _: &Task, _: &Placement) -> Result<Target, OpenCluster> {
        Ok(self.target.clone())
    }

    fn missing_secret(&self, _: &Task, _: &SecretName) -> Option<MissingSecret> {
        (!self.knows_secrets).then(|| MissingSecret { problem: None, ways: vec!["give it".into()] })
    }

    fn pods(&self, _: &Placement, _: &Target) -> Vec<SaidOfPods> {
        let said = |(file, settings): (String, &Settings)| SaidOfPods { file, pods: settings.pods.clone() };
        self.platform().files.into_iter().map(said).collect()
    }
}

impl ProjectFiles for World {
    fn text(&self, path: &str) -> Option<String> {
        self.files.get(path.trim_start_matches("./")).map(|text| (*text).to_owned())
    }

    fn contents(&self, _: &str, below: Option<&[String]>, _: &str) -> Result<BTreeMap<String, Content>, String> {
        let wanted = |path: &str| below.is_none_or(|paths| paths.iter().any(|above| path == above));
        let content = |text: &str| Content { digest: Digest::of(text), link: false };
        Ok(self.files.iter().filter(|(path, _)| wanted(path)).map(|(path, text)| ((*path).to_owned(), content(text))).collect())
    }

    fn places(&self, _: &str) -> Vec<String> {
        Vec::new()
    }
}

/// A plugin whose manifest says its name and kind and nothing else.
pub(super) fn plugin(reference: &PluginReference, name: &str, kind: PluginKind) -> PluginInfo {
    PluginInfo {
        found_at: None,
        reference: reference.clone(),
        name: name.to_owned(),
        version: "1.0.0".into(),
        kind,
        interface: "0.1.0".into(),
        digest: Digest::from_sha256([0; 32]),
        description: String::new(),
        schema: Value::Null,
        asks: Powers::default(),
        reasons: BTreeMap::new(),
        honours: Vec::new(),
        leaves: Default::default(),
        takes: Default::default(),
        facts: BTreeMap::new(),
        signers: Vec::new(),
    }
}

/// A container that an agent supervises.
pub(super) fn container(name: &str, image: &str) -> ContainerPlan {
    let resources = Resources { cpu: MilliCpu(1000), memory: MebiBytes(512), greedy: false };
    ContainerPlan::new(name, ImageReference::parse(image).unwrap(), Process::Supervised, resources)
}
