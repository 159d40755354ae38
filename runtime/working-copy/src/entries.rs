//! Everything that goes along of a working copy: its files, and the repository that it is a copy of.

use std::collections::{BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::entry::{Base, Entry, Source};
use crate::error::PackError;
use crate::history::History;
use crate::rules::IGNORE_FILE;
use crate::selection::Selection;
use crate::walk::Files;

/// The entries of a working copy, in order.
pub(crate) struct Entries {
    base: Arc<Base>,
    files: Files,
    history: History,
    of_git: VecDeque<Entry>,
    left_out: Gitignore,
    selection: Arc<Selection>,
}

impl Entries {
    /// Those below `root`; `lent` are places elsewhere whose objects go along.
    pub(crate) fn of(root: &Path, selection: &Arc<Selection>, lent: &BTreeSet<PathBuf>) -> Result<Self, PackError> {
        let files = Files::below(root, selection)?;
        let mut patterns = GitignoreBuilder::new(root);
        if root.join(IGNORE_FILE).symlink_metadata().is_ok() {
            // The walk has looked at the file already; a line that is no pattern takes nothing away.
            let _ = patterns.add(root.join(IGNORE_FILE));
        }
        let selection = Arc::clone(selection);
        let left_out = patterns.build().unwrap_or_else(|_| Gitignore::empty());
        Ok(Self { base: Base::open(root)?, files, history: History::with(lent), of_git: VecDeque::new(), left_out, selection })
    }

    fn next_file(&mut self) -> Result<Option<Entry>, PackError> {
        while let Some(entry) = self.files.next() {
            let entry = entry?;
            let Ok(name) = entry.path().strip_prefix(&self.base.root).map(Path::to_owned) else { continue };
            if name.as_os_str().is_empty() {
                continue;
            }
            if name.ends_with(".git") {
                let parts = self.history.of(&self.base, &name)?;
                let goes = |entry: &Entry| {
                    let named = self.left_out.matched_path_or_any_parents(&entry.name, false).is_ignore();
                    !named && !self.selection.keeps(&entry.place())
                };
                self.of_git.extend(parts.into_iter().filter(goes));
                if let Some(first) = self.of_git.pop_front() {
                    return Ok(Some(first));
                }
                continue;
            }
            return Ok(Some(Entry { source: Source::Path(Arc::clone(&self.base), name.clone()), name }));
        }
        Ok(None)
    }
}

impl Iterator for Entries {
    type Item = Result<Entry, PackError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.of_git.pop_front() {
            Some(entry) => Some(Ok(entry)),
            None => self.next_file().transpose(),
        }
    }
}
