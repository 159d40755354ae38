//! `plugin pack`.

use std::path::{Path, PathBuf};

use windlass_artifact::bundle::{self, About};
use windlass_artifact::component::Form;
use windlass_artifact::layout::Contents;
use windlass_config::{Source, Writer};
use windlass_model::image::is_tag;
use windlass_model::text::one_line;
use windlass_plugin_kit::{NotBuilt, component_of};

use super::place::{component, text, unusable};
use crate::args::{Global, PackArgs};
use crate::failure::{self, Failure};
use crate::output;
use crate::reading::ProjectError;

/// Packs one plugin, or several as a bundle.
///
/// # Errors
/// When one is no plugin, two have one name, or the layout cannot be written.
pub(super) async fn run(global: &Global, args: &PackArgs) -> Result<(), Failure> {
    check_tag(args.tag.as_deref())?;
    let form = if args.compat { Form::Compat } else { Form::Standard };
    let mut components = Vec::new();
    for path in files(&args.plugins)? {
        components.push(component(&path, form).await?);
    }
    let settings = args.settings.as_deref().map(settings).transpose().map_err(|error| error.show(global))?;
    let named = args.name.is_some() || args.tag.is_some() || settings.is_some();
    let artifact = match components.as_slice() {
        [only] if !named => only.artifact.clone(),
        _ => {
            let about = About { title: args.name.as_deref(), version: args.tag.as_deref(), description: None };
            bundle::pack(components, settings.as_deref(), &about, form).map_err(|error| unusable(&error))?
        }
    };
    let mut contents = Contents::default();
    contents.add(&artifact, args.tag.as_deref());
    contents.write(&args.out).map_err(|error| unusable(&error))?;
    output::progress(&format!("wrote {}", args.out.display()));
    output::text(&format!("{}\n", artifact.digest()))
}

/// A tag is one that registries take: a layout that no registry could ever name would be found out when it is pushed.
fn check_tag(tag: Option<&str>) -> Result<(), Failure> {
    match tag.filter(|tag| !is_tag(tag)) {
        None => Ok(()),
        Some(tag) => {
            let message = format!("--tag `{}` is no tag of a registry", one_line(tag));
            let help =
                "write a version such as 1.4.0: letters, digits, `_`, `.` and `-`, 128 at most, and neither `.` nor `-` first";
            Err(Failure::usage(message, help))
        }
    }
}

/// The settings that a bundle is to bring, as strictly read as those who use it will.
fn settings(path: &Path) -> Result<String, ProjectError> {
    let text = text(path)?;
    let source = Source::new(path.display().to_string(), text.clone());
    windlass_config::load_settings_of(&source, Writer::Bundle).map_err(ProjectError::of_file)?;
    Ok(text)
}

/// Each component of the paths that were given.
fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let found = below(path)?;
        if found.is_empty() {
            let message = format!("{} holds no component: no file in it or in its `target` ends in .wasm", path.display());
            return Err(Failure::usage(message, "build the plugin first: windlass plugin build"));
        }
        files.extend(found);
    }
    Ok(files)
}

/// The components in a directory, or else in the `target` of a plugin's project.
///
/// What was changed since a project was built is not in its component: whoever ships that ships another plugin than the one that is read.
fn below(directory: &Path) -> Result<Vec<PathBuf>, Failure> {
    let found = components(directory)?;
    let target = directory.join("target");
    if !found.is_empty() || !target.is_dir() {
        return Ok(found);
    }
    match component_of(directory) {
        Err(error @ NotBuilt::Old { .. }) => {
            let help = "build it, or name the component itself to pack it as it is";
            Err(Failure::usage(failure::causes(&error), help))
        }
        _ => components(&target),
    }
}

fn components(directory: &Path) -> Result<Vec<PathBuf>, Failure> {
    let unreadable = |source| Failure::Unreadable { path: directory.to_owned(), source, help: Vec::new() };
    let mut found = Vec::new();
    for entry in directory.read_dir().map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "wasm") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
