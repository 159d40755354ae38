//! From a component as a compiler leaves it to a plugin: its manifest is added, and its imports are held against what the project names.

use std::collections::BTreeSet;

use windlass_model::plugin::{PluginKind, Power};
use windlass_plugin_host::{Checked, check_component};
use wit_bindgen_core::wit_parser::{Resolve, WorldItem, WorldKey};
use wit_component::DecodedWasm;

/// The custom section with a plugin's manifest.
const SECTION: &str = "windlass.plugin";

/// Why what a compiler made is not the plugin that the project describes.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ComponentError {
    /// It cannot be read as a component.
    #[error("what was built is no component that windlass can load: {0}")]
    Damaged(String),
    /// WASI gives files, clocks and sockets that nobody granted.
    #[error(
        "it imports `{0}`, and plugins have no WASI: reach files, variables and programs through the powers of windlass:plugin, and leave \
         out the package that imports it"
    )]
    Wasi(String),
    /// Nothing else is served.
    #[error("it imports `{0}`, and windlass serves only windlass:plugin: leave out the package that imports it")]
    Foreign(String),
    /// A power that the project does not name.
    #[error(
        "it uses the power `{0}`, which its manifest does not ask for: add `{0}` to `powers` with the reason, or stop using it"
    )]
    Unasked(Power),
    /// Another kind than the manifest says, or none.
    #[error("it does not export `windlass:plugin/{0}-plugin`, as a plugin of its kind does")]
    Export(PluginKind),
}

/// What a component was found to be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) checked: Checked,
    /// Powers that the project names and the component does not import: they give it nothing.
    pub(crate) unused: Vec<Power>,
}

/// Adds the manifest.
pub(crate) fn with_manifest(mut component: Vec<u8>, manifest: &str) -> Vec<u8> {
    let mut content = Vec::new();
    leb128(&mut content, SECTION.len());
    content.extend_from_slice(SECTION.as_bytes());
    content.extend_from_slice(manifest.as_bytes());
    component.push(0);
    leb128(&mut component, content.len());
    component.append(&mut content);
    component
}

/// Writes a number as WebAssembly writes lengths.
fn leb128(bytes: &mut Vec<u8>, mut number: usize) {
    loop {
        let low = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return;
        }
        bytes.push(low | 0x80);
    }
}

/// Checks that a component with its manifest imports what the manifest names, and nothing else.
pub(crate) fn check(component: &[u8]) -> Result<Found, ComponentError> {
    let checked = check_component(component).map_err(ComponentError::Damaged)?;
    let decoded = wit_component::decode(component).map_err(|e| ComponentError::Damaged(format!("{e:#}")))?;
    let DecodedWasm::Component(resolve, world) = decoded else {
        return Err(ComponentError::Damaged("it is a package of WIT".to_owned()));
    };
    let world = &resolve.worlds[world];
    let mut imported = BTreeSet::new();
    for (key, item) in &world.imports {
        imported.extend(power(&resolve, key, item)?);
    }
    if let Some(unasked) = imported.iter().find(|power| !checked.powers.contains(power)) {
        return Err(ComponentError::Unasked(*unasked));
    }
    let wanted = format!("windlass:plugin/{}-plugin@", checked.kind);
    if !world.exports.keys().any(|key| resolve.name_world_key(key).starts_with(&wanted)) {
        return Err(ComponentError::Export(checked.kind));
    }
    let unused = by_call(&checked.powers).filter(|power| !imported.contains(power)).collect();
    Ok(Found { checked, unused })
}

/// Those powers that are used by calls alone, and not by what a plugin answers.
pub(crate) fn by_call(powers: &[Power]) -> impl Iterator<Item = Power> {
    powers.iter().copied().filter(|power| !matches!(power, Power::Pod | Power::EnvironmentSet))
}

