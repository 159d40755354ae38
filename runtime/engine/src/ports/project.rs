//! The port to the project's working copy: what a plan reads of it.

use std::collections::BTreeMap;

use windlass_working_copy::Content;

/// The files of a project, read before the run.
pub trait ProjectFiles: Sync {
    /// The text of a file, by its path from the root; `None` when it is not there to be read.
    fn text(&self, path: &str) -> Option<String>;

    /// What the files in a directory hold, by their paths from it: all of them but Git's own, or those at or below the paths in `below`;
    /// without those that `ignored`, the text of a `.dockerignore`, keeps from builders.
    ///
    /// # Errors
    /// What cannot be read, in words.
    fn contents(&self, directory: &str, below: Option<&[String]>, ignored: &str) -> Result<BTreeMap<String, Content>, String>;

    /// Where a file really lies, links and `..` followed: from the root of the project (`./plugins/scan.wasm`) where it is below that, and
    /// from the root of the file system. Nothing for one that is not there.
    fn places(&self, path: &str) -> Vec<String>;
}
