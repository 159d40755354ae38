//! `windlass-plugin.yaml`: what a project in Go, JavaScript or Python says of its plugin, and the manifest made of it.

mod culprit;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Value, json};
use windlass_plugin_host::{Checked, check_manifest};

use crate::language::Language;
use culprit::culprit;

/// The file's name.
pub(crate) const FILE: &str = "windlass-plugin.yaml";

/// The file as it is written: the members of the manifest, and the language.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    version: String,
    kind: String,
    language: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    powers: BTreeMap<String, Value>,
    #[serde(default)]
    honours: Vec<String>,
    #[serde(default)]
    leaves: Vec<String>,
    #[serde(default)]
    takes: Vec<String>,
    #[serde(default)]
    facts: BTreeMap<String, String>,
    request: Option<Value>,
}

/// What the file says, checked as windlass will check it when the plugin is loaded.
#[derive(Debug)]
pub(crate) struct Description {
    pub(crate) language: Language,
    pub(crate) manifest: String,
    pub(crate) checked: Checked,
}

/// Why the file is of no use.
#[derive(Debug, thiserror::Error)]
pub enum DescriptionError {
    /// It cannot be read.
    #[error("{path} cannot be read")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It does not say what is needed.
    #[error("{}{}: {why}", path.display(), place.map(|(line, column)| format!(":{line}:{column}")).unwrap_or_default())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Line and column, where they are known.
        place: Option<(usize, usize)>,
        /// The path of the member that is wrong, such as `powers.containers`, where that is known instead.
        member: Option<String>,
        /// What is wrong, and what to write.
        why: String,
    },
}

/// What is wrong with a text, and where.
#[derive(Debug)]
struct Wrong {
    place: Option<(usize, usize)>,
    member: Option<String>,
    why: String,
}

impl Wrong {
    fn of(member: impl Into<String>, why: impl Into<String>) -> Self {
        Self { place: None, member: Some(member.into()), why: why.into() }
    }
}

/// Reads a project's file.
pub(crate) fn read(directory: &Path) -> Result<Description, DescriptionError> {
    let path = directory.join(FILE);
    let text = std::fs::read_to_string(&path).map_err(|source| DescriptionError::Unreadable { path: path.clone(), source })?;
    parse(&text).map_err(|Wrong { place, member, why }| DescriptionError::Invalid { path, place, member, why })
}

fn parse(text: &str) -> Result<Description, Wrong> {
    let written: Written = serde_yaml::from_str(text).map_err(|error| Wrong {
        place: error.location().map(|place| (place.line(), place.column())),
        member: None,
        why: without_place(&error.to_string()),
    })?;
    let language = Language::of_word(&written.language).ok_or_else(|| {
        let words: Vec<&str> = Language::ALL.iter().map(|language| language.as_str()).collect();
        let why = format!("there is no language `{}`; there are: {}", written.language.escape_debug(), words.join(", "));
        Wrong::of("language", why)
    })?;
    if language == Language::Rust {
        let why = "a Rust project needs no such file: its manifest is what `plugin!` of the SDK says; delete it";
        return Err(Wrong::of("language", why));
    }
    let mut manifest = json!({
        "manifest": 1,
        "name": written.name,
        "version": written.version,
        "kind": written.kind,
        "description": written.description,
        "powers": written.powers,
    });
    for (member, words) in [("honours", written.honours), ("leaves", written.leaves), ("takes", written.takes)] {
        if !words.is_empty() {
            manifest[member] = json!(words);
        }
    }
    if !written.facts.is_empty() {
        manifest["facts"] = json!(written.facts);
    }
    manifest["request"] =
        written.request.unwrap_or_else(|| json!({"type": "object", "properties": {}, "additionalProperties": false}));
    let checked = check(&manifest).map_err(|why| Wrong { place: None, member: culprit(&manifest), why })?;
    Ok(Description { language, manifest: manifest.to_string(), checked })
}

/// Checks a manifest. A place in its JSON, which nobody wrote, is left out of what is said.
fn check(manifest: &Value) -> Result<Checked, String> {
    check_manifest(manifest.to_string().as_bytes()).map_err(|why| without_place(&why))
}

fn without_place(why: &str) -> String {
    why.rsplit_once(" at line ").map_or(why, |(why, _)| why).to_owned()
}

#[cfg(test)]
mod tests {
    use windlass_model::plugin::{PluginKind, Power};

    use super::*;

    const GOOD: &str = "name: scan\nversion: 1.0.0\nkind: step\nlanguage: go\npowers:\n  workspace-read: reads\n  \
                        containers: {reason: runs, only: [own]}\n";

    #[test]
    fn the_manifest_has_what_the_file_says() {
        let description = parse(GOOD).unwrap_or_else(|e| panic!("{e:?}"));
        assert_eq!((description.language, description.checked.kind), (Language::Go, PluginKind::Step));
        assert_eq!(description.checked.powers, [Power::Containers, Power::WorkspaceRead]);
        let manifest: Value = serde_json::from_str(&description.manifest).expect("it is JSON");
        assert_eq!(manifest["powers"]["containers"]["only"], json!(["own"]));
        assert_eq!(manifest["request"]["additionalProperties"], json!(false));
        assert!(manifest.get("honours").is_none());
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (from, to, said) in [
            ("language: go", "language: perl", "there is no language `perl`; there are: rust, javascript, go, python"),
            ("language: go", "language: rust", "delete it"),
            ("kind: step", "kind: stepp", "stepp"),
            ("containers:", "container:", "did you mean `containers`?"),
            ("name: scan", "name: ../scan", "its name `../scan`"),
            ("version: 1.0.0", "verison: 1.0.0", "verison"),
            ("version: 1.0.0", "version: 1.0.0\nrequest: {type: object, oneOf: []}", "oneOf"),
        ] {
            let wrong = parse(&GOOD.replace(from, to)).err().unwrap_or_else(|| panic!("{to} was taken"));
            assert!(wrong.why.contains(said) && !wrong.why.contains(" at line "), "{wrong:?}");
        }
    }

    /// The place of a mistake is one of this file, and none of the manifest that is made of it.
    #[test]
    fn what_is_wrong_has_its_place() {
        for (from, to, place, member) in [
            ("version: 1.0.0", "verison: 1.0.0", Some((2, 1)), None),
            ("version: 1.0.0", "version: [1]", Some((2, 10)), None),
            ("language: go", "language: perl", None, Some("language")),
            ("kind: step", "kind: stepp", None, Some("kind")),
            ("name: scan", "name: ../scan", None, Some("name")),
            ("  containers: {reason", "  container: {reason", None, Some("powers.container")),
            ("only: [own]", "only: 3", None, Some("powers.containers")),
            ("version: 1.0.0", "version: 1.0.0\nrequest: {type: object, oneOf: []}", None, Some("request")),
            (
                "version: 1.0.0",
                "version: 1.0.0\nrequest: {type: object, properties: {a: {type: string}, b: {type: strng}}, additionalProperties: false}",
                None,
                Some("request.properties.b"),
            ),
        ] {
            let wrong = parse(&GOOD.replace(from, to)).err().unwrap_or_else(|| panic!("{to} was taken"));
            assert_eq!((wrong.place, wrong.member.as_deref()), (place, member), "{to}: {}", wrong.why);
        }
    }
}
