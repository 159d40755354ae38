//! By which names settings know plugins.

use super::Vouching;
use crate::digest::Digest;
use crate::pattern::Pattern;
use crate::plugin_reference::PluginReference;

/// The names that settings may call a plugin by. The one in its manifest is not among them: anybody can write any name there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginNames {
    written: PluginReference,
    /// Where a file really lies, or the bundle that it is in.
    places: Vec<String>,
    pub(super) digest: Digest,
    /// Not known by the name of its bundle.
    nameless: bool,
    /// What it calls itself, and who has signed that.
    pub(super) own: String,
    pub(super) vouched: Vec<Vouching>,
}

impl PluginNames {
    /// The names of a plugin that the task file or the command line calls `written`. `places` are the paths at which a file really lies,
    /// links followed: from the project's root (`./plugins/scan.wasm`), and from that of the file system.
    pub fn new(written: &PluginReference, places: Vec<String>, digest: Digest) -> Self {
        Self { written: written.normal(), places, digest, nameless: false, own: String::new(), vouched: Vec::new() }
    }

    /// The same of a plugin that calls itself `own`, which counts for those signers alone that have signed it.
    #[must_use]
    pub fn vouched_for(self, own: &str, by: &[Vouching]) -> Self {
        Self { own: own.to_owned(), vouched: by.iter().filter(|vouching| vouching.counts()).cloned().collect(), ..self }
    }

    /// Whether a signer that anybody trusts has signed it. What windlass carries needs no signature.
    pub fn is_signed(&self) -> bool {
        self.is_carried() || !self.vouched.is_empty()
    }

    /// Whether windlass carries it.
    pub(super) fn is_carried(&self) -> bool {
        matches!(self.written, PluginReference::BuiltIn(_))
    }

    /// The names that count in a settings file, which knows the bundles that it or an earlier one names. A later file can give a name to
    /// another bundle where nobody has yet, and would get what was granted by that name.
    #[must_use]
    pub fn where_known(&self, is_known: impl Fn(&str) -> bool) -> Self {
        let nameless = matches!(&self.written, PluginReference::Member { bundle, .. } if !is_known(bundle));
        Self { nameless, ..self.clone() }
    }

    /// Whether a pattern means this plugin.
    ///
    /// A wildcard counts for the place where a file really lies: a link among `./plugins/*` that leads elsewhere is none of them. What
    /// windlass carries is meant by its name alone.
    pub fn matches(&self, pattern: &Pattern) -> bool {
        let wanted = self.spelled(&pattern.0);
        self.is(&pattern.0)
            || match &self.written {
                PluginReference::BuiltIn(_) => false,
                PluginReference::File(_) => self.places.iter().any(|place| Pattern(wanted.clone()).matches_path(place)),
                PluginReference::Registry(_) => pattern.matches(&self.written.to_string()),
                PluginReference::Member { bundle, plugin } => {
                    let of_bundle = pattern.0.split_once('/').filter(|(name, _)| name == bundle);
                    // No wildcard stands for the name of a bundle, which every settings file may give to another one.
                    let by_name = !self.nameless && of_bundle.is_some_and(|(_, name)| Pattern(name.to_owned()).matches(plugin));
                    by_name || pattern.0 == "*" || (pattern.0.starts_with("oci://") && self.is_found_at(pattern))
                }
            }
    }

    fn is_found_at(&self, pattern: &Pattern) -> bool {
        self.places.iter().any(|place| pattern.matches(place))
    }

    /// Whether a text names this plugin in full.
    pub(super) fn is(&self, name: &str) -> bool {
        let name = self.spelled(name);
        (!self.nameless && self.key() == name) || self.places.contains(&name) || self.digest.as_str() == name
    }

    /// What an entry for it is to be called.
    pub fn key(&self) -> String {
        self.spelled(&self.written.to_string())
    }

    /// A name as it is held against this plugin's. `plugins/*` means files in a directory to a file, and the plugins of a bundle to one of
    /// them.
    fn spelled(&self, name: &str) -> String {
        if matches!(self.written, PluginReference::File(_)) { spelled(name) } else { name.to_owned() }
    }
}

/// One spelling for each path below the project: `plugins//./scan.wasm` is `./plugins/scan.wasm`. What is no path stays as it is.
fn spelled(name: &str) -> String {
    let is_path = name.contains('/') || name.ends_with(".wasm") || name.ends_with(".tar");
    if name.starts_with("oci://") || !is_path {
        return name.to_owned();
    }
    let path = crate::path::normal(name);
    // A pattern such as `*/x.wasm` begins with whatever it stands for.
    if path.starts_with(['/', '*', '?']) || path.starts_with("./") || path.starts_with("../") {
        path
    } else {
        format!("./{path}")
    }
}
