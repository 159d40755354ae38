//! A plugin's manifest: the custom section `windlass.plugin`, readable without running anything.

mod limits;

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use wasmparser::{Parser, Payload};
use windlass_model::plugin::{ImagePlace, PluginKind, Power};

use crate::build_request::whole_schema;
use crate::schema::Schema;
use crate::words;
pub(crate) use limits::Asked;
pub use limits::limited;

/// The custom section's name.
const SECTION: &str = "windlass.plugin";

/// The manifest as its JSON has it. Keys that this windlass does not know are passed over.
#[derive(Debug, Deserialize)]
pub(crate) struct Manifest {
    pub(crate) manifest: u32,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) kind: PluginKind,
    #[serde(default)]
    pub(crate) description: String,
    /// Powers, each with its reason, and with its limit if it has one.
    #[serde(default, deserialize_with = "powers")]
    pub(crate) powers: Vec<Asked>,
    /// Of a build plugin: the fields of the shared request that it honours.
    #[serde(default)]
    pub(crate) honours: Vec<String>,
    /// Of a build plugin: where it may leave its image. Words that this windlass does not know are passed over.
    #[serde(default)]
    pub(crate) leaves: Vec<String>,
    /// Of a push plugin: from where it takes images.
    #[serde(default)]
    pub(crate) takes: Vec<String>,
    /// What people who choose want to know.
    #[serde(default)]
    pub(crate) facts: BTreeMap<String, String>,
    /// JSON Schema of the request; for build and push plugins, of the keys beyond those that all share.
    pub(crate) request: serde_json::Value,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum ManifestError {
    #[error("it is not WebAssembly")]
    NotWasm,
    #[error(
        "it is a core module and not a component; link it with wasm-component-ld, or wrap it with `wasm-tools component new`"
    )]
    CoreModule,
    #[error("it is damaged: {0}")]
    Damaged(String),
    #[error("it has no manifest (custom section `{SECTION}`); make it with the windlass plugin SDK, or add the section")]
    Missing,
    #[error("it has {0} manifests (custom section `{SECTION}`), and one is needed")]
    Several(usize),
    #[error("its manifest (custom section `{SECTION}`) cannot be read: {0}")]
    Invalid(String),
    #[error("its manifest has form {0}, and this windlass reads form 1; use a newer windlass")]
    Newer(u32),
}

fn powers<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<Asked>, D::Error> {
    let members = BTreeMap::<String, serde_json::Value>::deserialize(deserializer)?;
    members.iter().map(|(word, value)| limits::read(word, value)).collect::<Result<_, _>>().map_err(serde::de::Error::custom)
}

/// Reads the manifest.
pub(crate) fn read(bytes: &[u8]) -> Result<Manifest, ManifestError> {
    parse(section(bytes)?)
}

/// The manifest's JSON. The section stands in the component itself, or, when a linker put it there, in a module inside.
fn section(bytes: &[u8]) -> Result<&[u8], ManifestError> {
    if !bytes.starts_with(b"\0asm") {
        return Err(ManifestError::NotWasm);
    }
    if !Parser::is_component(bytes) {
        return Err(ManifestError::CoreModule);
    }
    let mut sections = Vec::new();
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(|e| ManifestError::Damaged(e.to_string()))? {
            Payload::CustomSection(section) if section.name() == SECTION => sections.push(section.data()),
            _ => {}
        }
    }
    match sections.as_slice() {
        [] => Err(ManifestError::Missing),
        [json] => Ok(json),
        several => Err(ManifestError::Several(several.len())),
    }
}

/// What a manifest says that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The plugin's name.
    pub name: String,
    /// Its kind.
    pub kind: PluginKind,
    /// The powers that it asks for, in the order of their words.
    pub powers: Vec<Power>,
}

/// Checks the JSON of a manifest as it is checked when a plugin is loaded, before there is a component.
///
/// # Errors
/// What is wrong with it, and what to write.
pub fn check_manifest(json: &[u8]) -> Result<Checked, String> {
    let manifest = parse(json).map_err(|e| match e {
        ManifestError::Invalid(why) => why,
        other => other.to_string(),
    })?;
    let whole = whole_schema(manifest.kind, &manifest.request, &manifest.honours);
    let schema = whole.and_then(|whole| Schema::read(&whole));
    schema.map_err(|why| words::bounded(&why))?;
    let powers = manifest.powers.iter().map(|asked| asked.power).collect();
    Ok(Checked { name: manifest.name, kind: manifest.kind, powers })
}

