//! `plugin diff`: what another version of a plugin or a bundle could newly do, and what its users have to change.

mod bundles;
mod settings;

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::Value;
use windlass_model::plugin::PluginInfo;
use windlass_plugin_source::{Origin, entry};
use windlass_plugin_store::diff::PowerDiff;

use super::subject::{self, Subject};
use crate::args::{Global, PluginFiles, TableFormat};
use crate::failure::Failure;
use crate::output;

/// Compares two plugins, or two bundles, without running anything.
///
/// # Errors
/// When one cannot be found or loaded, or one is a plugin and the other a bundle.
pub(super) async fn run(global: &Global, [old, new]: [&str; 2], given: &PluginFiles, format: TableFormat) -> Result<(), Failure> {
    match subject::find(global, [old, new], given).await? {
        [Subject::Plugin(old), Subject::Plugin(new)] => {
            let compared = Compared::between(&old, &new);
            if format == TableFormat::Json { output::json(&compared) } else { output::text(&compared.in_words()) }
        }
        [Subject::Bundle(old), Subject::Bundle(new)] => {
            let compared = bundles::Compared::between(&old, &new);
            if format == TableFormat::Json { output::json(&compared) } else { output::text(&compared.in_words()) }
        }
        [Subject::Plugin(_), Subject::Bundle(_)] => Err(unlike(old, new)),
        [Subject::Bundle(_), Subject::Plugin(_)] => Err(unlike(new, old)),
    }
}

fn unlike(plugin: &str, bundle: &str) -> Failure {
    let message = format!("{plugin} is one plugin, and {bundle} is a bundle");
    Failure::usage(message, "compare two plugins or two bundles; a plugin of a bundle on disk or of the settings is BUNDLE/NAME")
}

/// Two versions of a plugin.
#[derive(Debug, Serialize)]
struct Compared {
    old: Version,
    new: Version,
    /// What the new one may do that the old one may not, as sentences without their subject.
    powers: Vec<String>,
    /// Whether `plugin update` asks for an approval.
    needs_approval: bool,
    /// What changed of what it takes under `with`.
    with: Vec<String>,
}

/// One of them.
#[derive(Debug, Serialize)]
struct Version {
    name: String,
    version: String,
    digest: String,
}

impl Version {
    fn of(info: &PluginInfo) -> Self {
        Self { name: info.name.clone(), version: info.version.clone(), digest: info.digest.to_string() }
    }
}

impl Compared {
    fn between(old: &PluginInfo, new: &PluginInfo) -> Self {
        // Digests of manifests say nothing of powers.
        let plain =
            |info: &PluginInfo| entry(info, &Origin { tag: None, manifest: info.digest.clone(), bundle: None, signer: None });
        let diff = PowerDiff::between(&plain(old), &plain(new));
        Self {
            old: Version::of(old),
            new: Version::of(new),
            powers: diff.changes().iter().map(ToString::to_string).collect(),
            needs_approval: diff.needs_approval(),
            with: schema(&old.schema, &new.schema),
        }
    }

    fn is_same(&self) -> bool {
        self.old.digest == self.new.digest
    }

    fn in_words(&self) -> String {
        let Self { old, new, .. } = self;
        format!("{} {} → {} {}\n{}", old.name, old.version, new.name, new.version, self.changes())
    }

    /// What is new, one line each.
    fn changes(&self) -> String {
        let mut text = String::new();
        if self.is_same() {
            text.push_str("the same component\n");
            return text;
        }
        if self.powers.is_empty() {
            text.push_str("may do nothing that the old one may not\n");
        }
        for change in &self.powers {
            let _ = writeln!(text, "  + {change}");
        }
        for line in &self.with {
            let _ = writeln!(text, "  `with`: {line}");
        }
        text
    }
}

/// What changed of the fields of a request.
fn schema(old: &Value, new: &Value) -> Vec<String> {
    let fields = |schema: &Value| schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    let needs = |schema: &Value, field: &str| {
        let required = schema.get("required").and_then(Value::as_array);
        required.is_some_and(|required| required.iter().any(|name| name == field))
    };
    let (before, after) = (fields(old), fields(new));
    let mut lines: Vec<String> = Vec::new();
    for (field, form) in &after {
        match before.get(field) {
            None if needs(new, field) => lines.push(format!("`{field}` is new, and has to be given")),
            None => lines.push(format!("`{field}` is new")),
            Some(_) if needs(new, field) && !needs(old, field) => lines.push(format!("`{field}` has to be given now")),
            Some(other) if other != form => lines.push(format!("`{field}` takes something else")),
            Some(_) => {}
        }
    }
    lines.extend(before.keys().filter(|field| !after.contains_key(*field)).map(|field| format!("`{field}` is gone")));
    lines
}
