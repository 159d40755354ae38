//! `windlass.lock`: the plugins that a project runs, to the byte, and what they may ask for.
//!
//! ```yaml
//! version: 1
//!
//! plugins:
//!   oci://ghcr.io/acme/notify:^1.4:
//!     name: notify
//!     kind: step
//!     version: "1.4.2"
//!     interface: "0.1.0"
//!     tag: "1.4.2"
//!     manifest: sha256:…
//!     component: sha256:…
//!     powers:
//!       - containers: [main]
//!       - registries
//!     secrets:
//!       - NOTIFY_TOKEN
//!     signer: {key: sha256:…}
//! ```
//!
//! `LOCK.md` describes every key. A file has one form: entries and lists are sorted, each power has a line, so that two branches that add a
//! plugin each seldom touch the same lines. A file that was put into another order by hand is read all the same.

mod error;
mod powers;
mod read;
mod words;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use windlass_artifact::signature::Signer;
use windlass_model::digest::Digest;
use windlass_model::plugin::{PluginKind, Powers};

pub use error::LockError;

/// The name of the file, beside `windlass.yaml`.
pub const FILE_NAME: &str = "windlass.lock";
/// The form that is written, and the newest that is read.
pub const VERSION: u64 = 1;
/// The most bytes that are read: ten thousand plugins have less.
pub const MAX_BYTES: u64 = 8 << 20;

/// What the file holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lock {
    bundles: BTreeMap<String, BundleEntry>,
    plugins: BTreeMap<String, Entry>,
}

/// One plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The reference as it is written where it is used.
    pub reference: String,
    /// What the plugin calls itself.
    pub name: String,
    /// Which kind it is.
    pub kind: PluginKind,
    /// Its own version.
    pub version: String,
    /// The version of `windlass:plugin` that it was built for.
    pub interface: String,
    /// The tag to which the reference led; none where it names a digest or a file.
    pub tag: Option<String>,
    /// The digest of its manifest.
    pub manifest: Digest,
    /// The digest of the component.
    pub component: Digest,
    /// What it asks for.
    pub powers: Powers,
    /// The secrets that it asks for by name.
    pub secrets: BTreeSet<String>,
    /// Who has signed it, where that was asked for.
    pub signer: Option<Signer>,
}

/// One bundle. The plugins in it that are used have entries of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleEntry {
    /// The reference as it is written where it is used.
    pub reference: String,
    /// The tag to which the reference led.
    pub tag: Option<String>,
    /// The digest of its index.
    pub manifest: Digest,
    /// Who has signed it, where that was asked for.
    pub signer: Option<Signer>,
}

impl Lock {
    /// The entry of a plugin.
    pub fn entry(&self, reference: &str) -> Option<&Entry> {
        self.plugins.get(reference)
    }

    /// The entry of a bundle.
    pub fn bundle(&self, reference: &str) -> Option<&BundleEntry> {
        self.bundles.get(reference)
    }

    /// The plugins, by reference.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.plugins.values()
    }

    /// The bundles, by reference.
    pub fn bundles(&self) -> impl Iterator<Item = &BundleEntry> {
        self.bundles.values()
    }

    /// The same, with an entry in the place of the one that its reference may have.
    #[must_use]
    pub fn with(mut self, entry: Entry) -> Self {
        self.plugins.insert(entry.reference.clone(), entry);
        self
    }

    /// The same with a bundle.
    #[must_use]
    pub fn with_bundle(mut self, bundle: BundleEntry) -> Self {
        self.bundles.insert(bundle.reference.clone(), bundle);
        self
    }

    /// The same, without plugins and bundles whose reference is not in use any more.
    #[must_use]
    pub fn without_unused(mut self, used: &BTreeSet<String>) -> Self {
        self.plugins.retain(|reference, _| used.contains(reference));
        self.bundles.retain(|reference, _| used.contains(reference));
        self
    }

    /// Every digest that it names: what a store keeps for it.
    pub fn digests(&self) -> BTreeSet<Digest> {
        let plugins = self.plugins.values().flat_map(|entry| [&entry.manifest, &entry.component]);
        plugins.chain(self.bundles.values().map(|bundle| &bundle.manifest)).cloned().collect()
    }
}

#[cfg(test)]
mod tests;
