//! A platform without rules.

use std::collections::BTreeMap;
use std::time::Duration;

use windlass_engine::planner::{Deciding, Platform, SaidOfPods};
use windlass_model::plan::{OpenCluster, Target};
use windlass_model::plugin::PluginInfo;
use windlass_model::pod::{HostAlias, PullPolicy, Registry};
use windlass_model::secret::SecretName;
use windlass_model::settings::{EnvironmentSettings, Granted, PluginNames};
use windlass_model::task::{Placement, PluginReference, Task};
use windlass_working_copy::Content;

/// A platform that allows everything, on this machine.
pub struct Anything;

impl Platform for Anything {
    fn target(&self, _: &Task, _: &Placement) -> Result<Target, OpenCluster> {
        Ok(Target::Engine)
    }
    fn secret_ways(&self, _: &Task, _: &SecretName) -> Option<Vec<String>> {
        None
    }
    fn pods(&self, _: &Placement, _: &Target) -> Vec<SaidOfPods> {
        Vec::new()
    }

    fn host_aliases(&self) -> Vec<HostAlias> {
        Vec::new()
    }
    fn registries(&self) -> Vec<Registry> {
        Vec::new()
    }
    fn builder_image(&self, _: &PluginInfo) -> Option<String> {
        None
    }
    fn file(&self, _: &str) -> Option<String> {
        None
    }
    fn environments(&self) -> EnvironmentSettings {
        EnvironmentSettings::default()
    }
    fn contents(&self, _: &str, _: Option<&[String]>, _: &str) -> Result<BTreeMap<String, Content>, String> {
        Ok(BTreeMap::new())
    }
    fn pull_policy(&self) -> PullPolicy {
        PullPolicy::Never
    }
    fn sidecar_timeout(&self) -> Option<Duration> {
        None
    }
    fn policies(&self) -> Vec<Deciding<'_>> {
        Vec::new()
    }
    fn plugin_places(&self, _: &PluginReference) -> Vec<String> {
        Vec::new()
    }
    fn granted(&self, _: &PluginNames) -> Granted {
        Granted { by: Vec::new(), digest_differs: false }
    }
}
