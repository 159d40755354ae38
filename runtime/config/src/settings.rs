//! `windlass.yaml`: the platform's side, read as strictly as it decides.
//!
//! A key that nothing knows is an error here, not a warning: a policy that is silently not applied is worse than none.

mod clusters;
mod environments;
mod fields;
mod limits;
mod plugins;
mod pods;
mod policy;
mod registries;
mod secrets;

use crate::diagnostics::Diagnostics;
use crate::problems::Problems;
use crate::source::Source;
use crate::yaml::{Entry, Limits, Meeting, Node, Rules, decode, parse};
use fields::Fields;
use windlass_model::settings::Settings;

/// The keys of `windlass.yaml`.
pub const SETTINGS_KEYS: [&str; 14] = [
    "clusters",
    "pods",
    "secrets",
    "host_aliases",
    "registries",
    "images",
    "environments",
    "policy",
    "plugins",
    "pull_policy",
    "sidecar_timeout",
    "api_patience",
    "room_timeout",
    "variables",
];

/// Settings are plain YAML.
const RULES: Rules = Rules { meeting: |_| Meeting::OwnCounts, holds_list: |_| false, drops_nulls: false };

/// Reads `windlass.yaml`. An empty file is the default.
///
/// # Errors
/// Every problem of the file.
pub fn load_settings(source: &Source) -> Result<Settings, Diagnostics> {
    let limits = Limits::default();
    let document = decode(source, &limits)?;
    let mut diagnostics = Diagnostics::new(document.clone());
    let root = parse(&document, &limits, RULES, &mut diagnostics);
    let problems = Problems::new(diagnostics);
    let settings = root.map(|root| settings(&root, &Fields { problems: &problems })).unwrap_or_default();
    let diagnostics = problems.into_inner().sorted();
    if diagnostics.has_errors() { Err(diagnostics) } else { Ok(settings) }
}

fn settings(root: &Node, fields: &Fields<'_>) -> Settings {
    let mut settings = Settings::default();
    let Some(entries) = fields.map(root, root.span, "windlass.yaml", &SETTINGS_KEYS) else {
        return settings;
    };
    for entry in entries {
        match &*entry.key.text {
            "clusters" => settings.clusters = fields.items(entry, |item| clusters::mapping(item, fields)),
            "pods" => settings.pods = pods::pods(entry, fields),
            "secrets" => settings.secrets = fields.named(entry, |secret| secrets::source(secret, fields)),
            "host_aliases" => settings.host_aliases = fields.items(entry, |item| registries::host_alias(item, fields)),
            "registries" => settings.registries = fields.named(entry, |registry| registries::registry(registry, fields)),
            "images" => settings.images = fields.named(entry, |image| registries::image(image, fields)),
            "environments" => settings.environments = environments::environments(entry, fields),
            "policy" => settings.policy = policy::policy(entry, fields),
            "plugins" => settings.plugins = plugins::grants(entry, fields),
            "pull_policy" => settings.pull_policy = policy::pull_policy(entry, fields),
            "sidecar_timeout" => settings.sidecar_timeout = fields.time(entry),
            "api_patience" => settings.api_patience = fields.time(entry),
            "room_timeout" => settings.room_timeout = fields.time(entry),
            "variables" => settings.variables = fields.named(entry, |variable| variable_value(variable, fields)),
            _ => {}
        }
    }
    settings
}

fn variable_value(variable: &Entry, fields: &Fields<'_>) -> Option<String> {
    if variable.value.is_absent() {
        return Some(String::new());
    }
    fields.text(variable)
}
