//! A bundle as a whole, for who looks at it: what it says of itself, its plugins, and its settings, whether or not they count.

use bytes::Bytes;
use windlass_artifact::blob::Descriptor;
use windlass_artifact::bundle::{self, Bundle, MAX_SETTINGS};
use windlass_artifact::media;
use windlass_model::digest::Digest;
use windlass_model::plugin_reference::PluginReference;
use windlass_model::settings::Vouching;

use crate::local::names;
use crate::pull::{Root, read};
use crate::{PluginSource, SourceError, local, signers};

/// What a bundle is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// The digest of its index.
    pub digest: Digest,
    /// What it calls itself.
    pub title: Option<String>,
    /// The version that it says it is.
    pub version: Option<String>,
    /// The names of its plugins, sorted.
    pub plugins: Vec<String>,
    /// Its settings as they are written; `None` where it brings none.
    pub settings: Option<String>,
    /// What the signers of the settings have to do with it.
    pub signers: Vec<Vouching>,
}

impl Look {
    pub(crate) fn new(bundle: &Bundle, settings: Option<String>, signers: Vec<Vouching>) -> Self {
        let said = |name: &str| bundle.annotations.get(name).cloned();
        Self {
            digest: bundle.digest.clone(),
            title: said(media::TITLE),
            version: said(media::VERSION),
            plugins: names(bundle),
            settings,
            signers,
        }
    }
}

impl PluginSource {
    /// What the bundle is that the settings call so; `None` where one plugin is there.
    ///
    /// # Errors
    /// When it is not found, or cannot be read.
    pub async fn look(&self, bundle: &str) -> Result<Option<Look>, SourceError> {
        let bundled = self.settings.bundles.get(bundle).ok_or_else(|| self.unknown(bundle, ""))?;
        match &bundled.reference {
            PluginReference::File(path) => {
                let Some(found) = local::look(bundled.base.join(path), self.has_signers()).await? else { return Ok(None) };
                let vouched = signers::judge(&self.settings.signers, &found.place, &found.signed);
                Ok(Some(Look::new(&found.bundle, found.settings, vouched.by)))
            }
            PluginReference::Registry(registry) => {
                let written = format!("oci://{registry}");
                let pinned = self.pinned_bundle(&written);
                let root = self.root(written, registry, pinned).await?;
                if !Bundle::is_index(&root.bytes) {
                    return Ok(None);
                }
                let bundle = read(&root)?;
                let settings = match &bundle.settings {
                    Some(entry) => Some(self.settings_text(&root, entry).await?),
                    None => None,
                };
                let signed = self.all_signed(&root, &[&root.digest]).await?;
                Ok(Some(Look::new(&bundle, settings, self.vouched(&root, &signed).by)))
            }
            PluginReference::BuiltIn(_) | PluginReference::Member { .. } => Err(SourceError::NoPlace(bundle.to_owned())),
        }
    }

    /// The settings of a bundle in a registry.
    pub(crate) async fn settings_text(&self, root: &Root, entry: &Descriptor) -> Result<String, SourceError> {
        let wrong = |source| SourceError::Settings { place: root.written.clone(), source };
        let manifest: Bytes = self.document(root, &entry.digest).await?;
        let settings = bundle::Settings::read(&manifest).map_err(wrong)?;
        let layer = self.part(root, &settings.layer, MAX_SETTINGS).await?;
        Ok(settings.text(&layer).map_err(wrong)?.to_owned())
    }
}
