//! What plugins may do.

use serde::Serialize;

use super::{PluginNames, Settings};
use crate::pattern::Pattern;
use crate::plugin::Powers;

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
    /// The signer whose entry it is; `None` for one of `plugins`.
    pub signer: Option<String>,
    /// The powers, whether or not the plugin asks for them.
    pub powers: Powers,
}

/// What one file says of a plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word<'a> {
    /// The entry that counts.
    pub grant: &'a PluginGrant,
    /// The signer whose entry it is; `None` for one of `plugins`.
    pub signer: Option<&'a str>,
}

impl GrantedBy {
    /// Whether a line with [`Self::key`] stands in place of the entry.
    pub fn is_replaced(&self) -> bool {
        self.entry.as_ref() == Some(&self.key)
    }
}

impl Settings {
    /// What these settings, which are `file`'s, say of a plugin: the entry of `plugins` that names it; else that of the first of their signers
    /// which has signed it; else the first entry whose pattern fits, or that for all which windlass carries.
    ///
    /// A signature says more of a plugin than where it lies, and less than its whole name.
    pub fn word(&self, file: &str, plugin: &PluginNames) -> Option<Word<'_>> {
        let entry = |wanted: &dyn Fn(&PluginGrant) -> bool| {
            self.plugins.iter().find(|grant| wanted(grant)).map(|grant| Word { grant, signer: None })
        };
        entry(&|grant| plugin.is(&grant.plugin.0))
            .or_else(|| self.signed(file, plugin))
            .or_else(|| entry(&|grant| plugin.matches(&grant.plugin)))
            .or_else(|| entry(&|grant| plugin.is_carried() && grant.plugin.0 == PluginGrant::BUILT_IN))
    }

    /// What the first signer grants that has signed a plugin and speaks of it.
    fn signed(&self, file: &str, plugin: &PluginNames) -> Option<Word<'_>> {
        let has_signed = |name: &str| plugin.vouched.iter().any(|by| by.file == file && by.signer == name);
        let signers = self.signers.iter().filter(|signer| has_signed(&signer.name));
        let mut words = signers.filter_map(|signer| Some(Word { grant: signer.grant(&plugin.own)?, signer: Some(&signer.name) }));
        words.next()
    }
}

impl Granted {
    /// What files grant to a plugin, each with its name. What windlass carries and none speaks of gets what it asks for.
    pub fn by<'a>(files: impl IntoIterator<Item = (String, &'a Settings)>, plugin: &PluginNames) -> Self {
        let files: Vec<(String, &Settings)> = files.into_iter().collect();
        let built_in = plugin.is_carried();
        let says = |(at, (file, settings)): (usize, &(String, &Settings))| {
            let plugin = &plugin.where_known(|bundle| files[..=at].iter().any(|(_, said)| said.bundles.contains_key(bundle)));
            let Word { grant, signer } = settings.word(file, plugin)?;
            let entry = grant.plugin.0.clone();
            // An entry that names the plugin goes before all others, which stay as they are for whom else they mean.
            let key = match signer {
                Some(_) => plugin.own.clone(),
                None if plugin.is(&entry) => entry.clone(),
                None => plugin.key(),
            };
            let signer = signer.map(str::to_owned);
            Some(GrantedBy { file: Some(file.clone()), entry: Some(entry), key, signer, powers: grant.powers.clone() })
        };
        let mut by: Vec<GrantedBy> = files.iter().enumerate().filter_map(says).collect();
        let of_digest = files.iter().rev().find(|(_, settings)| settings.plugins.iter().any(PluginGrant::is_of_digest));
        let digest_differs = of_digest.filter(|_| by.is_empty() && !built_in);
        if by.is_empty() && !built_in {
            let key = digest_differs.map_or_else(|| plugin.key(), |_| plugin.digest.to_string());
            let file = digest_differs.map(|(file, _)| file.clone());
            by.push(GrantedBy { file, entry: None, key, signer: None, powers: Powers::default() });
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
