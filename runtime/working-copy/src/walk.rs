//! The files of a working copy, found without waiting for anything that lies in it.

use std::fs::FileType;
use std::io;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ignore::{DirEntry, Walk, WalkBuilder};
use windlass_files::{FileError, Kind, TEXT};

use crate::pack::{IGNORE_FILE, PackError};
use crate::selection::{Rules, Selection};

/// The files that say what is ignored; whoever walks opens them in every directory.
const SAY_WHAT_IS_IGNORED: [&str; 5] = [".gitignore", ".ignore", IGNORE_FILE, ".git", ".git/info/exclude"];

/// The files of a repository that Git reads before it says anything; a pipe in place of one would hold each of its commands.
const READ_FIRST: [&str; 4] = [".git/HEAD", ".git/config", ".git/index", ".git/packed-refs"];

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
        let rules = match &**selection {
            Selection::Rules(rules) => Some(*rules),
            Selection::Git(_) => None,
        };
        let walk = rules
            .map_or_else(|| listed(root), |rules| builder(root, rules))
            .filter_entry(move |entry| {
                let Ok(path) = entry.path().strip_prefix(&base) else { return false };
                let in_git = path.parent().is_some_and(|parent| parent.ends_with(".git"));
                !in_git && selected.lists(path) && wanted(path) && may_enter(entry, &found)
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

/// A walk by rules. It follows no link.
pub(crate) fn builder(root: &Path, rules: Rules) -> WalkBuilder {
    let strict = rules == Rules::Strict;
    let mut walk = WalkBuilder::new(root);
    walk.hidden(false)
        // Git does not know `.ignore`.
        .ignore(!strict)
        .parents(strict)
        .git_global(strict)
        // Rules from above end at the repository's top, and not in the user's home.
        .require_git(strict)
        .add_custom_ignore_filename(IGNORE_FILE)
        .sort_by_file_name(std::cmp::Ord::cmp);
    walk
}

/// A walk over what Git listed, of which only `.windlassignore` takes something away.
fn listed(root: &Path) -> WalkBuilder {
    let mut walk = WalkBuilder::new(root);
    walk.standard_filters(false).add_custom_ignore_filename(IGNORE_FILE).sort_by_file_name(std::cmp::Ord::cmp);
    walk
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
/// Refuses a directory whose ignore files would hold whoever reads them: pipes, devices, gigabytes.
pub(crate) fn check(directory: &Path) -> Result<(), PackError> {
    for name in SAY_WHAT_IS_IGNORED {
        check_file(&directory.join(name))?;
    }
    for name in READ_FIRST {
        check_kind(&directory.join(name))?;
    }
    // A working tree or a submodule, whose own part lies elsewhere.
    let Ok(text) = windlass_files::named(&directory.join(".git"), TEXT) else { return Ok(()) };
    let Some(elsewhere) = String::from_utf8_lossy(&text).strip_prefix("gitdir:").map(|path| directory.join(path.trim())) else {
        return Ok(());
    };
    check_file(&elsewhere.join("commondir"))?;
    check_file(&elsewhere.join("info/exclude"))?;
    let Ok(common) = windlass_files::named(&elsewhere.join("commondir"), TEXT) else { return Ok(()) };
    check_file(&elsewhere.join(String::from_utf8_lossy(&common).trim()).join("info/exclude"))
}

/// Refuses what is no file, and a file of more than a text's length. One that is not there says nothing.
fn check_file(path: &Path) -> Result<(), PackError> {
    check_kind(path)?;
    match path.metadata() {
        Ok(metadata) if metadata.is_file() && metadata.len() > TEXT => Err(unread(path, FileError::TooLarge(TEXT))),
        _ => Ok(()),
    }
}

/// Refuses a pipe and a device.
fn check_kind(path: &Path) -> Result<(), PackError> {
    let Ok(metadata) = path.metadata() else { return Ok(()) };
    special(metadata.file_type()).map_or(Ok(()), |kind| Err(unread(path, FileError::NotAFile(kind))))
}

fn unread(path: &Path, error: FileError) -> PackError {
    PackError::Read { path: PathBuf::from(path), source: io::Error::from(error) }
}

fn special(kind: FileType) -> Option<Kind> {
    if kind.is_fifo() {
        Some(Kind::Pipe)
    } else if kind.is_char_device() || kind.is_block_device() {
        Some(Kind::Device)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

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
                let selection = Arc::new(Selection::Rules(Rules::Own));
                let walked = Files::below(root.path(), &selection).and_then(|entries| entries.collect::<Result<Vec<_>, _>>());
                assert!(matches!(&walked, Err(PackError::Read { path: at, .. }) if *at == path), "{name}: {walked:?}");
            }
        }
        Ok(())
    }
}
