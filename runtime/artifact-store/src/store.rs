//! The artifacts of one run.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Once, PoisonError};

use cap_std::fs::Dir;
use windlass_files::Tree;
use windlass_model::artifact::FilePath;

use crate::aside::sweep;
use crate::index::{self, Artifact, Index};
use crate::place::{below, directory};
use crate::{Incoming, Place, Remote, StoreError};

/// Says to Git, and to whoever sends a working copy, that nothing beside it is a part of the project.
const IGNORE: &str = ".gitignore";

/// Keeps the artifacts of one run. Nothing is made before there is one. Clones share it.
#[derive(Debug, Clone)]
pub struct Store(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    place: Place,
    run: String,
    /// Where artifacts go besides.
    remote: Option<Remote>,
    /// What killed runs have left half is removed once.
    swept: Once,
    /// What was collected so far. Tasks that end at once write the list one after the other.
    index: Mutex<Option<Index>>,
}

impl Store {
    /// For a run of this name, whose artifacts go to a place.
    pub fn new(place: Place, run: &str) -> Self {
        Self::sending(place, run, None)
    }

    /// The same, whose artifacts go to a store besides.
    pub fn sending(place: Place, run: &str, remote: Option<Remote>) -> Self {
        Self(Arc::new(Inner { place, run: run.to_owned(), remote, swept: Once::new(), index: Mutex::default() }))
    }

    /// The run.
    pub fn name(&self) -> &str {
        &self.0.run
    }

    /// Where artifacts go besides.
    pub fn remote(&self) -> Option<&Remote> {
        self.0.remote.as_ref()
    }

    /// Where an artifact's files are, or will be.
    pub fn path(&self, directory: &str) -> PathBuf {
        self.directory_of_run().join(directory)
    }

    /// Begins an artifact that is to lie in `TASK/NAME` below the directory of the run. Its files are written aside.
    ///
    /// # Errors
    /// When the system refuses, there is one already, or something is in the way.
    pub fn begin(&self, task_and_name: &str) -> Result<Incoming, StoreError> {
        let (task, name) = task_and_name.split_once('/').unwrap_or(("", task_and_name));
        let run = self.run()?;
        self.0.swept.call_once(|| self.sweep());
        let parent = directory(&run, task, &self.path(task))?;
        Incoming::begin(parent, name, self.path(task_and_name))
    }

    /// Writes into the list what was collected. `time` is when.
    ///
    /// # Errors
    /// When the list cannot be written. What it said before it says still.
    pub fn note(&self, artifact: Artifact, time: &str) -> Result<(), StoreError> {
        let mut kept = self.0.index.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Index { run: self.0.run.clone(), time: time.to_owned(), artifacts: Vec::new() };
        let mut index = kept.clone().unwrap_or_else(new);
        index.artifacts.push(artifact);
        let shown = self.path(index::NAME).display().to_string();
        let mut text =
            serde_json::to_vec_pretty(&index).map_err(|source| StoreError::NotAnIndex { path: shown.clone(), source })?;
        text.push(b'\n');
        windlass_files::write_whole(&self.run()?, index::NAME.as_ref(), 0o666, &text)
            .map_err(StoreError::io("writing", shown))?;
        *kept = Some(index);
        Ok(())
    }

    /// The files of this run, to be read.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn files(&self) -> Result<Files, StoreError> {
        let tree = Tree::of(&self.run()?);
        tree.map(Files).map_err(StoreError::io("opening", self.directory_of_run().display().to_string()))
    }

    /// Removes what runs have left half that were killed. Only directories are looked into that a run has marked as its own.
    fn sweep(&self) {
        let directories = |parent: &Dir| -> Vec<Dir> {
            let names = parent.entries().into_iter().flatten().flatten().filter_map(|entry| entry.file_name().into_string().ok());
            names.filter_map(|name| below(parent, &name).ok()).collect()
        };
        let all = self.0.place.open().ok().flatten();
        let runs = all.iter().flat_map(directories).filter(|run| run.symlink_metadata(IGNORE).is_ok());
        runs.flat_map(|run| directories(&run)).for_each(|task| sweep(&task));
    }

    fn directory_of_run(&self) -> PathBuf {
        self.0.place.path().join(&self.0.run)
    }

    fn run(&self) -> Result<Dir, StoreError> {
        let all = self.0.place.make()?;
        let path = self.directory_of_run();
        let run = directory(&all, &self.0.run, &path)?;
        if run.symlink_metadata(IGNORE).is_err() {
            let shown = path.join(IGNORE).display().to_string();
            windlass_files::write_whole(&run, IGNORE.as_ref(), 0o666, b"*\n").map_err(StoreError::io("writing", shown))?;
        }
        Ok(run)
    }
}

/// The files of a run.
#[derive(Debug)]
pub struct Files(Tree);

impl Files {
    /// A file that was collected.
    pub(crate) fn open(&self, directory: &FilePath, file: &FilePath) -> Result<File, StoreError> {
        let path = Path::new(directory.as_str()).join(file.as_str());
        self.0.file(&path, false).map_err(|source| StoreError::Unreadable { path: file.to_string(), source })
    }

    /// The bytes of a file that was collected.
    ///
    /// # Errors
    /// When it is not there any more, or has more than `longest` bytes.
    pub fn read(&self, directory: &FilePath, file: &FilePath, longest: u64) -> Result<Vec<u8>, StoreError> {
        let path = Path::new(directory.as_str()).join(file.as_str());
        self.0.read(&path, longest).map_err(|source| StoreError::Unreadable { path: file.to_string(), source })
    }
}
