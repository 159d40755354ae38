//! What tasks may ask for, whoever asks.

use std::collections::BTreeSet;

use serde::Serialize;

use super::PluginNames;
use crate::image::ImageReference;
use crate::pod_security::{Exception, Level};
use crate::power::{Power, Powers};
use crate::scope::Scope;

/// What pods may be made of, whether the task lists it or a plugin brings it. The default allows everything, as the hosted service did.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Policy {
    /// What containers may do to their node.
    pub pod_security: PolicyLevel,
    /// The same of containers that plugins bring, those that windlass carries included.
    pub plugin_pod_security: PolicyLevel,
    /// Images that containers may start from, and that images may be built on.
    pub images: Scope,
    /// Plugins that steps may use, by name, path, reference or digest.
    pub plugins: Scope,
    /// Powers that no plugin may so much as ask for, whoever wrote or granted it.
    pub denied: BTreeSet<Power>,
    /// Whether plugins that windlass does not carry have to be signed, by a signer within its reach.
    pub signed: bool,
    /// Whether plugins of registries have to be in `windlass.lock`, or named by their digest.
    pub locked: bool,
    /// Where pods may stand on clusters, as `CONTEXT` or `CONTEXT/NAMESPACE`.
    pub contexts: Scope,
}

/// The highest Pod Security level of a container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PolicyLevel {
    /// The level.
    pub level: Level,
    /// What containers may have beyond it.
    pub except: BTreeSet<Exception>,
}

/// Anything.
impl Default for PolicyLevel {
    fn default() -> Self {
        Self { level: Level::Privileged, except: BTreeSet::new() }
    }
}

impl PolicyLevel {
    /// What both allow.
    #[must_use]
    pub fn meet(&self, other: &Self) -> Self {
        // Where one side needs no exception to allow everything, the other's exceptions count.
        let all = |level: &Self| if level.level == Level::Privileged { Exception::ALL.into() } else { level.except.clone() };
        let (one, two): (BTreeSet<Exception>, BTreeSet<Exception>) = (all(self), all(other));
        let level = self.level.min(other.level);
        let except = if level == Level::Privileged { BTreeSet::new() } else { one.intersection(&two).copied().collect() };
        Self { level, except }
    }
}

impl Policy {
    /// Whether containers may start from an image, by the name that is written or the full one.
    pub fn allows_image(&self, image: &ImageReference) -> bool {
        self.images.allows_one_of(&[&image.to_string(), &image.canonical()])
    }

    /// Whether steps may use a plugin.
    pub fn allows_plugin(&self, plugin: &PluginNames) -> bool {
        self.plugins.lists().iter().all(|patterns| patterns.iter().any(|pattern| plugin.matches(pattern)))
    }

    /// The powers that a plugin asks for and nobody may.
    pub fn denies<'a>(&'a self, asks: &'a Powers) -> impl Iterator<Item = Power> + 'a {
        asks.list().filter(|power| self.denied.contains(power))
    }

    /// Whether pods may stand in a namespace of a cluster, and Secrets be read there.
    pub fn allows_place(&self, context: &str, namespace: &str) -> bool {
        self.contexts.allows_one_of(&[context, &format!("{context}/{namespace}")])
    }

    /// What both allow.
    #[must_use]
    pub fn meet(&self, other: &Self) -> Self {
        let Self { pod_security, plugin_pod_security, images, plugins, denied, signed, locked, contexts } = self;
        Self {
            pod_security: pod_security.meet(&other.pod_security),
            plugin_pod_security: plugin_pod_security.meet(&other.plugin_pod_security),
            images: images.meet(&other.images),
            plugins: plugins.meet(&other.plugins),
            denied: denied.union(&other.denied).copied().collect(),
            signed: *signed || other.signed,
            locked: *locked || other.locked,
            contexts: contexts.meet(&other.contexts),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::Pattern;

    /// A policy that met another allows what both do, whichever of the two came first.
    #[test]
    fn a_policy_can_only_be_narrowed() {
        let level = |level, except: &[Exception]| PolicyLevel { level, except: except.iter().copied().collect() };
        let (seccomp, all) = ([Exception::SeccompUnconfined], Exception::ALL);
        for (one, two, both) in [
            (PolicyLevel::default(), level(Level::Baseline, &seccomp), level(Level::Baseline, &seccomp)),
            (level(Level::Baseline, &all), level(Level::Baseline, &seccomp), level(Level::Baseline, &seccomp)),
            (level(Level::Baseline, &[]), level(Level::Restricted, &seccomp), level(Level::Restricted, &[])),
            (PolicyLevel::default(), PolicyLevel::default(), PolicyLevel::default()),
        ] {
            assert_eq!((one.meet(&two), two.meet(&one)), (both.clone(), both));
        }
    }

    #[test]
    fn what_one_policy_forbids_no_other_allows() {
        let mut asks = Powers::default();
        [Power::SecretsReveal, Power::Pod].into_iter().for_each(|power| asks.add(power));
        let strict = Policy { denied: [Power::SecretsReveal].into(), signed: true, ..Policy::default() };
        let other = Policy { denied: [Power::Registries].into(), locked: true, ..Policy::default() };
        for met in [strict.meet(&other), other.meet(&strict)] {
            assert_eq!(met.denies(&asks).collect::<Vec<_>>(), [Power::SecretsReveal]);
            assert_eq!((met.denied.len(), met.signed, met.locked), (2, true, true));
        }
        assert!(!Policy::default().signed && !Policy::default().locked && Policy::default().denies(&asks).next().is_none());
    }

    #[test]
    fn what_two_policies_list_is_allowed_by_both() {
        let only = |patterns: &[&str]| Scope::only(patterns.iter().map(|pattern| Pattern((*pattern).to_owned())));
        let strict = Policy { contexts: only(&["ci", "prod/builds"]), ..Policy::default() };
        let lax = Policy { images: only(&["a*"]), contexts: only(&["*"]), ..Policy::default() };
        let image = |text: &str| ImageReference::parse(text).unwrap_or_else(|e| panic!("{e}"));
        for met in [strict.meet(&lax), lax.meet(&strict)] {
            assert!(met.allows_image(&image("alpine")) && !met.allows_image(&image("busybox")));
            let places = [("ci", "any"), ("prod", "builds"), ("prod", "kube-system"), ("other", "builds")];
            assert_eq!(places.map(|(context, namespace)| met.allows_place(context, namespace)), [true, true, false, false]);
        }
    }
}
