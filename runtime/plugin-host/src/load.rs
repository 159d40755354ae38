//! From bytes to a plugin that can be run, without running any of it.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};
use wasmtime::component::{InstancePre, Linker};
use wasmtime::{Engine, Precompiled};
use windlass_model::digest::Digest;
use windlass_model::plugin::{PluginInfo, PluginKind, Power, Powers};
use windlass_model::task::PluginReference;

use crate::bindings::build::BuildPre;
use crate::bindings::login::LoginPre;
use crate::bindings::push::PushPre;
use crate::bindings::step::StepPre;
use crate::build_request::whole_schema;
use crate::imports::{self, Imports, InterfaceError, SERVED};
use crate::manifest::{self, Manifest, ManifestError};
use crate::schema::Schema;
use crate::state::State;

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
    let whole = whole_schema(manifest.kind, &manifest.request);
    let schema = Schema::read(&whole).map_err(LoadError::Schema)?;
    let component = crate::cache::compile(engine, cache, bytes).map_err(|e| LoadError::Compile(format!("{e:#}")))?;
    let imports = imports::read(&component, engine, manifest.kind)?;
    let link = |e: wasmtime::Error| LoadError::Link(format!("{e:#}"));
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
    let reasons = manifest.powers.into_iter().filter_map(|(word, reason)| Some((Power::of_word(&word)?, reason)));
    let reasons: BTreeMap<Power, String> = reasons.filter(|(_, reason)| !reason.is_empty()).collect();
    let mut asks = Powers::default();
    imports.powers.into_iter().for_each(|power| asks.add(power));
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
        honours: manifest.honours,
        facts: manifest.facts,
    }
}
