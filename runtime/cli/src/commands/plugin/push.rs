//! `plugin push`.

use std::path::Path;

use windlass_artifact::component::Form;
use windlass_artifact::layout::Layout;
use windlass_plugin_source::{push, push_beside};

use super::place::{artifact, component, failed, layout, registries, target, unusable};
use crate::args::Global;
use crate::failure::Failure;
use crate::output;
use crate::plugins::source::progress;

/// Sends what lies at a path to a registry, with the signatures of a layout and of each plugin in it.
///
/// # Errors
/// When it is neither a plugin nor a layout, or the registry does not take it.
pub(super) async fn run(global: &Global, path: &Path, to: &str, compat: bool) -> Result<(), Failure> {
    let (repository, tag) = target(to)?;
    let registries = registries(global)?;
    let progress = progress("sending");
    let mut signatures = Vec::new();
    let artifact = if Layout::is_at(path) {
        if compat {
            let message = "--compat changes the digest, and what is in a layout has one already, which may be signed";
            return Err(Failure::usage(message, "give --compat to windlass plugin pack"));
        }
        let layout = layout(path)?;
        let artifact = artifact(&layout)?;
        signatures = layout.beside(&artifact).map_err(|error| unusable(&error))?;
        artifact
    } else {
        component(path, if compat { Form::Compat } else { Form::Standard }).await?.artifact
    };
    let digest = push(&registries, (&repository, &tag), &artifact, &progress).await.map_err(failed)?;
    for signature in &signatures {
        push_beside(&registries, &repository, signature).await.map_err(failed)?;
    }
    let signed = match signatures.len() {
        0 => String::new(),
        1 => ", with its signature".to_owned(),
        count => format!(", with {count} signatures"),
    };
    output::progress(&format!("pushed oci://{repository}:{tag}{signed}"));
    output::text(&format!("{digest}\n"))
}
