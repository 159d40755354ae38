//! The plugins that a project's last runs used, by their digests: a file that was swapped for another does not run without a word.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use windlass_model::digest::Digest;
use windlass_model::plugin::PluginInfo;
use windlass_model::plugin_reference::PluginReference;

use super::{Ledger, LedgerError, file_name, read, write};

/// What a file holds: the digests, and whose they are, for a person who looks.
#[derive(Serialize, Deserialize)]
struct Record {
    project: String,
    plugins: BTreeMap<String, Digest>,
}

impl Ledger {
    /// The digest of each plugin when the project last ran it.
    ///
    /// # Errors
    /// When the file cannot be read, or is damaged.
    pub fn plugins(&self, project: &Path) -> Result<BTreeMap<String, Digest>, LedgerError> {
        Ok(read::<Record>(&self.plugins_path(project))?.map(|record| record.plugins).unwrap_or_default())
    }

    /// Remembers the plugins of a run. Those that it did not use stay as they were.
    ///
    /// # Errors
    /// When the file cannot be written, or what was there cannot be read.
    pub fn record_plugins(&self, project: &Path, now: BTreeMap<String, Digest>) -> Result<(), LedgerError> {
        let mut plugins = self.plugins(project)?;
        plugins.extend(now);
        write(&self.plugins_path(project), &Record { project: project.display().to_string(), plugins })
    }

    fn plugins_path(&self, project: &Path) -> std::path::PathBuf {
        self.directory.join("plugins").join(format!("{}.json", file_name(&project.display().to_string())))
    }
}

/// Those plugins that windlass does not carry, by where they come from.
pub fn from_outside<'p>(plugins: impl Iterator<Item = &'p PluginInfo>) -> BTreeMap<String, Digest> {
    let outside = plugins.filter(|plugin| !matches!(plugin.reference, PluginReference::BuiltIn(_)));
    outside.map(|plugin| (plugin.reference.to_string(), plugin.digest.clone())).collect()
}

/// What to say of plugins that are others than when they last ran.
pub fn changes(last: &BTreeMap<String, Digest>, now: &BTreeMap<String, Digest>) -> Vec<String> {
    let changed = now.iter().filter_map(|(name, digest)| Some((name, last.get(name).filter(|last| *last != digest)?, digest)));
    let line = |(name, last, now): (&String, &Digest, &Digest)| {
        format!("plugin {name} changed since it last ran for this project: it was {last}, and is {now} now")
    };
    changed.map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_remembers_what_it_ran_and_tells_what_is_another() {
        let state = tempfile::tempdir().expect("a temporary directory");
        let (ledger, project) = (Ledger::below(state.path()), Path::new("/p"));
        let digests = |entries: &[(&str, u8)]| -> BTreeMap<String, Digest> {
            entries.iter().map(|(name, byte)| ((*name).to_owned(), Digest::from_sha256([*byte; 32]))).collect()
        };
        let first = digests(&[("./a.wasm", 1), ("./b.wasm", 1)]);
        assert!(changes(&ledger.plugins(project).expect("readable"), &first).is_empty(), "a first run is no change");
        ledger.record_plugins(project, first.clone()).expect("writable");
        ledger.record_plugins(project, digests(&[("./c.wasm", 1)])).expect("writable");
        let last = ledger.plugins(project).expect("readable");
        assert!(changes(&last, &first).is_empty());
        let told = changes(&last, &digests(&[("./a.wasm", 2), ("./b.wasm", 1), ("./d.wasm", 1)]));
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].starts_with("plugin ./a.wasm changed since"), "{told:?}");
        assert!(ledger.plugins(Path::new("/other")).expect("readable").is_empty());
    }
}
