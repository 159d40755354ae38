//! `plugin vendor`.

use std::path::Path;

use windlass_artifact::layout::Contents;
use windlass_model::plugin_reference::PluginReference;
use windlass_plugin_source::all_referrers;
use windlass_plugin_store::lock::FILE_NAME;

use super::place::{failed, unusable};
use super::update::Here;
use crate::args::Global;
use crate::failure::Failure;
use crate::output;

/// Writes what windlass.lock of this directory names, with its signatures, as one layout.
///
/// # Errors
/// When there is no lock, something of it cannot be fetched, or the layout cannot be written.
pub(super) async fn run(global: &Global, path: &Path) -> Result<(), Failure> {
    let here = Here::read(global)?;
    let bundles = here.lock.bundles().map(|bundle| bundle.reference.clone());
    let plugins = here.lock.entries().map(|entry| entry.reference.clone());
    let mut contents = Contents::default();
    let mut count = 0;
    for reference in bundles.chain(plugins) {
        // A plugin of a bundle comes with it.
        let Ok(PluginReference::Registry(registry)) = PluginReference::parse(&reference) else { continue };
        let whole = here.source.whole(&registry).await.map_err(failed)?;
        contents.add(&whole.artifact, Some(&reference));
        // What is signed stays so. A registry that cannot be asked for signatures is not taken for one that has none.
        // A plugin of a bundle may be signed by itself.
        let members = whole.artifact.manifests.iter().map(|manifest| &manifest.descriptor.digest);
        let documents = [whole.artifact.digest()].into_iter().chain(members);
        for signature in all_referrers(&here.registries, &whole.repository, documents).await.map_err(failed)? {
            contents.add(&signature.artifact, signature.tag.as_deref());
        }
        count += 1;
    }
    if count == 0 {
        let message = format!("{FILE_NAME} of this directory names nothing of a registry");
        return Err(Failure::usage(message, "run windlass plan or windlass plugin update where plugins of registries are used"));
    }
    contents.write(path).map_err(|error| unusable(&error))?;
    let artifacts = if count == 1 { "1 artifact".to_owned() } else { format!("{count} artifacts") };
    output::progress(&format!("wrote {artifacts} to {}; name it under `vendored` in windlass.yaml", path.display()));
    Ok(())
}
