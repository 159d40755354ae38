//! What `--plugin` names: one plugin, or a directory or layout of several.

use std::path::Path;

use windlass_model::plugin_reference::PluginReference;
use windlass_plugin_source::{is_in_layout, members_of_layout};

use crate::failure::{self, Failure};

/// Each plugin of it. Paths of the command line count from where windlass runs.
///
/// # Errors
/// When a path leads nowhere, or a directory holds no plugin.
pub(super) async fn each(reference: &PluginReference) -> Result<Vec<PluginReference>, Failure> {
    let PluginReference::File(path) = reference else { return Ok(vec![reference.clone()]) };
    let path = Path::new(path);
    if is_in_layout(path) {
        // A plugin in a layout is one, and so is a layout of one.
        let names = if path.symlink_metadata().is_ok() { members_of_layout(path.to_owned()).await } else { Ok(None) };
        let names = names.map_err(|error| Failure::usage(failure::causes(&error), "name an OCI layout of plugins"))?;
        let layout = absolute(path)?;
        let member = |name: &String| PluginReference::file(&format!("{layout}/{name}"));
        return Ok(names.map_or_else(|| vec![PluginReference::file(&layout)], |names| names.iter().map(member).collect()));
    }
    if !path.is_dir() {
        return Ok(vec![PluginReference::file(&absolute(path)?)]);
    }
    let unreadable = |source| Failure::Unreadable { path: path.to_owned(), source, help: Vec::new() };
    let mut files = Vec::new();
    for entry in path.read_dir().map_err(unreadable)? {
        let file = entry.map_err(unreadable)?.path();
        if file.extension().is_some_and(|extension| extension == "wasm") {
            files.push(PluginReference::file(&absolute(&file)?));
        }
    }
    if files.is_empty() {
        let message = format!("{} holds no plugin: no file in it ends in .wasm", path.display());
        return Err(Failure::usage(message, "name a component, a directory of components, or an OCI layout"));
    }
    files.sort_by_key(ToString::to_string);
    Ok(files)
}

/// An absolute path: a plugin given on the command line is not relative to the task file. What is not there keeps its name in a directory
/// that is.
fn absolute(path: &Path) -> Result<String, Failure> {
    let unreadable = |source| Failure::Unreadable { path: path.to_owned(), source, help: Vec::new() };
    let full = match (path.canonicalize(), path.parent(), path.file_name()) {
        (Ok(full), ..) => full,
        (Err(_), Some(parent), Some(name)) if is_in_layout(path) => parent.canonicalize().map_err(unreadable)?.join(name),
        (Err(source), ..) => return Err(unreadable(source)),
    };
    let text = full.to_str();
    let not_text = || Failure::usage(format!("the path of the plugin {} is not UTF-8 text", path.display()), "rename it");
    text.map(str::to_owned).ok_or_else(not_text)
}
