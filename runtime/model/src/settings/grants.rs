//! What plugins may do, and by which names settings know them.

use serde::Serialize;

use super::Settings;
use crate::digest::Digest;
use crate::pattern::Pattern;
use crate::plugin::Powers;
use crate::task::PluginReference;

/// What one plugin may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PluginGrant {
    /// The plugin: a built-in's name, a path, a reference or a digest, as patterns; or [`PluginGrant::BUILT_IN`].
    pub plugin: Pattern,
    /// Its powers, each with its limits.
    pub powers: Powers,
}

impl PluginGrant {
    /// The entry for all built-in plugins and that no entry names.
    pub const BUILT_IN: &str = "built-in";

    /// Whether the entry is one for a digest.
    fn is_of_digest(&self) -> bool {
        self.plugin.0.starts_with("sha256:")
    }
}

/// The names that settings may call a plugin by. The one in its manifest is not among them: anybody can write any name there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginNames {
    written: PluginReference,
    /// Where a file really lies.
    places: Vec<String>,
    digest: Digest,
}

impl PluginNames {
    /// The names of a plugin that the task file or the command line calls `written`. `places` are the paths at which a file really lies,
    /// links followed: from the project's root (`./plugins/scan.wasm`), and from that of the file system.
    pub fn new(written: &PluginReference, places: Vec<String>, digest: Digest) -> Self {
        Self { written: written.normal(), places, digest }
    }

    /// Whether a pattern means this plugin.
    ///
    /// A wildcard counts for the place where a file really lies: a link among `./plugins/*` that leads elsewhere is none of them. What
    /// windlass carries is meant by its name alone.
    pub fn matches(&self, pattern: &Pattern) -> bool {
        let wanted = spelled(&pattern.0);
        self.is(&wanted)
            || match &self.written {
                PluginReference::BuiltIn(_) => false,
                PluginReference::File(_) => self.places.iter().any(|place| Pattern(wanted.clone()).matches_path(place)),
                PluginReference::Registry(_) => pattern.matches(&self.written.to_string()),
            }
    }

    /// Whether a text names this plugin in full.
    fn is(&self, name: &str) -> bool {
        self.key() == name || self.places.iter().any(|place| place == name) || self.digest.as_str() == name
    }

    /// What an entry for it is to be called.
    pub fn key(&self) -> String {
        spelled(&self.written.to_string())
    }
}

/// One spelling for each path below the project: `plugins//./scan.wasm` is `./plugins/scan.wasm`. Other names stay as they are.
fn spelled(name: &str) -> String {
    match PluginReference::parse(name) {
        // A pattern such as `*/x.wasm` begins with whatever it stands for.
        PluginReference::File(path) if path.starts_with(['/', '*', '?']) || path.starts_with("./") || path.starts_with("../") => {
            path
        }
        PluginReference::File(path) => format!("./{path}"),
        PluginReference::BuiltIn(_) | PluginReference::Registry(_) => name.to_owned(),
    }
}

/// What settings grant to one plugin: what every file allows that speaks of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// By file, in the order in which they speak. Nothing means whatever the plugin asks for.
    pub by: Vec<GrantedBy>,
    /// Of a file without an entry, where settings grant by digest: this one's digest is another.
    pub digest_differs: bool,
}

/// What one file says of a plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantedBy {
    /// The file, as a person would name it; `None` where no file speaks of the plugin and any may.
    pub file: Option<String>,
    /// What the entry is called that counts for the plugin; `None` without one.
    pub entry: Option<String>,
    /// What the entry is called that grants more to it: this one where it names the plugin, else a new one.
    pub key: String,
    /// The powers, whether or not the plugin asks for them.
    pub powers: Powers,
}

impl GrantedBy {
    /// Whether a line with [`Self::key`] stands in place of the entry.
    pub fn is_replaced(&self) -> bool {
        self.entry.as_ref() == Some(&self.key)
    }
}

impl Settings {
    /// The entry for a plugin: the one that names it, else the first whose pattern fits, else that for all which windlass carries.
    pub fn grant(&self, plugin: &PluginNames) -> Option<&PluginGrant> {
        let entry = |wanted: &dyn Fn(&PluginGrant) -> bool| self.plugins.iter().find(|grant| wanted(grant));
        let built_in = matches!(plugin.written, PluginReference::BuiltIn(_));
        entry(&|grant| plugin.is(&spelled(&grant.plugin.0)))
            .or_else(|| entry(&|grant| plugin.matches(&grant.plugin)))
            .or_else(|| entry(&|grant| built_in && grant.plugin.0 == PluginGrant::BUILT_IN))
    }
}

impl Granted {
    /// What files grant to a plugin, each with its name. What windlass carries and none speaks of gets what it asks for.
    pub fn by<'a>(files: impl IntoIterator<Item = (String, &'a Settings)>, plugin: &PluginNames) -> Self {
        let files: Vec<(String, &Settings)> = files.into_iter().collect();
        let built_in = matches!(plugin.written, PluginReference::BuiltIn(_));
        let says = |(file, settings): &(String, &Settings)| {
            let grant = settings.grant(plugin)?;
            let entry = grant.plugin.0.clone();
            // An entry that names the plugin goes before all others, which stay as they are for whom else they mean.
            let key = if plugin.is(&spelled(&entry)) { entry.clone() } else { plugin.key() };
            Some(GrantedBy { file: Some(file.clone()), entry: Some(entry), key, powers: grant.powers.clone() })
        };
        let mut by: Vec<GrantedBy> = files.iter().filter_map(says).collect();
        let of_digest = files.iter().rev().find(|(_, settings)| settings.plugins.iter().any(PluginGrant::is_of_digest));
        let digest_differs = of_digest.filter(|_| by.is_empty() && !built_in);
        if by.is_empty() && !built_in {
            let key = digest_differs.map_or_else(|| plugin.key(), |_| plugin.digest.to_string());
            let file = digest_differs.map(|(file, _)| file.clone());
            by.push(GrantedBy { file, entry: None, key, powers: Powers::default() });
        }
        Self { by, digest_differs: digest_differs.is_some() }
    }

    /// The powers of a plugin that asks for `asks`: no more than it asks for.
    pub fn powers(&self, asks: &Powers) -> Powers {
        self.by.iter().fold(asks.clone(), |powers, by| powers.meet(&by.powers))
    }
}

#[cfg(test)]
mod tests;
