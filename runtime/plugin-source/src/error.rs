//! Why a plugin is not found.

use windlass_artifact::bundle::{BundleError, SettingsError};
use windlass_artifact::component::ManifestError;
use windlass_artifact::document::DocumentError;
use windlass_artifact::layout::LayoutError;
use windlass_model::digest::Digest;
use windlass_model::nearest::nearest;
use windlass_model::text::shortened;
use windlass_plugin_store::store::StoreError;

/// Why a plugin is not found, with what to do.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// It is carried by windlass, and nothing is to be found.
    #[error("`{0}` is a plugin that windlass carries")]
    Carried(String),
    /// The settings name no such bundle.
    #[error("no `bundles` entry of the settings is called `{bundle}`; {}", hint(bundle, plugin, names))]
    UnknownBundle {
        /// The bundle.
        bundle: String,
        /// The plugin of it.
        plugin: String,
        /// The bundles that there are.
        names: Vec<String>,
    },
    /// A bundle of the settings is neither on disk nor in a registry.
    #[error("the bundle `{0}` has to be a path or `oci://REGISTRY/REPOSITORY:TAG`")]
    NoPlace(String),
    /// The bundle has no such plugin.
    #[error("the bundle {bundle} has no plugin `{plugin}`; {}", list(plugin, names))]
    NoSuchMember {
        /// The bundle.
        bundle: String,
        /// The plugin.
        plugin: String,
        /// Those that it has.
        names: Vec<String>,
    },
    /// One plugin is wanted, and there are several.
    #[error("{place} is a bundle of the plugins {}; give it a name under `bundles` in windlass.yaml, as `corp`, and write `corp/{}`", names.join(", "), names.first().map_or("NAME", String::as_str))]
    Several {
        /// Where they are.
        place: String,
        /// Their names.
        names: Vec<String>,
    },
    /// A bundle is wanted, and there is one plugin.
    #[error("{place} is one plugin and no bundle; name it behind `uses:` itself")]
    Single {
        /// Where it is.
        place: String,
    },
    /// No version fits a range.
    #[error("no version of {repository} is in the range `{range}`; {}", versions(found))]
    NoVersion {
        /// The repository.
        repository: String,
        /// The range as it is written.
        range: String,
        /// The newest versions that there are.
        found: Vec<String>,
    },
    /// The lock does not know it, and may not be changed.
    #[error(
        "windlass.lock has no entry for {0}, and with --locked, which is the default where CI is set, none is added; run `windlass plan` or `windlass plugin update` where you develop, and commit windlass.lock"
    )]
    NotLocked(String),
    /// A policy wants it locked, and the lock does not know it.
    #[error(
        "windlass.lock has no entry for {reference}, and `policy: {{locked: true}}` of {file} asks for one; run `windlass plugin update`, which shows what it may do, and commit windlass.lock"
    )]
    LockedByPolicy {
        /// The reference.
        reference: String,
        /// The settings file with the policy.
        file: String,
    },
    /// It was never fetched, and no registry may be asked.
    #[error("{0} is neither in the store of this machine nor in a vendored layout, and with --offline no registry is asked")]
    Offline(String),
    /// The lock and the reference name two digests.
    #[error(
        "windlass.lock says {locked} of {reference}, which names another digest itself; `windlass plugin update` corrects the lock"
    )]
    OtherDigest {
        /// The reference.
        reference: String,
        /// What the lock says.
        locked: Digest,
    },
    /// The lock says something of the plugin that is not so.
    #[error(
        "windlass.lock says of {reference} that its {what} is {locked}, and it is {found}; it was changed by hand or in a merge: `windlass plugin update` writes it anew"
    )]
    LockDiffers {
        /// The reference.
        reference: String,
        /// What differs.
        what: &'static str,
        /// The lock's word.
        locked: String,
        /// What it is.
        found: String,
    },
    /// The settings name another version of a bundle than the lock.
    #[error(
        "the settings name another version of its bundle than windlass.lock: {reference} {locked} → {found}; it {}; `windlass plugin update` takes it once you approve",
        newly(changes)
    )]
    NewVersion {
        /// The reference.
        reference: String,
        /// The version in the lock.
        locked: String,
        /// The version that the settings lead to.
        found: String,
        /// What it may newly do.
        changes: Vec<String>,
    },
    /// A registry.
    #[error(transparent)]
    Registry(#[from] windlass_registry::Error),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A layout.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// The layout that `vendored` of the settings names.
    #[error("what `vendored` of the settings names cannot be read")]
    Vendored(#[source] LayoutError),
    /// What was fetched is no plugin.
    #[error("{place}: {source}")]
    Manifest {
        /// Where it is from.
        place: String,
        /// Why it is none.
        source: ManifestError,
    },
    /// What was fetched is no document of an artifact.
    #[error("{digest}: {source}")]
    Document {
        /// Its digest.
        digest: Digest,
        /// Why it is none.
        source: DocumentError,
    },
    /// What was fetched is no bundle.
    #[error("{place}: {source}")]
    Bundle {
        /// Where it is from.
        place: String,
        /// Why it is none.
        source: BundleError,
    },
    /// What was fetched are no settings.
    #[error("{place}: {source}")]
    Settings {
        /// Where they are from.
        place: String,
        /// Why they are none.
        source: SettingsError,
    },
    /// A thread ended.
    #[error("reading a plugin was interrupted: {0}")]
    Interrupted(String),
}

impl SourceError {
    /// Whether the world failed, and not who asks: another attempt may come to an answer.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Registry(error) if error.may_pass())
    }
}

fn newly(changes: &[String]) -> String {
    if changes.is_empty() { "may do nothing that the locked one may not".to_owned() } else { changes.join("; it ") }
}

fn hint(bundle: &str, plugin: &str, names: &[String]) -> String {
    let path = format!("for a path, write `./{bundle}/{plugin}`");
    match nearest(bundle, names.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`? {path}"),
        None if names.is_empty() => format!("add it: `bundles: {{{bundle}: \"oci://REGISTRY/REPOSITORY:^1\"}}`; {path}"),
        None => format!("there are {}; {path}", names.join(", ")),
    }
}

fn list(plugin: &str, names: &[String]) -> String {
    match nearest(plugin, names.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("it has {}", shortened(&names.join(", "), 500)),
    }
}

fn versions(found: &[String]) -> String {
    if found.is_empty() {
        "it has no tag that is a version, such as `1.4.0`".to_owned()
    } else {
        format!("the newest are {}", found.join(", "))
    }
}
