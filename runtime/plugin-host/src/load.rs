//! From bytes to a plugin that can be run, without running any of it.

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};
use wasmtime::component::{InstancePre, Linker};
use wasmtime::{Engine, Precompiled};
use windlass_model::digest::Digest;
use windlass_model::plugin::{ImagePlace, PluginInfo, PluginKind, Power, Powers};
use windlass_model::power::PathScope;
use windlass_model::task::PluginReference;

use crate::bindings::build::BuildPre;
use crate::bindings::login::LoginPre;
use crate::bindings::push::PushPre;
use crate::bindings::step::StepPre;
use crate::build_request::whole_schema;
use crate::imports::{self, Imports, InterfaceError, SERVED};
use crate::manifest::{self, Asked, Manifest, ManifestError};
use crate::schema::Schema;
use crate::state::State;
use crate::words;

/// A plugin that can be run.
pub(crate) struct Loaded {
    pub(crate) info: PluginInfo,
    pub(crate) schema: Schema,
    pub(crate) world: World,
}

/// The component by what it exports.
pub(crate) enum World {
    Step(StepPre<State>),
    Login(LoginPre<State>),
    Build(BuildPre<State>),
    Push(PushPre<State>),
}

/// Why bytes are not a plugin for this windlass.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    #[error(
        "it is machine code compiled from a component (`.cwasm`), which windlass runs only from its own cache; give the `.wasm`"
    )]
    Precompiled,
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    #[error(transparent)]
    Interface(#[from] InterfaceError),
    #[error("it does not compile: {0}")]
    Compile(String),
    #[error("it needs something of windlass:plugin that this windlass ({SERVED}) does not have; use a newer windlass: {0}")]
    Link(String),
    #[error("the schema in its manifest cannot be used: {0}")]
    Schema(String),
}

/// The digest by which a component is known.
pub(crate) fn digest(bytes: &[u8]) -> Digest {
    Digest::from_sha256(Sha256::digest(bytes).into())
}

/// Checks a component and makes it ready.
pub(crate) fn load(
    engine: &Engine,
    linker: &Linker<State>,
    cache: Option<&std::path::Path>,
    reference: &PluginReference,
    bytes: &[u8],
) -> Result<Loaded, LoadError> {
    match Engine::detect_precompiled(bytes) {
        Some(Precompiled::Component | Precompiled::Module) => return Err(LoadError::Precompiled),
        None => {}
    }
    let manifest = manifest::read(bytes)?;
    let whole = whole_schema(manifest.kind, &manifest.request, &manifest.honours);
    let schema = Schema::read(&whole).map_err(|why| LoadError::Schema(words::bounded(&why)))?;
    let component =
        crate::cache::compile(engine, cache, bytes).map_err(|e| LoadError::Compile(words::bounded(&format!("{e:#}"))))?;
    let imports = imports::read(&component, engine, manifest.kind)?;
    let link = |e: wasmtime::Error| LoadError::Link(words::bounded(&format!("{e:#}")));
    let pre = linker.instantiate_pre(&component).map_err(link)?;
    let world = world(manifest.kind, pre).map_err(link)?;
    Ok(Loaded { info: info(manifest, imports, reference, digest(bytes), whole), schema, world })
}

fn world(kind: PluginKind, pre: InstancePre<State>) -> wasmtime::Result<World> {
    Ok(match kind {
        PluginKind::Step => World::Step(StepPre::new(pre)?),
        PluginKind::Login => World::Login(LoginPre::new(pre)?),
        PluginKind::Build => World::Build(BuildPre::new(pre)?),
        PluginKind::Push => World::Push(PushPre::new(pre)?),
    })
}

fn info(
    manifest: Manifest,
    imports: Imports,
    reference: &PluginReference,
    digest: Digest,
    schema: serde_json::Value,
) -> PluginInfo {
    let asks = asks(&manifest.powers, &imports.powers);
    let places = |words: &[String]| words.iter().filter_map(|word| ImagePlace::of_word(word)).collect();
    let given = |asked: &Asked| asks.has(asked.power) && !asked.reason.is_empty();
    let reasons = manifest.powers.iter().filter(|asked| given(asked)).map(|asked| (asked.power, asked.reason.clone())).collect();
    PluginInfo {
        reference: reference.clone(),
        asks,
        reasons,
        name: manifest.name,
        version: manifest.version,
        kind: manifest.kind,
        interface: imports.interface,
        digest,
        description: manifest.description,
        schema,
        leaves: places(&manifest.leaves),
        takes: places(&manifest.takes),
        honours: manifest.honours,
        facts: manifest.facts,
    }
}

/// What a plugin may ask for: the powers that it imports, as far as its manifest limits them, and without a limit where it is silent; and what
/// `requirements` answers, which imports nothing and is asked for in the manifest alone.
fn asks(manifest: &[Asked], imported: &BTreeSet<Power>) -> Powers {
    let by_answer = |power: Power| matches!(power, Power::Pod | Power::EnvironmentSet);
    let mut asks = Powers::default();
    imported.iter().for_each(|power| asks.add(*power));
    for asked in manifest {
        match &asked.limit {
            _ if !asks.has(asked.power) && !by_answer(asked.power) => {
                tracing::debug!(power = %asked.power, "a power of the manifest is not imported, and is not asked for");
            }
            Some(limit) => asks.take(asked.power, limit),
            None => asks.add(asked.power),
        }
    }
    // Without a limit of the plugin's own, which of the files that must be named it gets is for the grant alone to say.
    for scope in [&mut asks.workspace_read, &mut asks.workspace_write] {
        if *scope == Some(PathScope::default()) {
            *scope = Some(PathScope::all());
        }
    }
    asks
}

#[cfg(test)]
mod tests {
    use windlass_model::power::ContainerScope;

    use super::*;

    fn asked(power: Power, limit: impl FnOnce(&mut Powers)) -> Asked {
        let mut powers = Powers::default();
        limit(&mut powers);
        Asked { power, reason: String::new(), limit: (powers != Powers::default()).then_some(powers) }
    }

    /// Silence in the manifest hides no import, and a word in it gives nothing that is not imported.
    #[test]
    fn a_plugin_asks_for_its_imports_within_its_manifest_and_for_what_it_brings() {
        let imported = [Power::Containers, Power::Registries].into();
        let manifest = [
            asked(Power::Containers, |powers| powers.containers = Some(ContainerScope::own())),
            asked(Power::Pod, |_| {}),
            asked(Power::Secrets, |_| {}),
        ];
        let asks = asks(&manifest, &imported);
        assert_eq!(asks.list().collect::<Vec<_>>(), [Power::Pod, Power::Containers, Power::Registries]);
        assert_eq!(asks.containers, Some(ContainerScope::own()));
        assert_eq!(super::asks(&[], &imported).containers, Some(ContainerScope::any()));
    }
}
