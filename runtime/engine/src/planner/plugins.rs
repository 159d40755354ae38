//! Where the planner gets its plugins from: each is inspected once, however many steps use it, and so is the same in all of them.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use windlass_model::plugin::{BuildHints, ImagePlace, PluginInfo, PluginKind, Requirements};
use windlass_model::plugin_reference::PluginReference;
use windlass_model::roles::Builders;

use crate::ports::plugin::{PluginError, PluginHost};

/// The plugins of one plan.
pub struct PluginSource<'a> {
    host: &'a dyn PluginHost,
    base: &'a Path,
    known: Mutex<HashMap<PluginReference, PluginInfo>>,
}

impl<'a> PluginSource<'a> {
    /// The plugins of a host; paths are relative to `base`.
    pub fn new(host: &'a dyn PluginHost, base: &'a Path) -> Self {
        Self { host, base, known: Mutex::default() }
    }

    /// What a plugin is.
    ///
    /// # Errors
    /// As [`PluginHost::inspect`].
    pub async fn inspect(&self, reference: &PluginReference) -> Result<PluginInfo, PluginError> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(reference).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let found = self.host.inspect(reference, self.base).await?;
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(reference.clone(), found.clone());
        Ok(found)
    }

    /// What a step brings.
    ///
    /// # Errors
    /// As [`PluginHost::requirements`].
    pub async fn requirements(
        &self,
        plugin: &PluginInfo,
        request: &serde_json::Value,
        build: Option<&BuildHints>,
    ) -> Result<Requirements, PluginError> {
        self.host.requirements(plugin, request, build).await
    }

    /// The first plugin known by name that is of a kind and fits.
    async fn carried(&self, kind: PluginKind, fits: impl Fn(&PluginInfo) -> bool) -> Option<PluginReference> {
        for reference in self.host.carried() {
            // One that cannot be loaded stands for nothing.
            let Ok(plugin) = self.inspect(&reference).await else { continue };
            if plugin.kind == kind && fits(&plugin) {
                return Some(reference);
            }
        }
        None
    }

    /// The build plugins known by name, with what each needs.
    pub(super) async fn builders(&self) -> Builders {
        let mut builders = Vec::new();
        for reference in self.host.carried() {
            let Ok(plugin) = self.inspect(&reference).await else { continue };
            builders.extend(plugin.builds_within().map(|level| (reference.to_string(), level)));
        }
        builders.into_iter().collect()
    }

    /// What does what `docker build` does: it leaves its image in a daemon.
    pub async fn builds_in_daemon(&self) -> Option<PluginReference> {
        self.carried(PluginKind::Build, |plugin| plugin.leaves.contains(&ImagePlace::Daemon)).await
    }

    /// What sends all that a builder may leave. One whose manifest does not say leaves what nearly all do: a layout.
    pub async fn push_for(&self, build: &PluginInfo) -> Option<PluginReference> {
        let usual = [ImagePlace::Layout].into();
        let leaves = if build.leaves.is_empty() { &usual } else { &build.leaves };
        self.carried(PluginKind::Push, |plugin| plugin.takes.is_superset(leaves)).await
    }
}
