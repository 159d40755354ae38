//! `plugin prune`.

use std::path::Path;

use windlass_model::quantity::MebiBytes;
use windlass_model::text;
use windlass_plugin_store::lock::FILE_NAME;
use windlass_plugin_store::store::Store;

use crate::environment::ProcessEnvironment;
use crate::failure::{self, Failure};
use crate::output;
use crate::plugins::source;

/// Removes plugins from the store, those longest unused first, until no more than so much is left.
///
/// # Errors
/// When the size is none, or the store cannot be read.
pub(super) fn run(max_size: &str) -> Result<(), Failure> {
    let most = bytes(max_size)?;
    let Some(path) = source::store(&ProcessEnvironment).filter(|path| path.exists()) else {
        output::line("there is no store yet: nothing was fetched");
        return Ok(());
    };
    let keep = source::read(Path::new(FILE_NAME))?.digests();
    let failed = |error| Failure::usage(failure::causes(&error), "windlass plugin prune removes only what windlass fetched");
    let pruned = Store::open(&path).and_then(|store| store.prune(most, &keep)).map_err(failed)?;
    output::progress(&format!(
        "removed {} ({}), kept {} ({})",
        pruned.removed.count,
        text::size(pruned.removed.bytes),
        pruned.kept.count,
        text::size(pruned.kept.bytes)
    ));
    Ok(())
}

fn bytes(text: &str) -> Result<u64, Failure> {
    if let Ok(bytes) = text.parse() {
        return Ok(bytes);
    }
    let size =
        MebiBytes::parse(text).map_err(|error| Failure::usage(format!("--max-size {text}: {error}"), "write 500M or 2G"))?;
    Ok(size.0 << 20)
}