/// The power of an import; none for what every plugin may import, and for an interface that has only types.
fn power(resolve: &Resolve, key: &WorldKey, item: &WorldItem) -> Result<Option<Power>, ComponentError> {
    let name = resolve.name_world_key(key);
    if name.starts_with("wasi:") || name.starts_with("wasi_") {
        return Err(ComponentError::Wasi(name));
    }
    let (Some(rest), WorldItem::Interface { id, .. }) = (name.strip_prefix("windlass:plugin/"), item) else {
        return Err(ComponentError::Foreign(name));
    };
    let interface = rest.split('@').next().unwrap_or_default();
    match Power::of_word(interface) {
        Some(power) => Ok((!resolve.interfaces[*id].functions.is_empty()).then_some(power)),
        None if matches!(interface, "host" | "types" | "images") => Ok(None),
        None => Err(ComponentError::Foreign(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A component in text with these imports, and the exports of a step.
    fn component(imports: &str, powers: &str) -> Vec<u8> {
        let text = format!(
            r#"(component
                {imports}
                (component $step)
                (instance $step (instantiate $step))
                (export "windlass:plugin/step-plugin@0.1.0" (instance $step))
            )"#
        );
        let bytes = wat::parse_str(&text).unwrap_or_else(|e| panic!("{e}"));
        let manifest = format!(r#"{{"manifest":1,"name":"a","version":"1","kind":"step","powers":{powers},"request":{SCHEMA}}}"#);
        with_manifest(bytes, &manifest)
    }

    const SCHEMA: &str = r#"{"type":"object","properties":{},"additionalProperties":false}"#;
    const ENTRIES: &str =
        r#"(import "windlass:plugin/workspace-read@0.1.0" (instance (export "entries" (func (param "path" string)))))"#;

    #[test]
    fn a_component_that_imports_what_it_names_is_a_plugin() {
        let found = check(&component(ENTRIES, r#"{"workspace-read": "", "secrets": "", "pod": ""}"#));
        let found = found.unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(found.checked.powers, [Power::Pod, Power::Secrets, Power::WorkspaceRead]);
        assert_eq!(found.unused, [Power::Secrets]);
    }

    #[test]
    fn every_import_beyond_that_is_refused_by_its_name() {
        let wasi = r#"(import "wasi:random/random@0.2.3" (instance (export "get-random-u64" (func (result u64)))))"#;
        let of_wasi = "wasi:random/random@0.2.3".to_owned();
        assert_eq!(check(&component(wasi, "{}")), Err(ComponentError::Wasi(of_wasi)));
        let foreign = r#"(import "corp:vault/read@1.0.0" (instance (export "read" (func))))"#;
        assert_eq!(check(&component(foreign, "{}")), Err(ComponentError::Foreign("corp:vault/read@1.0.0".to_owned())));
        let bare = r#"(import "read" (func))"#;
        assert_eq!(check(&component(bare, "{}")), Err(ComponentError::Foreign("read".to_owned())));
        let unknown = r#"(import "windlass:plugin/teleport@0.1.0" (instance (export "go" (func))))"#;
        let of_ours = "windlass:plugin/teleport@0.1.0".to_owned();
        assert_eq!(check(&component(unknown, "{}")), Err(ComponentError::Foreign(of_ours)));
        assert_eq!(check(&component(ENTRIES, "{}")), Err(ComponentError::Unasked(Power::WorkspaceRead)));
    }

    #[test]
    fn what_is_no_plugin_is_refused() {
        assert!(matches!(check(b"\0asm\x01\0\0\0"), Err(ComponentError::Damaged(why)) if why.contains("core module")));
        let bytes = wat::parse_str("(component)").unwrap_or_else(|e| panic!("{e}"));
        assert!(matches!(check(&bytes), Err(ComponentError::Damaged(why)) if why.contains("no manifest")));
        let manifest = format!(r#"{{"manifest":1,"name":"a","version":"1","kind":"step","request":{SCHEMA}}}"#);
        assert_eq!(check(&with_manifest(bytes, &manifest)), Err(ComponentError::Export(PluginKind::Step)));
    }

    /// Lengths of more than one byte, too.
    #[test]
    fn a_long_manifest_is_read_back() {
        let long = "x".repeat(300);
        let found = check(&component("", &format!(r#"{{"secrets": "{long}"}}"#))).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(found.checked.powers, [Power::Secrets]);
    }
}
