//! What a bundle in a layout is as a whole, and the settings that it brings.

use std::path::{Path, PathBuf};

use windlass_artifact::bundle::{Bundle, MAX_SETTINGS, Settings};
use windlass_artifact::layout::Layout;

use super::{blocking, bundle, place, shown, signed};
use crate::SourceError;
use crate::signers::Signed;

/// The settings of a bundle in a layout.
#[derive(Debug)]
pub(crate) struct LocalSettings {
    pub(crate) text: String,
    pub(crate) place: String,
    pub(crate) signed: Vec<Signed>,
}

/// A whole bundle in a layout.
#[derive(Debug)]
pub(crate) struct LocalBundle {
    pub(crate) bundle: Bundle,
    pub(crate) settings: Option<String>,
    pub(crate) place: String,
    pub(crate) signed: Vec<Signed>,
}

/// The settings of a bundle that is a layout; `None` where it brings none.
pub(crate) async fn settings(layout: PathBuf, signatures: bool) -> Result<Option<LocalSettings>, SourceError> {
    blocking(move || read_settings(&layout, signatures)).await
}

/// A bundle that is a layout; `None` for what is none.
pub(crate) async fn look(layout: PathBuf, signatures: bool) -> Result<Option<LocalBundle>, SourceError> {
    blocking(move || read_bundle(&layout, signatures)).await
}

fn read_settings(path: &Path, signatures: bool) -> Result<Option<LocalSettings>, SourceError> {
    let layout = Layout::open(path)?;
    let (_, Some(bundle)) = bundle(&layout, path)? else { return Err(SourceError::Single { place: shown(path) }) };
    let Some(text) = settings_text(&layout, &bundle, path)? else { return Ok(None) };
    Ok(Some(LocalSettings { text, place: place(path), signed: signed(&layout, [&bundle.digest], signatures)? }))
}

fn read_bundle(path: &Path, signatures: bool) -> Result<Option<LocalBundle>, SourceError> {
    if !Layout::is_at(path) {
        return Ok(None);
    }
    let layout = Layout::open(path)?;
    let (_, Some(bundle)) = bundle(&layout, path)? else { return Ok(None) };
    let settings = settings_text(&layout, &bundle, path)?;
    let signed = signed(&layout, [&bundle.digest], signatures)?;
    Ok(Some(LocalBundle { bundle, settings, place: place(path), signed }))
}

fn settings_text(layout: &Layout, bundle: &Bundle, path: &Path) -> Result<Option<String>, SourceError> {
    let Some(entry) = &bundle.settings else { return Ok(None) };
    let wrong = |source| SourceError::Settings { place: shown(path), source };
    let settings = Settings::read(&layout.document(entry)?).map_err(wrong)?;
    let layer = layout.blob(&settings.layer, MAX_SETTINGS)?;
    Ok(Some(settings.text(&layer).map_err(wrong)?.to_owned()))
}
