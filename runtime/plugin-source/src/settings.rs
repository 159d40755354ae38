//! What plugins are looked for with.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use windlass_model::plugin_reference::PluginReference;
use windlass_plugin_store::lock::Lock;
use windlass_registry::Registries;

use crate::{Locking, Signer};

/// Tells a person that bytes are on their way: what is fetched, how much of it is there, and how much it is.
pub type Progress = Arc<dyn Fn(&str, u64, u64) + Send + Sync>;

/// What a [`crate::PluginSource`] is made of.
pub struct Settings {
    /// How registries are reached.
    pub registries: Arc<Registries>,
    /// The directory with what this machine has fetched before; everything is fetched anew each time when `None`.
    pub store: Option<PathBuf>,
    /// The layout that `windlass plugin vendor` wrote, when the settings name one.
    pub vendored: Option<PathBuf>,
    /// The bundles of the settings, by name.
    pub bundles: BTreeMap<String, Bundled>,
    /// What `windlass.lock` says.
    pub lock: Lock,
    /// Whether what the lock does not know may be added to it.
    pub locking: Locking,
    /// Whose signatures count.
    pub signers: Vec<Signer>,
    /// Registries are asked for signatures though they have been before.
    pub anew: bool,
    /// `--offline`: no registry is asked.
    pub offline: bool,
    /// Who is told of transfers.
    pub progress: Progress,
}

/// A bundle as settings name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundled {
    /// Where it is.
    pub reference: PluginReference,
    /// The directory that a path counts from.
    pub base: PathBuf,
}
