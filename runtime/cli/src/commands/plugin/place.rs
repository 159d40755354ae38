//! What the words of these commands name: plugins, layouts on disk, and places in registries.

use std::path::{Path, PathBuf};

use windlass_artifact::blob::{Artifact, MAX_COMPONENT};
use windlass_artifact::component::{About, Component, Form, Options};
use windlass_artifact::layout::Layout;
use windlass_engine::ports::plugin::PluginHost as _;
use windlass_files::TEXT;
use windlass_model::plugin_reference::{PluginReference, RegistryReference, Version};
use windlass_registry::{Registries, Repository};

use crate::args::Global;
use crate::environment::ProcessEnvironment;
use crate::failure::{self, Failure};
use crate::output;
use crate::plugins::{self, source};
use crate::registries::unheard;
use crate::trust::Trust;
use crate::voices::{self, Found};

/// A plugin by any of its names.
///
/// # Errors
/// When it is none.
pub(super) fn reference(text: &str) -> Result<PluginReference, Failure> {
    let help = "give the name of a built-in plugin, a path, BUNDLE/NAME, or oci://REGISTRY/REPOSITORY:TAG";
    PluginReference::parse(text).map_err(|error| Failure::usage(error.to_string(), help))
}

/// What lies on disk, or in a registry.
pub(super) enum Place {
    /// A component or a layout.
    Disk(PathBuf),
    /// A reference behind `oci://`.
    Registry(Box<RegistryReference>),
}

impl Place {
    /// Reads `oci://…`; all else is a path.
    ///
    /// # Errors
    /// When what stands behind `oci://` follows no grammar.
    pub(super) fn parse(text: &str) -> Result<Self, Failure> {
        if !text.starts_with("oci://") {
            return Ok(Self::Disk(text.into()));
        }
        match reference(text)? {
            PluginReference::Registry(reference) => Ok(Self::Registry(reference)),
            _ => Ok(Self::Disk(text.into())),
        }
    }
}

/// A repository and a tag to push to; `oci://` may stand before them.
///
/// # Errors
/// When it names no registry, no tag, or a digest.
pub(super) fn target(text: &str) -> Result<(Repository, String), Failure> {
    let help = "write REGISTRY/REPOSITORY:TAG, as in registry.example/ci/windlass:3.2.0";
    let wrong = |problem: String| Failure::usage(format!("`{text}` is no place to push to: {problem}"), help);
    let reference = RegistryReference::parse(text.strip_prefix("oci://").unwrap_or(text)).map_err(|e| wrong(e.to_string()))?;
    let repository = windlass_plugin_source::repository(&reference).map_err(|e| wrong(e.to_string()))?;
    match (reference.version(), reference.digest()) {
        (Version::Tag(tag), None) => Ok((repository, tag.clone())),
        (_, Some(_)) => Err(wrong("a digest is what a push results in".to_owned())),
        _ => Err(wrong("it has no tag".to_owned())),
    }
}

/// Registries, as the settings of this machine and this directory say.
///
/// # Errors
/// When settings cannot be read.
pub(super) fn registries(global: &Global) -> Result<Registries, Failure> {
    let found = Found { named: &global.settings, beside: Some(Path::new("")) };
    let voices = voices::find(found, &ProcessEnvironment).map_err(|error| error.show(global))?;
    for (host, file) in unheard(&voices, &Trust::nothing()) {
        let own = "give it with --settings to make it your own";
        output::line(&format!(
            "note: what {file} says of the registry {host} is the project's word and does not count here; {own}"
        ));
    }
    source::registries(&voices, &voices.settings(), &Trust::nothing())
}

/// A component on disk as an artifact, as its own manifest section describes it.
///
/// # Errors
/// When it is no plugin.
pub(super) async fn component(path: &Path, form: Form) -> Result<Component, Failure> {
    let unreadable = |error: windlass_files::FileError| Failure::Unreadable {
        path: path.to_owned(),
        source: error.into(),
        help: vec!["name a component (.wasm)".to_owned()],
    };
    let bytes = windlass_files::named(path, MAX_COMPONENT).map_err(unreadable)?;
    let name = path.to_str().ok_or_else(|| Failure::usage(format!("{} is not UTF-8 text", path.display()), "rename it"))?;
    // Loading it says all that would be said of it later, now, when its author can mend it.
    let info = plugins::host()?.inspect(&PluginReference::file(name), Path::new("")).await?;
    let about = About { name: &info.name, version: &info.version, description: &info.description, kind: info.kind };
    let packed = Component::pack(bytes, &about, &Options { form, created: created()? });
    packed.map_err(|error| {
        Failure::usage(format!("{} cannot be packed: {}", path.display(), failure::causes(&error)), "correct it")
    })
}

/// SOURCE_DATE_EPOCH, or the epoch.
fn created() -> Result<i64, Failure> {
    let Some(text) = std::env::var_os("SOURCE_DATE_EPOCH") else { return Ok(0) };
    let number = text.to_str().and_then(|text| text.parse().ok());
    number.ok_or_else(|| Failure::usage("SOURCE_DATE_EPOCH is not a number of seconds since 1970", "correct it, or unset it"))
}

/// A layout that is there.
///
/// # Errors
/// When it is none.
pub(super) fn layout(path: &Path) -> Result<Layout, Failure> {
    Layout::open(path).map_err(|error| unusable(&error))
}

/// The one artifact of a layout.
///
/// # Errors
/// When there are none or several, or it cannot be read.
pub(super) fn artifact(layout: &Layout) -> Result<Artifact, Failure> {
    let entry = layout.find(None).map_err(|error| unusable(&error))?;
    layout.artifact(&entry).map_err(|error| unusable(&error))
}

/// What is wrong with what somebody named, in its own words.
pub(super) fn unusable(error: &dyn std::error::Error) -> Failure {
    Failure::usage(failure::causes(error), "windlass plugin pack writes layouts, and windlass plugin --help says what is taken")
}

/// What went wrong with a registry or the store.
pub(super) fn failed(error: windlass_plugin_source::SourceError) -> Failure {
    Failure::Source(Box::new(error))
}

/// A text file.
///
/// # Errors
/// When it cannot be read.
pub(super) fn text(path: &Path) -> Result<String, Failure> {
    let unreadable = |source| Failure::Unreadable { path: path.to_owned(), source, help: Vec::new() };
    let bytes = windlass_files::named(path, TEXT).map_err(|error| unreadable(error.into()))?;
    String::from_utf8(bytes).map_err(|_| unreadable(std::io::Error::other("it is not UTF-8 text")))
}
