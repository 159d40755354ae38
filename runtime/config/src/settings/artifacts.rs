//! What is collected as artifacts.

use super::fields::Fields;
use crate::yaml::Entry;
use windlass_model::settings::ArtifactSettings;

pub(super) fn artifacts(entry: &Entry, fields: &Fields<'_>) -> ArtifactSettings {
    let mut settings = ArtifactSettings::default();
    let Some(entries) = fields.map(&entry.value, fields.place(entry), "`artifacts`", &["max_size"]) else {
        return settings;
    };
    for entry in entries.iter().filter(|entry| &*entry.key.text == "max_size") {
        settings.max_size = fields.size(entry);
    }
    settings
}
