//! What a component imports, held against what this windlass serves. The import list is the list of a plugin's powers.

use std::collections::BTreeSet;

use semver::Version;
use wasmtime::Engine;
use wasmtime::component::Component;
use wasmtime::component::types::ComponentItem;
use windlass_model::plugin::{PluginKind, Power};

/// The version of `windlass:plugin` that this windlass serves.
pub(crate) const SERVED: &str = "0.1.0";
const SERVED_VERSION: Version = Version::new(0, 1, 0);

/// Interfaces of the package that are no power.
const FREE: [&str; 3] = ["host", "types", "images"];

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InterfaceError {
    #[error(
        "it imports `{0}`, and plugins have no WASI; build it for wasm32-unknown-unknown, or with its WASI imports stubbed out"
    )]
    Wasi(String),
    #[error("it imports `{0}`, and windlass serves only windlass:plugin")]
    Foreign(String),
    #[error("it needs {wanted}; this windlass serves {served}; {remedy}")]
    Version { wanted: String, served: String, remedy: &'static str },
    #[error(
        "it needs {0}, and windlass:plugin {SERVED}, which this windlass serves, has nothing of that name; use a newer windlass"
    )]
    Unknown(String),
    #[error("it imports `{import}`, and {why}")]
    Power { import: String, why: String },
    #[error("its manifest says that it is a {kind} plugin, but it does not export windlass:plugin/{kind}-plugin")]
    Export { kind: PluginKind },
}

/// What a component's type says about it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Imports {
    /// The powers whose functions it can call.
    pub(crate) powers: BTreeSet<Power>,
    /// The version of `windlass:plugin` that it was built for.
    pub(crate) interface: String,
}

/// Reads a component's imports and exports.
pub(crate) fn read(component: &Component, engine: &Engine, kind: PluginKind) -> Result<Imports, InterfaceError> {
    let ty = component.component_type();
    let mut powers = BTreeSet::new();
    for (name, item) in ty.imports(engine) {
        let interface = interface(name)?;
        let power = Power::ALL.into_iter().find(|power| power.as_str() == interface.name);
        match power {
            // An interface may be imported for its types alone, as `secrets` is by all that can pass a secret on.
            Some(power) if has_functions(&item.ty, engine) => {
                if let Some(why) = kind.refuses(power) {
                    return Err(InterfaceError::Power { import: name.to_owned(), why });
                }
                powers.insert(power);
            }
            Some(_) => {}
            None if FREE.contains(&interface.name) => {}
            None => return Err(InterfaceError::Unknown(name.to_owned())),
        }
    }
    let wanted = format!("{kind}-plugin");
    for (name, _) in ty.exports(engine) {
        if !name.starts_with("windlass:plugin/") {
            continue;
        }
        let exported = interface(name)?;
        if exported.name == wanted {
            return Ok(Imports { powers, interface: exported.version.to_owned() });
        }
    }
    Err(InterfaceError::Export { kind })
}

fn has_functions(item: &ComponentItem, engine: &Engine) -> bool {
    match item {
        ComponentItem::ComponentInstance(instance) => {
            instance.exports(engine).any(|(_, item)| matches!(item.ty, ComponentItem::ComponentFunc(_)))
        }
        _ => false,
    }
}

struct Interface<'a> {
    name: &'a str,
    version: &'a str,
}

/// Takes `windlass:plugin/NAME@VERSION` apart, if the version is one that is served.
fn interface(import: &str) -> Result<Interface<'_>, InterfaceError> {
    if import.starts_with("wasi:") {
        return Err(InterfaceError::Wasi(import.to_owned()));
    }
    let Some((name, version)) = import.strip_prefix("windlass:plugin/").and_then(|rest| rest.split_once('@')) else {
        return Err(InterfaceError::Foreign(import.to_owned()));
    };
    let Ok(wanted) = Version::parse(version) else { return Err(InterfaceError::Foreign(import.to_owned())) };
    let served = SERVED_VERSION;
    if compatible_part(&wanted) == compatible_part(&served) {
        return Ok(Interface { name, version });
    }
    let remedy = if wanted > served {
        "use a newer windlass, or build the plugin for this one"
    } else {
        "use a plugin that was built for it, or an older windlass"
    };
    Err(InterfaceError::Version { wanted: import.to_owned(), served: format!("{}.{}", served.major, served.minor), remedy })
}

/// The part of a version in which compatible versions are equal: before 1.0, that is major and minor.
fn compatible_part(version: &Version) -> (u64, u64) {
    if version.major == 0 { (0, version.minor) } else { (version.major, 0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_version_is_served_and_another_minor_is_not() {
        assert!(interface("windlass:plugin/containers@0.1.7").is_ok());
        let newer = interface("windlass:plugin/containers@0.2.0").err().map(|e| e.to_string());
        assert_eq!(
            newer.as_deref(),
            Some(
                "it needs windlass:plugin/containers@0.2.0; this windlass serves 0.1; use a newer windlass, or build the plugin for this one"
            )
        );
    }

    /// Digits that are none were taken for 0 before.
    #[test]
    fn what_is_no_version_is_not_served() {
        for version in ["0.1", "0.1.x", "0x.1.0", ""] {
            let import = format!("windlass:plugin/containers@{version}");
            assert!(matches!(interface(&import), Err(InterfaceError::Foreign(_))), "{import}");
        }
        assert_eq!(SERVED_VERSION.to_string(), SERVED);
    }

    #[test]
    fn only_windlass_is_served() {
        assert!(matches!(interface("wasi:cli/environment@0.2.6"), Err(InterfaceError::Wasi(_))));
        assert!(matches!(interface("corp:vault/read@1.0.0"), Err(InterfaceError::Foreign(_))));
    }
}
