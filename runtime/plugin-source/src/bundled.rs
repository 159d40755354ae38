//! The settings that a bundle brings. Whether they count is for whoever asks to say: who has signed the bundle comes with them.

use windlass_model::plugin_reference::{PluginReference, RegistryReference};
use windlass_plugin_store::lock::BundleEntry;

use crate::resolve::repository;
use crate::signers::{self, Vouched};
use crate::{PluginSource, SourceError, local, pull};

/// The settings of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleSettings {
    /// Where the bundle is, as the settings say that name it.
    pub reference: String,
    /// The text.
    pub text: String,
    /// Who has signed the bundle. That a signature is one of a plugin in it says nothing of these settings.
    pub vouched: Vouched,
    /// What a lock holds of the bundle; nothing of one that lies on disk.
    pub locked: Option<BundleEntry>,
}

impl PluginSource {
    /// The settings of a bundle that has a name; `None` where it brings none, or lies in a registry beyond the reach of all signers.
    ///
    /// # Errors
    /// When it is not found, or no bundle.
    pub async fn settings_of(&self, bundle: &str) -> Result<Option<BundleSettings>, SourceError> {
        let bundled = self.settings.bundles.get(bundle).ok_or_else(|| self.unknown(bundle, ""))?;
        match &bundled.reference {
            PluginReference::File(path) => {
                let found = local::settings(bundled.base.join(path), self.has_signers()).await?;
                Ok(found.map(|found| BundleSettings {
                    reference: bundled.reference.to_string(),
                    text: found.text,
                    vouched: signers::judge(&self.settings.signers, &found.place, &found.signed),
                    locked: None,
                }))
            }
            PluginReference::Registry(registry) => self.settings_in_registry(registry).await,
            PluginReference::BuiltIn(_) | PluginReference::Member { .. } => Err(SourceError::NoPlace(bundle.to_owned())),
        }
    }

    /// What a lock holds of a bundle whose settings are looked for, whether it brings some or not: nothing of one that lies on disk, or beyond
    /// the reach of all signers who may bring settings.
    ///
    /// # Errors
    /// When it is not found, or no bundle.
    pub async fn locked_for_settings(&self, bundle: &str) -> Result<Option<BundleEntry>, SourceError> {
        let bundled = self.settings.bundles.get(bundle).ok_or_else(|| self.unknown(bundle, ""))?;
        let PluginReference::Registry(reference) = &bundled.reference else { return Ok(None) };
        let place = repository(reference)?.to_string();
        if !self.settings.signers.iter().any(|signer| signer.said.settings && signer.said.reaches(&place)) {
            return Ok(None);
        }
        let root = self.bundle(reference).await?;
        let signed = self.all_signed(&root, &[&root.digest]).await?;
        let signer = self.vouched(&root, &signed).signer;
        Ok(Some(BundleEntry { reference: root.written, tag: root.tag, manifest: root.digest, signer }))
    }

    async fn settings_in_registry(&self, reference: &RegistryReference) -> Result<Option<BundleSettings>, SourceError> {
        // What lies beyond everybody's reach cannot count, and need not be there.
        if !signers::reach(&self.settings.signers, &repository(reference)?.to_string()) {
            return Ok(None);
        }
        let root = self.bundle(reference).await?;
        let Some(entry) = pull::read(&root)?.settings else { return Ok(None) };
        let signed = self.all_signed(&root, &[&root.digest]).await?;
        let vouched = self.vouched(&root, &signed);
        let text = self.settings_text(&root, &entry).await?;
        let signer = vouched.signer.clone();
        let locked = BundleEntry { reference: root.written.clone(), tag: root.tag, manifest: root.digest, signer };
        Ok(Some(BundleSettings { reference: root.written, text, vouched, locked: Some(locked) }))
    }
}
