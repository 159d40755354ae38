//! Two versions of a bundle: plugins that are new, gone and changed, and its settings.

use std::fmt::Write as _;

use serde::Serialize;
use windlass_model::plugin::PluginInfo;
use windlass_model::text::one_line;

use super::super::subject::Bundle;
use super::settings::{self, SettingChange};

/// What changed from one to the other.
#[derive(Debug, Serialize)]
pub(super) struct Compared {
    old: Version,
    new: Version,
    /// Plugins that only the new one has.
    added: Vec<Member>,
    /// The names of those that only the old one has.
    removed: Vec<String>,
    /// Plugins whose components differ.
    changed: Vec<super::Compared>,
    /// What changed of the settings.
    settings: Vec<SettingChange>,
}

#[derive(Debug, Serialize)]
struct Version {
    bundle: String,
    name: Option<String>,
    version: Option<String>,
    digest: String,
}

#[derive(Debug, Serialize)]
struct Member {
    name: String,
    version: String,
    kind: String,
    /// Each power that it asks for, with its limits.
    asks: Vec<String>,
}

impl Version {
    fn of(bundle: &Bundle) -> Self {
        let Bundle { bundle, name, version, digest, .. } = bundle;
        Self { bundle: bundle.clone(), name: name.clone(), version: version.clone(), digest: digest.to_string() }
    }

    fn in_words(&self) -> String {
        let name = self.name.as_deref().unwrap_or(&self.bundle);
        let version = self.version.as_deref().map(|version| format!(" {version}")).unwrap_or_default();
        one_line(&format!("{name}{version}")).into_owned()
    }
}

impl Member {
    fn of(info: &PluginInfo) -> Self {
        let PluginInfo { name, version, kind, asks, .. } = info;
        Self { name: name.clone(), version: version.clone(), kind: kind.to_string(), asks: asks.in_words() }
    }
}

impl Compared {
    pub(super) fn between(old: &Bundle, new: &Bundle) -> Self {
        let find = |bundle: &Bundle, name: &str| bundle.plugins.iter().find(|info| info.name == name).cloned();
        let added = new.plugins.iter().filter(|info| find(old, &info.name).is_none());
        let removed = old.plugins.iter().filter(|info| find(new, &info.name).is_none());
        let both = new.plugins.iter().filter_map(|info| Some(super::Compared::between(&find(old, &info.name)?, info)));
        Self {
            old: Version::of(old),
            new: Version::of(new),
            added: added.map(Member::of).collect(),
            removed: removed.map(|info| info.name.clone()).collect(),
            changed: both.filter(|compared| !compared.is_same()).collect(),
            settings: settings::changes(old.settings.as_deref(), new.settings.as_deref()),
        }
    }

    pub(super) fn in_words(&self) -> String {
        let mut text = format!("{} → {}\n", self.old.in_words(), self.new.in_words());
        if self.old.digest == self.new.digest {
            text.push_str("the same bundle\n");
            return text;
        }
        for Member { name, version, kind, asks } in &self.added {
            let asks = if asks.is_empty() { "nothing".to_owned() } else { asks.join(", ") };
            let _ = writeln!(text, "{}", one_line(&format!("{name} {version}, new: a {kind} plugin that asks for {asks}")));
        }
        for name in &self.removed {
            let _ = writeln!(text, "{} is gone", one_line(name));
        }
        self.changed.iter().for_each(|compared| text.push_str(&compared.in_words()));
        for change in &self.settings {
            let _ = writeln!(text, "settings: {}", one_line(&change.to_string()));
        }
        if self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty() && self.settings.is_empty() {
            text.push_str("the same plugins and settings\n");
        }
        text
    }
}
