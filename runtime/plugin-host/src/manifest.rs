//! A plugin's manifest: the custom section `windlass.plugin`, readable without running anything.

use std::collections::BTreeMap;

use serde::Deserialize;
use wasmparser::{Parser, Payload};
use windlass_model::plugin::PluginKind;

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
    /// Powers, each with its reason.
    #[serde(default)]
    pub(crate) powers: BTreeMap<String, String>,
    /// Of a build plugin: the fields of the shared request that it honours.
    #[serde(default)]
    pub(crate) honours: Vec<String>,
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

/// Reads the manifest. The section stands in the component itself, or, when a linker put it there, in a module inside.
pub(crate) fn read(bytes: &[u8]) -> Result<Manifest, ManifestError> {
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
        [json] => parse(json),
        several => Err(ManifestError::Several(several.len())),
    }
}

fn parse(json: &[u8]) -> Result<Manifest, ManifestError> {
    let manifest: Manifest = serde_json::from_slice(json).map_err(|e| ManifestError::Invalid(e.to_string()))?;
    match manifest.manifest {
        1 => Ok(manifest),
        newer => Err(ManifestError::Newer(newer)),
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

    #[test]
    fn files_that_are_no_components_are_told_apart() {
        assert!(matches!(read(b"#!/bin/sh"), Err(ManifestError::NotWasm)));
        assert!(matches!(read(b"\0asm\x01\0\0\0"), Err(ManifestError::CoreModule)));
        assert!(matches!(read(b"\0asm\x0d\0\x01\0"), Err(ManifestError::Missing)));
    }
}
