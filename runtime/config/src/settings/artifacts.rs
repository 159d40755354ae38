//! What is collected as artifacts.

use super::fields::Fields;
use crate::yaml::Entry;
use windlass_model::cache::StoreLocation;
use windlass_model::settings::ArtifactSettings;

pub(super) fn artifacts(entry: &Entry, fields: &Fields<'_>) -> ArtifactSettings {
    let mut settings = ArtifactSettings::default();
    let Some(entries) = fields.map(&entry.value, fields.place(entry), "`artifacts`", &["store", "max_size"]) else {
        return settings;
    };
    for entry in entries {
        match &*entry.key.text {
            "store" => settings.store = store(entry, fields),
            "max_size" => settings.max_size = fields.size(entry),
            _ => {}
        }
    }
    settings
}

/// Results are not for a directory of things that can be made again.
fn store(entry: &Entry, fields: &Fields<'_>) -> Option<StoreLocation> {
    let help = "without `store`, artifacts stay on the machine that windlass runs on";
    match StoreLocation::parse(&fields.word(entry)?) {
        Ok(StoreLocation::Directory(path)) if path.is_empty() => {
            fields.invalid(entry, "`dir:` names no directory", "write `dir:PATH`");
            None
        }
        parsed => parsed.map_err(|error| fields.invalid(entry, error.to_string(), help)).ok(),
    }
}
