//! `windlass.yaml`: the platform's side, read as strictly as it decides.
//!
//! A key that nothing knows is an error here, not a warning: a policy that is silently not applied is worse than none.

mod artifacts;
mod bundles;
mod cache;
mod clusters;
mod environments;
mod fields;
mod generate;
mod limits;
mod plugins;
mod pods;
mod policy;
mod registries;
mod secrets;
mod signers;
mod writer;

use crate::diagnostics::Diagnostics;
use crate::problems::Problems;
use crate::source::Source;
use crate::yaml::{Entry, Limits, Meeting, Node, Rules, decode, parse};
use fields::Fields;
use windlass_model::settings::Settings;

pub use writer::Writer;

/// The keys of `windlass.yaml`.
pub const SETTINGS_KEYS: [&str; 20] = [
    "clusters",
    "pods",
    "secrets",
    "host_aliases",
    "registries",
    "bundles",
    "vendored",
    "generate",
    "images",
    "environments",
    "policy",
    "plugins",
    "signers",
    "pull_policy",
    "sidecar_timeout",
    "api_patience",
    "room_timeout",
    "artifacts",
    "cache",
    "variables",
];

/// Settings are plain YAML.
const RULES: Rules = Rules { meeting: |_| Meeting::OwnCounts, holds_list: |_| false, drops_nulls: false };

/// Reads the `windlass.yaml` of a platform, which may say everything. An empty file is the default.
///
/// # Errors
/// Every problem of the file.
pub fn load_settings(source: &Source) -> Result<Settings, Diagnostics> {
    load_settings_of(source, Writer::Platform)
}

/// Reads the settings of anybody. What is not for whoever wrote them is an error.
///
/// # Errors
/// Every problem of the file.
pub fn load_settings_of(source: &Source, writer: Writer) -> Result<Settings, Diagnostics> {
    let (settings, problems) = load_settings_in_part(source, writer);
    if problems.has_errors() { Err(problems) } else { Ok(settings) }
}

/// Reads what can be read of somebody's settings, with every problem of the file. With an error among them it is to be looked at for more, and
/// never to be obeyed: what could not be read may be what forbids something.
pub fn load_settings_in_part(source: &Source, writer: Writer) -> (Settings, Diagnostics) {
    let limits = Limits::default();
    let document = match decode(source, &limits) {
        Ok(document) => document,
        Err(problems) => return (Settings::default(), problems),
    };
    let mut diagnostics = Diagnostics::new(document.clone());
    let root = parse(&document, &limits, RULES, &mut diagnostics);
    let problems = Problems::new(diagnostics);
    let settings = root.map(|root| settings(&root, writer, &Fields { problems: &problems })).unwrap_or_default();
    (settings, problems.into_inner().sorted())
}

fn settings(root: &Node, writer: Writer, fields: &Fields<'_>) -> Settings {
    let mut settings = Settings::default();
    let Some(entries) = fields.map(root, root.span, "windlass.yaml", &SETTINGS_KEYS) else {
        return settings;
    };
    writer::check(entries, writer, fields);
    for entry in entries {
        match &*entry.key.text {
            "clusters" => settings.clusters = fields.items(entry, |item| clusters::mapping(item, fields)),
            "pods" => settings.pods = pods::pods(entry, fields),
            "secrets" => {
                let source = |secret: &Entry| writer::source(secret, secrets::source(secret, fields)?, writer, fields);
                settings.secrets = fields.named(entry, source);
            }
            "host_aliases" => settings.host_aliases = fields.items(entry, |item| registries::host_alias(item, fields)),
            "registries" => settings.registries = fields.named(entry, |registry| registries::registry(registry, fields)),
            "bundles" => settings.bundles = fields.named(entry, |bundle| bundles::bundle(bundle, fields)),
            "vendored" => settings.vendored = fields.word(entry),
            "generate" => settings.generate = generate::generate(entry, fields),
            "images" => settings.images = fields.named(entry, |image| registries::image(image, fields)),
            "environments" => settings.environments = environments::environments(entry, fields),
            "policy" => settings.policy = policy::policy(entry, fields),
            "plugins" => settings.plugins = plugins::grants(entry, fields),
            "signers" => settings.signers = signers::signers(entry, fields),
            "pull_policy" => settings.pull_policy = policy::pull_policy(entry, fields),
            "sidecar_timeout" => settings.sidecar_timeout = fields.time(entry),
            "api_patience" => settings.api_patience = fields.time(entry),
            "room_timeout" => settings.room_timeout = fields.time(entry),
            "artifacts" => settings.artifacts = artifacts::artifacts(entry, fields),
            "cache" => settings.cache = cache::cache(entry, writer, fields),
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
