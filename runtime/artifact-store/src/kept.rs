//! What runs have left: listed, and fetched as it was collected.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use jiff::Timestamp;
use windlass_files::{FileError, Tree};
use windlass_model::artifact::ArtifactFile;

use crate::index::{self, Artifact, Index};
use crate::place::{below, directory};
use crate::{Incoming, Place, StoreError};

/// Bytes that are copied at once.
const PIECE: usize = 256 << 10;

/// What lies in a place.
#[derive(Debug, Default)]
pub struct Listing {
    /// The runs that have left something, the last one first.
    pub runs: Vec<Index>,
    /// What cannot be read.
    pub unreadable: Vec<StoreError>,
}

impl Place {
    /// What runs have left here.
    ///
    /// # Errors
    /// When the place cannot be read. One that is not there holds nothing.
    pub fn list(&self) -> Result<Listing, StoreError> {
        let mut listing = Listing::default();
        let Some(all) = self.open()? else { return Ok(listing) };
        let reading = || StoreError::io("reading", self.path().display().to_string());
        for entry in all.entries().map_err(reading())? {
            let entry = entry.map_err(reading())?;
            let Ok(name) = entry.file_name().into_string() else { continue };
            if !entry.file_type().map_err(reading())?.is_dir() {
                continue;
            }
            match self.index(&all, &name) {
                Ok(Some(index)) => listing.runs.push(index),
                // A run that is at it, or somebody else's directory.
                Ok(None) => {}
                Err(error) => listing.unreadable.push(error),
            }
        }
        listing.runs.sort_by(|one, other| (&other.time, &other.run).cmp(&(&one.time, &one.run)));
        Ok(listing)
    }

    /// Copies an artifact of a run into `out`, below `TASK/NAME`, and gives where it is. Each file has to be what was collected.
    ///
    /// # Errors
    /// When it is not, is gone, or cannot be written. Then nothing is left of the copy.
    pub fn fetch(&self, run: &str, artifact: &Artifact, out: &Path) -> Result<PathBuf, StoreError> {
        let from = self.path().join(run).join(artifact.directory.as_str());
        let gone = |source: io::Error| StoreError::Unreadable { path: from.display().to_string(), source: source.into() };
        let all = self.open()?.ok_or_else(|| gone(io::ErrorKind::NotFound.into()))?;
        let tree = below(&all, run).and_then(|run| Tree::of(&run)).map_err(gone)?;
        into(out, artifact, |incoming| artifact.files.iter().try_for_each(|file| copy(&tree, &from, artifact, file, incoming)))
    }

    fn index(&self, all: &Dir, run: &str) -> Result<Option<Index>, StoreError> {
        let path = self.path().join(run).join(index::NAME).display().to_string();
        let read = below(all, run).and_then(|run| Tree::of(&run)).map_err(FileError::from);
        let text = match read.and_then(|tree| tree.read(Path::new(index::NAME), index::LONGEST)) {
            Ok(text) => text,
            Err(error) if error.is_not_found() => return Ok(None),
            Err(source) => return Err(StoreError::Unreadable { path, source }),
        };
        let index: Index =
            serde_json::from_slice(&text).map_err(|source| StoreError::NotAnIndex { path: path.clone(), source })?;
        if index.run != run {
            return Err(StoreError::OtherRun { path, run: index.run });
        }
        index.check(Timestamp::now()).map_err(|why| StoreError::Forged { path, why })?;
        Ok(Some(index))
    }
}

/// Writes an artifact below `out`, as `copy` does, and gives where it is. Unless each file is what it should be, nothing is left, not even an empty
/// directory for the task.
pub(crate) fn into(
    out: &Path,
    artifact: &Artifact,
    copy: impl FnOnce(&mut Incoming) -> Result<(), StoreError>,
) -> Result<PathBuf, StoreError> {
    let (task, name) = artifact.directory.as_str().split_once('/').unwrap_or(("", artifact.directory.as_str()));
    let to = out.join(task).join(name);
    let making = StoreError::io("making the directory", out.display().to_string());
    let made =
        Dir::create_ambient_dir_all(out, ambient_authority()).and_then(|()| Dir::open_ambient_dir(out, ambient_authority()));
    let out = made.map_err(making)?;
    let parent = directory(&out, task, to.parent().unwrap_or(&to))?;
    let copied = Incoming::begin(parent, name, to.clone()).and_then(|mut incoming| {
        copy(&mut incoming)?;
        incoming.finish_as(&artifact.files)
    });
    if copied.is_err() {
        // Only an empty one goes.
        let _ = out.remove_dir(task);
    }
    copied.map(|()| to)
}

/// Copies a file, as far as it has the size that it had.
fn copy(tree: &Tree, from: &Path, artifact: &Artifact, file: &ArtifactFile, incoming: &mut Incoming) -> Result<(), StoreError> {
    let path = Path::new(artifact.directory.as_str()).join(file.path.as_str());
    let shown = || from.join(file.path.as_str()).display().to_string();
    let mut source = tree.file(&path, false).map_err(|source| StoreError::Unreadable { path: shown(), source })?;
    incoming.file(file.path.clone(), file.size)?;
    let mut bytes = vec![0; PIECE];
    loop {
        match source.read(&mut bytes).map_err(StoreError::io("reading", shown()))? {
            0 => return Ok(()),
            count => incoming.write(&bytes[..count])?,
        }
    }
}

#[cfg(test)]
mod tests;
