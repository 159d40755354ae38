//! A platform without rules.

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::Duration;

use windlass_engine::planner::{Content, Platform};
use windlass_model::plan::{OpenCluster, Target};
use windlass_model::plugin::{PluginInfo, Power, Powers};
use windlass_model::pod::{HostAlias, PullPolicy, Registry};
use windlass_model::pod_limits::PodLimits;
use windlass_model::power::VariableScope;
use windlass_model::secret::SecretName;
use windlass_model::settings::{EnvironmentSettings, Granted, PluginNames, Policy};
use windlass_model::task::{Placement, PluginReference, Task};

/// A platform that allows everything, on this machine.
pub struct Anything;

impl Platform for Anything {
    fn target(&self, _: &Task, _: &Placement) -> Result<Target, OpenCluster> {
        Ok(Target::Engine)
    }
    fn secret_ways(&self, _: &Task, _: &SecretName) -> Option<Vec<String>> {
        None
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
    fn policy(&self) -> &Policy {
        static EVERYTHING: LazyLock<Policy> = LazyLock::new(Policy::default);
        &EVERYTHING
    }
    fn plugin_places(&self, _: &PluginReference) -> Vec<String> {
        Vec::new()
    }
    fn granted(&self, plugin: &PluginNames, _: &Powers) -> Granted {
        let mut all = Powers::default();
        Power::ALL.into_iter().for_each(|power| all.add(power));
        all.pod = Some(PodLimits::unlimited());
        all.environment_set = Some(VariableScope::all());
        Granted { powers: all, key: plugin.key(), digest_differs: false }
    }
}
