//! The files of a working copy, found without waiting for anything that lies in it.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use ignore::{DirEntry, Walk};

use crate::error::PackError;
use crate::rules::{builder, check, listed};
use crate::selection::{By, Selection};

/// Where runs leave what they collect: it is what was made of a working copy, and no part of one, whatever Git says.
const ARTIFACTS: &str = ".windlass/artifacts";

/// Everything in a directory that is part of the working copy. Of a `.git`, only that it is there.
pub(crate) struct Files {
    walk: Walk,
    fault: Fault,
    /// What came with a fault, and is next.
    held: Option<Result<DirEntry, ignore::Error>>,
}

/// What is wrong with a directory that was about to be entered.
type Fault = Arc<Mutex<Option<PackError>>>;

impl Files {
    /// Those below `root`.
    pub(crate) fn below(root: &Path, selection: &Arc<Selection>) -> Result<Self, PackError> {
        Self::filtered(root, selection, |_| true)
    }

    /// Those in one directory of `root`, and the directories that lead to it.
    pub(crate) fn within(root: &Path, directory: &Path, selection: &Arc<Selection>) -> Result<Self, PackError> {
        let above = directory.to_owned();
        Self::filtered(root, selection, move |path| above.starts_with(path) || path.parent() == Some(&above))
    }

    fn filtered(
        root: &Path,
        selection: &Arc<Selection>,
        wanted: impl Fn(&Path) -> bool + Send + Sync + 'static,
    ) -> Result<Self, PackError> {
        check(root)?;
        let fault = Fault::default();
        let (found, selected, base) = (Arc::clone(&fault), Arc::clone(selection), root.to_owned());
        let rules = match &selection.by {
            By::Rules(rules) => Some(*rules),
            By::Git(_) => None,
        };
        let walk = rules
            .map_or_else(|| listed(root), |rules| builder(root, rules))
            .filter_entry(move |entry| {
                let Ok(path) = entry.path().strip_prefix(&base) else { return false };
                if path == Path::new(ARTIFACTS) {
                    return false;
                }
                let in_git = path.parent().is_some_and(|parent| parent.ends_with(".git"));
                !in_git && selected.lists(&base, path) && wanted(path) && may_enter(entry, &found)
            })
            .build();
        Ok(Self { walk, fault, held: None })
    }
}

impl Iterator for Files {
    type Item = Result<DirEntry, PackError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.held.take().or_else(|| self.walk.next());
        if let Some(fault) = self.fault.lock().unwrap_or_else(PoisonError::into_inner).take() {
            self.held = next;
            return Some(Err(fault));
        }
        next.map(|entry| entry.map_err(PackError::from))
    }
}

/// Whether an entry is no directory, or one whose files can be read; what is wrong otherwise ends the walk.
fn may_enter(entry: &DirEntry, fault: &Fault) -> bool {
    if !entry.file_type().is_some_and(|kind| kind.is_dir()) {
        return true;
    }
    match check(entry.path()) {
        Ok(()) => true,
        Err(error) => {
            *fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::rules::Rules;

    /// The walk itself opens these files: each of them could hold windlass for ever, with the pod waiting.
    #[test]
    fn a_pipe_or_device_that_would_say_what_is_ignored_ends_the_walk() -> Result<(), Box<dyn std::error::Error>> {
        for name in [
            ".gitignore",
            "sub/.gitignore",
            "sub/.ignore",
            "sub/.windlassignore",
            "sub/deep/.git",
            ".git/info/exclude",
            // Git itself would wait for these, for two minutes with the pod standing.
            ".git/index",
            ".git/HEAD",
            "sub/.git/config",
        ] {
            for device in [false, true] {
                let root = tempfile::tempdir()?;
                let path = root.path().join(name);
                std::fs::create_dir_all(path.parent().ok_or("no parent")?)?;
                if device {
                    symlink("/dev/zero", &path)?;
                } else {
                    rustix::fs::mkfifoat(rustix::fs::CWD, &path, rustix::fs::Mode::from_raw_mode(0o600))?;
                }
                let selection = Arc::new(Selection::by(By::Rules(Rules::Own)));
                let walked = Files::below(root.path(), &selection).and_then(|entries| entries.collect::<Result<Vec<_>, _>>());
                assert!(matches!(&walked, Err(PackError::Read { path: at, .. }) if *at == path), "{name}: {walked:?}");
            }
        }
        Ok(())
    }
}
