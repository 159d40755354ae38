//! An artifact that is being written: aside, and under its own name only when it is whole.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use cap_std::fs::{Dir, OpenOptions};
use sha2::{Digest as _, Sha256};
use windlass_model::artifact::{ArtifactFile, FilePath};
use windlass_model::digest::Digest;

use crate::StoreError;
use crate::aside::{Aside, sweep};

/// An artifact that is being written. Dropped before its end, it leaves nothing; what a process leaves that was killed, the next one removes.
#[derive(Debug)]
pub struct Incoming {
    parent: Dir,
    aside: Aside,
    name: String,
    /// Where it will lie.
    path: PathBuf,
    open: Option<Open>,
    /// The directory of the last file, which is there.
    made: PathBuf,
    files: Vec<ArtifactFile>,
    whole: bool,
}

/// The file that is being written.
#[derive(Debug)]
struct Open {
    file: File,
    path: FilePath,
    size: u64,
    left: u64,
    digest: Sha256,
}

impl Incoming {
    pub(crate) fn begin(parent: Dir, name: &str, path: PathBuf) -> Result<Self, StoreError> {
        let shown = path.display().to_string();
        if parent.symlink_metadata(name).is_ok() {
            return Err(StoreError::Exists { path: shown });
        }
        let making = |error| StoreError::io("making the directory", &shown)(error);
        sweep(&parent);
        let aside = Aside::make(&parent, name).map_err(making)?;
        Ok(Self { parent, aside, name: name.to_owned(), path, open: None, made: PathBuf::new(), files: Vec::new(), whole: false })
    }

    /// Begins the next file, which has so many bytes.
    ///
    /// # Errors
    /// When the file before it is not whole, one of the name is there already, or the system refuses.
    pub fn file(&mut self, path: FilePath, size: u64) -> Result<(), StoreError> {
        self.end_file()?;
        let place = Path::new(path.as_str());
        let refused = |error: io::Error| match error.kind() {
            io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory | io::ErrorKind::IsADirectory => {
                StoreError::Taken { path: path.clone() }
            }
            _ => StoreError::io("writing", path.as_str())(error),
        };
        if let Some(parent) = place.parent().filter(|parent| *parent != self.made) {
            self.aside.directory.create_dir_all(parent).map_err(refused)?;
            self.made = parent.to_owned();
        }
        let file = self.aside.directory.open_with(place, OpenOptions::new().write(true).create_new(true)).map_err(refused)?;
        self.open = Some(Open { file: file.into_std(), path, size, left: size, digest: Sha256::new() });
        Ok(())
    }

    /// The next bytes of the file.
    ///
    /// # Errors
    /// When they are more than it has, or the system refuses.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        let Some(open) = &mut self.open else { return Ok(()) };
        let left = open.left.checked_sub(bytes.len() as u64);
        open.left = left.ok_or_else(|| StoreError::Size { path: open.path.clone() })?;
        open.digest.update(bytes);
        open.file.write_all(bytes).map_err(StoreError::io("writing", open.path.as_str()))
    }

    /// Gives the artifact its name, now that all of it is there.
    ///
    /// # Errors
    /// When the last file is not whole, or the system refuses.
    pub fn finish(mut self) -> Result<Vec<ArtifactFile>, StoreError> {
        self.end_file()?;
        let named = self.parent.rename(&self.aside.name, &self.parent, &self.name);
        named.map_err(StoreError::io("naming", self.path.display().to_string()))?;
        self.whole = true;
        Ok(std::mem::take(&mut self.files))
    }

    /// The same, if the files are these.
    ///
    /// # Errors
    /// As [`Incoming::finish`], and when one is another.
    pub fn finish_as(mut self, expected: &[ArtifactFile]) -> Result<(), StoreError> {
        self.end_file()?;
        let mut pairs = self.files.iter().zip(expected);
        if let Some((file, _)) = pairs.find(|(file, expected)| file != expected) {
            return Err(StoreError::Changed { path: file.path.clone() });
        }
        self.finish().map(drop)
    }

    fn end_file(&mut self) -> Result<(), StoreError> {
        let Some(Open { path, size, left, digest, .. }) = self.open.take() else { return Ok(()) };
        if left > 0 {
            return Err(StoreError::Size { path });
        }
        self.files.push(ArtifactFile { path, size, digest: Digest::from_sha256(digest.finalize().into()) });
        Ok(())
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if !self.whole {
            // What cannot be removed has no name that anybody looks for.
            let _ = self.parent.remove_dir_all(&self.aside.name);
        }
    }
}

#[cfg(test)]
mod tests;
