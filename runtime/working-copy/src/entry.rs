//! One thing that goes along of a working copy, and where it lies.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use windlass_files::Tree;

use crate::error::PackError;

/// A directory that files are read in, and not out of.
#[derive(Debug)]
pub(crate) struct Base {
    pub(crate) root: PathBuf,
    pub(crate) tree: Tree,
}

impl Base {
    pub(crate) fn open(root: &Path) -> Result<Arc<Self>, PackError> {
        let tree = Tree::open(root).map_err(|source| PackError::Read { path: root.to_owned(), source })?;
        Ok(Arc::new(Self { root: root.to_owned(), tree }))
    }
}

/// Where an entry comes from.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    /// A file, link or directory.
    Path(Arc<Base>, PathBuf),
    /// A file that is written for the pod.
    Text(Vec<u8>),
}

/// One entry.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// What it is called in the working copy.
    pub(crate) name: PathBuf,
    pub(crate) source: Source,
}

impl Entry {
    /// Where it lies, for messages.
    pub(crate) fn place(&self) -> PathBuf {
        match &self.source {
            Source::Path(base, path) => base.root.join(path),
            Source::Text(_) => self.name.clone(),
        }
    }
}
