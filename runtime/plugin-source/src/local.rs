//! Plugins in OCI layouts on disk: of one plugin, or of a bundle, of which one is named behind it (`./bundle.tar/scan`).

use std::path::{Path, PathBuf};

use bytes::Bytes;
use windlass_artifact::blob::{Descriptor, MAX_COMPONENT};
use windlass_artifact::bundle::Bundle;
use windlass_artifact::component::{ComponentManifest, check_content};
use windlass_artifact::layout::Layout;
use windlass_model::digest::Digest;

use crate::SourceError;
use crate::signers::{Heard, Signed};

mod whole;

pub(crate) use whole::{look, settings};

/// What was found in a layout, with the signatures that lie in there.
#[derive(Debug)]
pub(crate) struct Local {
    pub(crate) component: Bytes,
    /// The whole path of the layout.
    pub(crate) place: String,
    /// Its bundle, if it is of one, and its own manifest.
    pub(crate) signed: Vec<Signed>,
    /// Whether there are settings beside it.
    pub(crate) brings_settings: bool,
}

/// Whether a path leads to a layout or to a plugin in one; what is neither is a component by itself, or is not there.
pub fn is_in_layout(path: &Path) -> bool {
    Layout::is_at(path) || layout_of_member(path).is_some()
}

/// The layout of `./bundle.tar/scan` and the plugin's name there; `None` for a path that leads to something else.
pub fn layout_of_member(path: &Path) -> Option<(&Path, &str)> {
    let (parent, name) = (path.parent()?, path.file_name()?.to_str()?);
    // What is there under this name is what is meant.
    (path.symlink_metadata().is_err() && Layout::is_at(parent)).then_some((parent, name))
}

/// The plugin at a path for which [`is_in_layout`] holds.
pub(crate) async fn layout(path: PathBuf, signatures: bool) -> Result<Local, SourceError> {
    blocking(move || read(&path, signatures)).await
}

/// One plugin of a bundle that is a layout.
pub(crate) async fn member(layout: PathBuf, plugin: String, signatures: bool) -> Result<Local, SourceError> {
    blocking(move || read_member(&layout, &plugin, signatures)).await
}

/// The names of the plugins of a bundle that is a layout.
pub(crate) async fn members(layout: PathBuf) -> Result<Vec<String>, SourceError> {
    let place = shown(&layout);
    members_of_layout(layout).await?.ok_or(SourceError::Single { place })
}

/// The names of the plugins of a bundle in a layout; `None` for a layout of one plugin.
///
/// # Errors
/// When the layout cannot be read.
pub async fn members_of_layout(path: PathBuf) -> Result<Option<Vec<String>>, SourceError> {
    blocking(move || {
        let layout = Layout::open(&path)?;
        Ok(bundle(&layout, &path)?.1.map(|bundle| names(&bundle)))
    })
    .await
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, SourceError> + Send + 'static) -> Result<T, SourceError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| SourceError::Interrupted(error.to_string()))?
}

fn read(path: &Path, signatures: bool) -> Result<Local, SourceError> {
    if let Some((layout, plugin)) = layout_of_member(path) {
        return read_member(layout, plugin, signatures);
    }
    let layout = Layout::open(path)?;
    match bundle(&layout, path)? {
        (entry, None) => component(&Wanted { layout: &layout, bundle: None, path, signatures }, &entry),
        (_, Some(bundle)) => match bundle.plugins.as_slice() {
            [only] => component(&Wanted { layout: &layout, bundle: Some(&bundle), path, signatures }, &only.manifest),
            _ => Err(SourceError::Several { place: shown(path), names: names(&bundle) }),
        },
    }
}

fn read_member(path: &Path, plugin: &str, signatures: bool) -> Result<Local, SourceError> {
    let layout = Layout::open(path)?;
    let (_, Some(bundle)) = bundle(&layout, path)? else { return Err(SourceError::Single { place: shown(path) }) };
    let member = bundle.member(plugin).ok_or_else(|| SourceError::NoSuchMember {
        bundle: shown(path),
        plugin: plugin.to_owned(),
        names: names(&bundle),
    })?;
    component(&Wanted { layout: &layout, bundle: Some(&bundle), path, signatures }, &member.manifest)
}

/// The whole path, links followed: whom it is to be trusted by hangs on where it lies.
fn place(path: &Path) -> String {
    path.canonicalize().unwrap_or_else(|_| path.to_owned()).to_string_lossy().into_owned()
}

/// The signatures of documents, where somebody looks at them.
fn signed<'a>(
    layout: &Layout,
    digests: impl IntoIterator<Item = &'a Digest>,
    signatures: bool,
) -> Result<Vec<Signed>, SourceError> {
    let of = |digest: &Digest| Ok(Signed { digest: digest.clone(), heard: Heard::Signatures(layout.signatures(digest)?) });
    digests.into_iter().filter(|_| signatures).map(of).collect()
}

/// The one artifact of a layout, and what it holds when it is a bundle.
fn bundle(layout: &Layout, path: &Path) -> Result<(Descriptor, Option<Bundle>), SourceError> {
    let entry = layout.find(None)?;
    let document = layout.document(&entry)?;
    if !Bundle::is_index(&document) {
        return Ok((entry, None));
    }
    let bundle =
        Bundle::read(&document, Some(&entry.digest)).map_err(|source| SourceError::Bundle { place: shown(path), source })?;
    Ok((entry, Some(bundle)))
}

/// Where a plugin is looked for.
struct Wanted<'a> {
    layout: &'a Layout,
    /// The bundle that it is in.
    bundle: Option<&'a Bundle>,
    path: &'a Path,
    /// Whether its signatures are looked at.
    signatures: bool,
}

fn component(wanted: &Wanted<'_>, entry: &Descriptor) -> Result<Local, SourceError> {
    let Wanted { layout, bundle, path, signatures } = *wanted;
    let wrong = |source| SourceError::Manifest { place: shown(path), source };
    let manifest = ComponentManifest::read(&layout.document(entry)?).map_err(wrong)?;
    let component: Bytes = layout.blob(&manifest.layer, MAX_COMPONENT)?;
    check_content(&component).map_err(wrong)?;
    let digests = bundle.map(|bundle| &bundle.digest).into_iter().chain([&entry.digest]);
    let signed = signed(layout, digests, signatures)?;
    let brings_settings = bundle.is_some_and(|bundle| bundle.settings.is_some());
    Ok(Local { component, place: place(path), signed, brings_settings })
}

pub(crate) fn names(bundle: &Bundle) -> Vec<String> {
    bundle.plugins.iter().map(|member| member.name.clone()).collect()
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests;
