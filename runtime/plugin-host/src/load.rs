//! From bytes to a plugin that can be run, without running any of it.

use std::collections::BTreeSet;

use wasmtime::component::{InstancePre, Linker};
use wasmtime::{Engine, Precompiled};
use windlass_engine::ports::plugin::PluginError;
use windlass_model::digest::Digest;
use windlass_model::plugin::{ImagePlace, PluginInfo, PluginKind, Power, Powers};
use windlass_model::plugin_reference::PluginReference;
use windlass_model::power::PathScope;

use crate::bindings::build::BuildPre;
use crate::bindings::config::ConfigPre;
use crate::bindings::login::LoginPre;
use crate::bindings::push::PushPre;
use crate::bindings::step::StepPre;
use crate::build_request::whole_schema;
use crate::grant::Asker;
use crate::imports::{self, Imports, InterfaceError, SERVED};
use crate::manifest::{self, Asked, Manifest, ManifestError};
use crate::schema::{Refusal, Schema};
use crate::state::State;
use crate::words;

/// A plugin that can be run.
pub(crate) struct Loaded {
    pub(crate) info: PluginInfo,
    pub(crate) schema: Schema,
    pub(crate) exports: Exports,
}

/// The component by what it exports.
pub(crate) enum Exports {
    /// What works in a step.
    OfStep(World),
    /// What makes tasks.
    Config(ConfigPre<State>),
}

/// What works in a step, by its kind.
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
    #[error(
        "it is built for windlass:plugin {wanted} and needs something that {SERVED}, which this windlass serves, does not have; use a newer windlass: {why}"
    )]
    Link { wanted: String, why: String },
    #[error("its manifest says that it is a {kind} plugin, but its windlass:plugin/{kind}-plugin is another: {why}")]
    Exports { kind: PluginKind, why: String },
    #[error("the schema in its manifest cannot be used: {0}")]
    Schema(String),
}

/// Checks a component, whose digest is known, and makes it ready. `begins` is called when it has to be compiled for that.
pub(crate) fn load(
    engine: &Engine,
    linker: &Linker<State>,
    cache: Option<&std::path::Path>,
    reference: &PluginReference,
    (bytes, digest): (&[u8], Digest),
    begins: &dyn Fn(),
) -> Result<Loaded, LoadError> {
    match Engine::detect_precompiled(bytes) {
        Some(Precompiled::Component | Precompiled::Module) => return Err(LoadError::Precompiled),
        None => {}
    }
    let manifest = manifest::read(bytes)?;
    let whole = whole_schema(manifest.kind, &manifest.request, &manifest.honours).map_err(LoadError::Schema)?;
    let schema = Schema::read(&whole).map_err(|why| LoadError::Schema(words::bounded(&why)))?;
    let component = crate::cache::compile(engine, cache, bytes, &digest, begins)
        .map_err(|e| LoadError::Compile(words::bounded(&format!("{e:#}"))))?;
    let imports = imports::read(&component, engine, manifest.kind)?;
    let words = |e: wasmtime::Error| words::bounded(&format!("{e:#}"));
    let pre =
        linker.instantiate_pre(&component).map_err(|e| LoadError::Link { wanted: imports.interface.clone(), why: words(e) })?;
    let exports = exports(manifest.kind, pre).map_err(|e| LoadError::Exports { kind: manifest.kind, why: words(e) })?;
    Ok(Loaded { info: info(manifest, imports, reference, digest, whole), schema, exports })
}

fn exports(kind: PluginKind, pre: InstancePre<State>) -> wasmtime::Result<Exports> {
    Ok(match kind {
        PluginKind::Step => Exports::OfStep(World::Step(StepPre::new(pre)?)),
        PluginKind::Login => Exports::OfStep(World::Login(LoginPre::new(pre)?)),
        PluginKind::Build => Exports::OfStep(World::Build(BuildPre::new(pre)?)),
        PluginKind::Push => Exports::OfStep(World::Push(PushPre::new(pre)?)),
        PluginKind::Config => Exports::Config(ConfigPre::new(pre)?),
    })
}

impl Loaded {
    /// The plugin as one that works in a step.
    pub(crate) fn world(&self, asker: &Asker) -> Result<&World, PluginError> {
        match &self.exports {
            Exports::OfStep(world) => Ok(world),
            Exports::Config(_) => {
                let reason = self.info.kind.not_in_a_step().unwrap_or_default().to_owned();
                Err(asker.unsupported(Refusal { field: "uses".to_owned(), reason }, []))
            }
        }
    }

    /// The plugin as one that makes tasks.
    pub(crate) fn config(&self, asker: &Asker) -> Result<&ConfigPre<State>, PluginError> {
        match &self.exports {
            Exports::Config(pre) => Ok(pre),
            Exports::OfStep(_) => {
                let reason = format!("it is a {} plugin, which makes no tasks: a step of a task uses it", self.info.kind);
                Err(asker.unsupported(Refusal { field: "generate".to_owned(), reason }, []))
            }
        }
    }
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
        found_at: None,
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
        signers: Vec::new(),
    }
}

/// What a plugin may ask for: the powers that it imports, as far as its manifest limits them, and without a limit where it is silent; and what
/// `requirements` answers, which imports nothing and is asked for in the manifest alone.
pub(crate) fn asks(manifest: &[Asked], imported: &BTreeSet<Power>) -> Powers {
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
