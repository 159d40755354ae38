//! `environments`: how images are built that tasks name by a Dockerfile, and where clusters find them.

use super::fields::Fields;
use crate::diagnostics::{Code, Diagnostic};
use crate::yaml::Entry;
use windlass_model::image::ImageReference;
use windlass_model::plugin_reference::PluginReference;
use windlass_model::secret::SecretName;
use windlass_model::settings::{EnvironmentLogin, EnvironmentSettings};

const KEYS: [&str; 4] = ["registry", "build", "username", "password"];

pub(super) fn environments(entry: &Entry, fields: &Fields<'_>) -> EnvironmentSettings {
    let mut settings = EnvironmentSettings::default();
    let Some(entries) = fields.map(&entry.value, entry.key.span, "`environments`", &KEYS) else {
        return settings;
    };
    let (mut username, mut password) = (None, None);
    for entry in entries {
        match &*entry.key.text {
            "registry" => settings.registry = repository(entry, fields),
            "build" => settings.build = plugin(entry, fields),
            "username" => username = Some((entry, fields.word(entry))),
            "password" => password = Some((entry, secret(entry, fields))),
            _ => {}
        }
    }
    match (username, password) {
        (Some((_, username)), Some((_, password))) => {
            settings.login = username.zip(password).map(|(username, password)| EnvironmentLogin { username, password });
        }
        (Some((entry, _)), None) => {
            fields.missing(entries, entry.key.span, "`username`", "password", "name the secret: `password: REGISTRY_KEY`");
        }
        (None, Some((entry, _))) => {
            fields.missing(entries, entry.key.span, "`password`", "username", "say whose it is: `username: _json_key`");
        }
        (None, None) => {}
    }
    settings
}

fn plugin(entry: &Entry, fields: &Fields<'_>) -> Option<PluginReference> {
    let parsed = PluginReference::parse(&fields.word(entry)?);
    parsed.map_err(|error| fields.invalid(entry, error.to_string(), "write it as behind `uses:` of a step")).ok()
}

/// A repository: an image's name without a tag.
fn repository(entry: &Entry, fields: &Fields<'_>) -> Option<String> {
    let text = fields.word(entry)?;
    let problem = match ImageReference::parse(&text) {
        Ok(image) if image.tag().is_none() && image.digest().is_none() => return Some(text),
        Ok(_) => format!("`{text}` has a tag, and each environment gets its own"),
        Err(error) => error.to_string(),
    };
    fields.invalid(entry, problem, "write host and name of a repository: `gcr.io/my-project/environments`");
    None
}

/// The name of a secret, never its value.
fn secret(entry: &Entry, fields: &Fields<'_>) -> Option<SecretName> {
    let text = fields.word(entry)?;
    match SecretName::new(text) {
        Ok(name) => Some(name),
        // What is no name may be the secret itself.
        Err(_) => {
            let message = "`password` takes the name of a secret, and this is not one".to_owned();
            let problem = Diagnostic::error(Code::InvalidValue, fields.place(entry), message);
            fields.push(problem.help("give the secret a name under `secrets`, and write that name").hiding_source());
            None
        }
    }
}
