//! Finds the plugins that windlass does not carry: components and OCI layouts on disk, plugins in registries, and those of bundles, which
//! lie in either.
//!
//! What comes from a registry is looked for under its digest, first in the store of this machine, then in a vendored layout, and only then
//! in the registry; so it is the same everywhere. Which digest that is, `windlass.lock` says. A reference that it does not know is resolved
//! once, and [`PluginSource::pin`] adds what came of it.

mod at_once;
mod bundled;
mod error;
mod found;
mod local;
mod locking;
mod look;
mod pins;
mod publish;
mod pull;
mod resolve;
mod settings;
mod signed;
mod signers;
mod whole;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use windlass_artifact::layout::Layout;
use windlass_model::plugin_reference::PluginReference;
use windlass_model::settings::Vouching;
use windlass_plugin_store::lock::Lock;
use windlass_plugin_store::store::Store;

use local::Local;

pub use bundled::BundleSettings;
pub use error::SourceError;
pub use found::{BundleOrigin, Found, Origin};
pub use local::{is_in_layout, layout_of_member, members_of_layout};
pub use locking::Locking;
pub use look::Look;
pub use pins::entry;
pub use publish::{push, push_beside, push_referrer};
pub use resolve::{repository, resolve};
pub use settings::{Bundled, Progress, Settings};
pub use signed::{Attached, all_referrers, referrers, signatures};
pub use signers::{Known, Signer, Vouched};
pub use whole::Whole;

/// Finds plugins. One of these serves all steps of a command.
pub struct PluginSource {
    settings: Settings,
    lock: Mutex<Lock>,
    /// The bundles that settings were seen in.
    with_settings: Mutex<BTreeSet<String>>,
}

impl PluginSource {
    /// Nothing is looked for yet.
    pub fn new(settings: Settings) -> Self {
        let lock = Mutex::new(settings.lock.clone());
        Self { settings, lock, with_settings: Mutex::default() }
    }

    /// The component of a plugin. Paths count from `base`.
    ///
    /// # Errors
    /// When there is none, or it is not what the lock says.
    pub async fn component(&self, reference: &PluginReference, base: &Path) -> Result<Found, SourceError> {
        match reference {
            PluginReference::BuiltIn(name) => Err(SourceError::Carried(name.clone())),
            PluginReference::File(path) => Ok(self.of_layout(local::layout(base.join(path), self.has_signers()).await?)),
            PluginReference::Registry(registry) => self.of_registry(registry).await,
            PluginReference::Member { bundle, plugin } => {
                let bundled = self.settings.bundles.get(bundle).ok_or_else(|| self.unknown(bundle, plugin))?;
                match &bundled.reference {
                    PluginReference::File(path) => {
                        let found = local::member(bundled.base.join(path), plugin.clone(), self.has_signers()).await?;
                        if found.brings_settings {
                            self.brings_settings(&bundled.reference.to_string());
                        }
                        Ok(self.of_layout(found))
                    }
                    PluginReference::Registry(registry) => self.of_bundle(registry, plugin).await,
                    PluginReference::BuiltIn(_) | PluginReference::Member { .. } => Err(SourceError::NoPlace(bundle.clone())),
                }
            }
        }
    }

    /// The names of the plugins of a bundle that the settings name.
    ///
    /// # Errors
    /// When it is not found, or no bundle.
    pub async fn members(&self, bundle: &str) -> Result<Vec<String>, SourceError> {
        let bundled = self.settings.bundles.get(bundle).ok_or_else(|| self.unknown(bundle, ""))?;
        match &bundled.reference {
            PluginReference::File(path) => local::members(bundled.base.join(path)).await,
            PluginReference::Registry(registry) => self.members_of(registry).await,
            PluginReference::BuiltIn(_) | PluginReference::Member { .. } => Err(SourceError::NoPlace(bundle.to_owned())),
        }
    }

    /// What the signers have to do with a bare component.
    pub fn signers_of_bare(&self) -> Vec<Vouching> {
        signers::of_bare(&self.settings.signers)
    }

    /// The bundles that plugins were found in and that bring settings, by their references.
    pub fn with_settings(&self) -> BTreeSet<String> {
        self.with_settings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn brings_settings(&self, bundle: &str) {
        self.with_settings.lock().unwrap_or_else(PoisonError::into_inner).insert(bundle.to_owned());
    }

    fn has_signers(&self) -> bool {
        !self.settings.signers.is_empty()
    }

    /// A plugin of a layout. Its signatures lie in there, too.
    fn of_layout(&self, found: Local) -> Found {
        let Vouched { by, .. } = signers::judge(&self.settings.signers, &found.place, &found.signed);
        Found { component: found.component, origin: None, signers: by }
    }

    /// What is kept on this machine.
    fn store(&self) -> Result<Option<Store>, SourceError> {
        Ok(self.settings.store.as_deref().map(Store::open).transpose()?)
    }

    fn vendored(&self) -> Result<Option<Layout>, SourceError> {
        self.settings.vendored.as_deref().map(Layout::open).transpose().map_err(SourceError::Vendored)
    }

    fn unknown(&self, bundle: &str, plugin: &str) -> SourceError {
        let names = self.settings.bundles.keys().cloned().collect();
        SourceError::UnknownBundle { bundle: bundle.to_owned(), plugin: plugin.to_owned(), names }
    }
}