/// Checks the manifest inside a component, as [`check_manifest`] does.
///
/// # Errors
/// Why the bytes are no plugin, or what is wrong with its manifest.
pub fn check_component(component: &[u8]) -> Result<Checked, String> {
    match section(component) {
        Ok(json) => check_manifest(json),
        Err(e) => Err(e.to_string()),
    }
}

/// The kind of the plugin that a component is, from its manifest alone; `None` for what is no plugin.
pub fn kind_of(component: &[u8]) -> Option<PluginKind> {
    read(component).ok().map(|manifest| manifest.kind)
}

/// Where the plugin that a component is leaves the image that it builds, from its manifest alone; nothing for what builds none.
pub fn leaves_of(component: &[u8]) -> BTreeSet<ImagePlace> {
    let words = read(component).map(|manifest| manifest.leaves).unwrap_or_default();
    words.iter().filter_map(|word| ImagePlace::of_word(word)).collect()
}

fn parse(json: &[u8]) -> Result<Manifest, ManifestError> {
    let manifest: Manifest = serde_json::from_slice(json).map_err(|e| ManifestError::Invalid(words::bounded(&e.to_string())))?;
    if manifest.manifest != 1 {
        return Err(ManifestError::Newer(manifest.manifest));
    }
    manifest.checked().map_err(ManifestError::Invalid)
}

/// The most honoured fields or facts.
const MAX_MEMBERS: usize = 64;

impl Manifest {
    /// With names that can be shown beside windlass' own words, and texts of a length that can be read.
    fn checked(self) -> Result<Self, String> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '+');
        for (member, text) in [("name", &self.name), ("version", &self.version)] {
            if text.is_empty() || text.len() > 64 || !text.chars().all(plain) {
                let text = words::name(text);
                return Err(format!("its {member} `{text}` is not 1 to 64 letters, digits, `.`, `-`, `_` or `+`"));
            }
        }
        for (member, count) in [
            ("honours", self.honours.len()),
            ("leaves", self.leaves.len()),
            ("takes", self.takes.len()),
            ("facts", self.facts.len()),
        ] {
            if count > MAX_MEMBERS {
                return Err(format!("it has {count} {member}, and at most {MAX_MEMBERS} are allowed"));
            }
        }
        if let Some((power, why)) = self.powers.iter().find_map(|asked| Some((asked.power, self.kind.refuses(asked.power)?))) {
            return Err(format!("it asks for `{power}`, and {why}"));
        }
        Ok(Self {
            description: words::bounded(&self.description),
            honours: self.honours.iter().map(|field| words::bounded(field)).collect(),
            facts: self.facts.iter().map(|(name, text)| (words::bounded(name), words::bounded(text))).collect(),
            ..self
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_of_another_form_is_not_guessed_at() {
        let json = br#"{"manifest":2,"name":"a","version":"1","kind":"step","request":{}}"#;
        assert!(matches!(parse(json), Err(ManifestError::Newer(2))));
    }

    /// Anybody can write any name, so it must at least be one.
    #[test]
    fn a_name_that_could_be_taken_for_windlass_own_words_is_refused() {
        for name in ["", "a b", "shell\\n", "\\u202e", &"x".repeat(65)] {
            let json = format!(r#"{{"manifest":1,"name":"{name}","version":"1","kind":"step","request":{{}}}}"#);
            assert!(matches!(parse(json.as_bytes()), Err(ManifestError::Invalid(why)) if why.contains("its name")), "{name}");
        }
    }

    /// There is no pod and no secret before there are tasks.
    #[test]
    fn a_config_plugin_asks_for_few_powers() {
        for power in Power::ALL {
            let json =
                format!(r#"{{"manifest":1,"name":"a","version":"1","kind":"config","powers":{{"{power}":""}},"request":{{}}}}"#);
            match parse(json.as_bytes()) {
                Ok(_) => assert!(PluginKind::Config.powers().contains(&power), "{power}"),
                Err(ManifestError::Invalid(why)) => assert_eq!(
                    why,
                    format!("it asks for `{power}`, and a config plugin can have only environment, http, workspace-read")
                ),
                Err(other) => panic!("{power}: {other}"),
            }
        }
    }

    #[test]
    fn files_that_are_no_components_are_told_apart() {
        assert!(matches!(read(b"#!/bin/sh"), Err(ManifestError::NotWasm)));
        assert!(matches!(read(b"\0asm\x01\0\0\0"), Err(ManifestError::CoreModule)));
        assert!(matches!(read(b"\0asm\x0d\0\x01\0"), Err(ManifestError::Missing)));
    }
}
