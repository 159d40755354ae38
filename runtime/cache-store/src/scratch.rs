//! Where bytes lie that pass through this host.

use std::path::{Path, PathBuf};

use cap_std::fs::Dir;
use windlass_files::own;
use windlass_mover_client::protocol::Blob;

use crate::StoreError;
use crate::spool::{Spool, sweep};

/// A directory of the user's own.
#[derive(Debug)]
pub(crate) struct Scratch {
    directory: Dir,
    path: PathBuf,
}

impl Scratch {
    /// Opens it, makes it if need be, and removes what a killed windlass has left.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let directory = own::directory(path)?;
        sweep(&directory);
        Ok(Self { directory, path: path.to_owned() })
    }

    /// A file for a blob that comes in pieces.
    pub(crate) fn spool(&self, blob: Blob) -> Result<Spool, StoreError> {
        Spool::begin(&self.directory, self.path.clone(), blob)
    }

    /// A file without a name.
    pub(crate) async fn file(&self) -> Result<tokio::fs::File, StoreError> {
        let path = self.path.clone();
        let made = tokio::task::spawn_blocking(move || tempfile::tempfile_in(path)).await;
        let made = made.unwrap_or_else(|problem| Err(std::io::Error::other(problem)));
        made.map(tokio::fs::File::from_std).map_err(StoreError::io("writing in", self.shown()))
    }

    pub(crate) fn shown(&self) -> String {
        self.path.display().to_string()
    }
}
