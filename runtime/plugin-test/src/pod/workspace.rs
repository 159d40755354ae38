//! The working copy: a directory on this machine, made when the plugin first looks at it.

use std::collections::BTreeMap;
use std::path::{Component, Path};
use std::sync::OnceLock;

use tempfile::TempDir;

/// The files of a case, and the directory that they are in.
pub(super) struct Workspace {
    files: BTreeMap<String, String>,
    directory: OnceLock<Option<TempDir>>,
}

impl Workspace {
    pub(super) fn new(files: &BTreeMap<String, String>) -> Self {
        Self { files: files.clone(), directory: OnceLock::new() }
    }

    /// The directory. Without one, the plugin is told that the working copy cannot be read.
    pub(super) fn path(&self) -> &Path {
        let made = self.directory.get_or_init(|| self.make().ok());
        made.as_ref().map_or(Path::new("/nonexistent/working-copy"), TempDir::path)
    }

    fn make(&self) -> std::io::Result<TempDir> {
        let directory = tempfile::Builder::new().prefix("windlass-plugin-test-").tempdir()?;
        for (name, text) in &self.files {
            let path = directory.path().join(name);
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent)?;
            }
            std::fs::write(path, text)?;
        }
        Ok(directory)
    }

    /// What a file holds now. Where the plugin never looked, it is what the case says.
    pub(super) fn read(&self, path: &str) -> Option<Vec<u8>> {
        match self.directory.get() {
            Some(Some(directory)) => std::fs::read(directory.path().join(path)).ok(),
            _ => self.files.get(path).map(|text| text.clone().into_bytes()),
        }
    }
}

/// Whether a path names a file below a directory.
pub(crate) fn is_inside(path: &str) -> bool {
    !path.is_empty() && Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
}
