//! A platform without rules.

use std::collections::BTreeMap;
use std::time::Duration;

use windlass_engine::planner::{Content, Platform};
use windlass_model::image::ImageReference;
use windlass_model::plan::{OpenCluster, Target};
use windlass_model::plugin::{PluginInfo, Power, Powers};
use windlass_model::pod::{HostAlias, PullPolicy, Registry};
use windlass_model::pod_limits::PodLimits;
use windlass_model::power::VariableScope;
use windlass_model::secret::SecretName;
use windlass_model::settings::EnvironmentSettings;
use windlass_model::task::{Placement, Task};

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
    fn check_privileged(&self, _: &str) -> Result<(), String> {
        Ok(())
    }
    fn check_image(&self, _: &ImageReference) -> Result<(), String> {
        Ok(())
    }
    fn check_plugin(&self, _: &PluginInfo) -> Result<(), String> {
        Ok(())
    }
    fn granted(&self, _: &PluginInfo) -> Powers {
        let mut all = Powers::default();
        Power::ALL.into_iter().for_each(|power| all.add(power));
        all.pod = Some(PodLimits::unlimited());
        all.environment_set = Some(VariableScope::all());
        all
    }
}
