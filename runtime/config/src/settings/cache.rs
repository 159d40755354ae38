//! `cache`: where caches are kept, whose they are, and for how long.

use std::time::Duration;

use super::fields::Fields;
use super::{Writer, secrets, writer};
use crate::quantity::days;
use crate::yaml::Entry;
use windlass_model::cache::StoreLocation;
use windlass_model::settings::{CacheSettings, SecretSource};
use windlass_model::text;

const KEYS: [&str; 5] = ["store", "namespace", "max_size", "expire", "key"];

/// The most characters of a namespace; paths of repositories are shorter.
const LONGEST: usize = 200;

pub(super) fn cache(entry: &Entry, writer: Writer, fields: &Fields<'_>) -> CacheSettings {
    let mut settings = CacheSettings::default();
    let Some(entries) = fields.map(&entry.value, fields.place(entry), "`cache`", &KEYS) else {
        return settings;
    };
    for entry in entries {
        match &*entry.key.text {
            "store" => settings.store = store(entry, fields),
            "namespace" => settings.namespace = namespace(entry, fields),
            "max_size" => settings.max_size = fields.size(entry),
            "expire" => settings.expire = expire(entry, fields),
            "key" => settings.key = key(entry, writer, fields),
            _ => {}
        }
    }
    settings
}

fn store(entry: &Entry, fields: &Fields<'_>) -> Option<StoreLocation> {
    let text = fields.word(entry)?;
    if text.contains('$') {
        let message = format!("`{text}` has a variable in it, and variables are not filled in here");
        fields.invalid(
            entry,
            message,
            "write the place itself; a settings file of its own can say it for one machine: --settings FILE",
        );
        return None;
    }
    let parsed = StoreLocation::parse(&text);
    parsed.map_err(|error| fields.invalid(entry, error.to_string(), "`dir:` alone is a directory of your user cache")).ok()
}

/// A scope is written as `NAMESPACE@LINE`, so that a namespace has no `@`.
fn namespace(entry: &Entry, fields: &Fields<'_>) -> Option<String> {
    let name = fields.word(entry)?;
    let fits = name.chars().count() <= LONGEST && text::is_fit(&name) && !name.contains(['@', ' ']);
    if !fits {
        let help = format!("write at most {LONGEST} characters without spaces and `@`, such as `my-org/my-repo`");
        fields.invalid(entry, "this is no name of a namespace", &help);
    }
    fits.then_some(name)
}

fn expire(entry: &Entry, fields: &Fields<'_>) -> Option<Duration> {
    let text = fields.word(entry)?;
    days(&text).map_err(|message| fields.invalid(entry, message, "write whole days: `30d`")).ok()
}

/// The host itself reads the key, before any pod and for tasks of every cluster.
fn key(entry: &Entry, writer: Writer, fields: &Fields<'_>) -> Option<SecretSource> {
    let source = secrets::source(entry, fields).and_then(|source| writer::source(entry, source, writer, fields))?;
    if matches!(source, SecretSource::Kubernetes { .. }) {
        let message = "the key of caches is read where windlass runs, and a Secret is in one cluster";
        fields.invalid(entry, message, "give it one of `env`, `file` and `command`");
        return None;
    }
    Some(source)
}
