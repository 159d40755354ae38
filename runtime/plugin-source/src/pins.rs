//! What `windlass.lock` says of a plugin, and what is added to it.

use std::collections::BTreeSet;
use std::sync::PoisonError;

use windlass_model::digest::Digest;
use windlass_model::plugin::PluginInfo;
use windlass_model::plugin_reference::PluginReference;
use windlass_plugin_store::diff::PowerDiff;
use windlass_plugin_store::lock::{BundleEntry, Entry, Lock};

use crate::{Origin, PluginSource, SourceError};

impl PluginSource {
    /// The lock with what was added to it since it was read.
    pub fn lock(&self) -> Lock {
        self.lock.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether something was added to the lock.
    pub fn lock_changed(&self) -> bool {
        self.lock() != self.settings.lock
    }

    /// Adds bundles that were resolved elsewhere, where the lock has none of that reference.
    pub fn resolved(&self, bundles: &[BundleEntry]) {
        let mut lock = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        for bundle in bundles {
            if lock.bundle(&bundle.reference).is_none() {
                *lock = lock.clone().with_bundle(bundle.clone());
            }
        }
    }

    pub(crate) fn pinned(&self, reference: &str) -> Option<(Digest, Option<String>)> {
        self.lock().entry(reference).map(|entry| (entry.manifest.clone(), entry.tag.clone()))
    }

    pub(crate) fn pinned_bundle(&self, reference: &str) -> Option<(Digest, Option<String>)> {
        self.lock().bundle(reference).map(|bundle| (bundle.manifest.clone(), bundle.tag.clone()))
    }

    /// Adds a plugin that was found and loaded, or holds what the lock says of it against what it is.
    ///
    /// # Errors
    /// When the lock says something else, or has no entry and may not be changed.
    pub fn pin(&self, plugin: &PluginInfo, origin: &Origin) -> Result<(), SourceError> {
        let found = entry(plugin, origin);
        let mut lock = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(locked) = lock.entry(&found.reference) {
            let renamed = origin.bundle.as_ref().is_some_and(|bundle| self.settings.lock.bundle(&bundle.reference).is_none());
            return if renamed && locked.manifest != found.manifest {
                Err(self.newer(locked, &found))
            } else {
                agree(locked, &found)
            };
        }
        if !self.settings.locking.allows(names_digest(plugin, origin)) {
            return Err(self.settings.locking.refuses(found.reference));
        }
        let mut changed = lock.clone();
        if let Some(bundle) = &origin.bundle
            && changed.bundle(&bundle.reference).is_none()
        {
            let (reference, manifest, signer) = (bundle.reference.clone(), bundle.index.clone(), bundle.signer.clone());
            changed = changed.with_bundle(BundleEntry { reference, tag: origin.tag.clone(), manifest, signer });
        }
        *lock = changed.with(found);
        Ok(())
    }
}

impl PluginSource {
    /// A plugin of a bundle that the settings name otherwise than when the lock was written: what it may newly do, before it does anything.
    fn newer(&self, locked: &Entry, found: &Entry) -> SourceError {
        // Where nobody is trusted, nobody was asked who has signed it.
        let signer = if self.settings.signers.is_empty() { &locked.signer } else { &found.signer };
        let found = Entry { signer: signer.clone(), ..found.clone() };
        let changes = PowerDiff::between(locked, &found).changes().iter().map(ToString::to_string).collect();
        let version = |entry: &Entry| format!("{} ({})", entry.version, entry.component.short());
        SourceError::NewVersion { reference: found.reference.clone(), locked: version(locked), found: version(&found), changes }
    }
}

/// Whether a reference says itself to the byte what is meant.
fn names_digest(plugin: &PluginInfo, origin: &Origin) -> bool {
    let bundle = origin.bundle.as_ref().and_then(|bundle| PluginReference::parse(&bundle.reference).ok());
    let reference = bundle.as_ref().unwrap_or(&plugin.reference);
    matches!(reference, PluginReference::Registry(registry) if registry.digest().is_some())
}

/// What the lock holds of a plugin.
pub fn entry(plugin: &PluginInfo, origin: &Origin) -> Entry {
    let secrets: BTreeSet<String> = plugin.asks.secrets.iter().flat_map(|scope| scope.patterns()).map(str::to_owned).collect();
    Entry {
        reference: plugin.reference.to_string(),
        name: plugin.name.clone(),
        kind: plugin.kind,
        version: plugin.version.clone(),
        interface: plugin.interface.clone(),
        // That of a bundle stands in the bundle's entry.
        tag: origin.tag.clone().filter(|_| origin.bundle.is_none()),
        manifest: origin.manifest.clone(),
        component: plugin.digest.clone(),
        powers: plugin.asks.clone(),
        secrets: secrets.into_iter().filter(|name| !name.contains(['*', '?'])).collect(),
        signer: origin.signer.clone(),
    }
}

/// The digests decide what runs; the rest of an entry is what people read, and has to be true.
fn agree(locked: &Entry, found: &Entry) -> Result<(), SourceError> {
    let powers = |entry: &Entry| entry.powers.in_words().join(", ");
    let said = |entry: &Entry| {
        [
            ("manifest", entry.manifest.to_string()),
            ("component", entry.component.to_string()),
            ("kind", entry.kind.to_string()),
            ("name", entry.name.clone()),
            ("version", entry.version.clone()),
            ("interface", entry.interface.clone()),
            ("list of powers", powers(entry)),
        ]
    };
    let both = said(locked).into_iter().zip(said(found));
    match both.into_iter().find(|((_, locked), (_, found))| locked != found) {
        None => Ok(()),
        Some(((what, locked), (_, found_text))) => {
            Err(SourceError::LockDiffers { reference: found.reference.clone(), what, locked, found: found_text })
        }
    }
}
