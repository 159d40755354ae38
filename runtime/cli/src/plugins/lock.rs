//! `windlass.lock` on disk.

use std::path::Path;

use windlass_plugin_store::lock::Lock;

use crate::failure::Failure;
use crate::output;

/// Writes a lock that has changed, and says so.
///
/// # Errors
/// When the file cannot be written.
pub fn write(file: &Path, lock: &Lock) -> Result<(), Failure> {
    let wrong = |source| Failure::Lock { path: file.to_owned(), source };
    if lock.write(file).map_err(wrong)? {
        output::line(&format!("note: {} was written; commit it, so that everybody runs the same plugins", file.display()));
    }
    Ok(())
}
