//! What is part of a working copy, found without waiting for anything that lies in it.

use std::fs::FileType;
use std::io;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ignore::{DirEntry, Walk, WalkBuilder};
use windlass_files::{FileError, Kind, TEXT};

use super::workspace::{IGNORE_FILE, PackError};

/// The files that say what is ignored; whoever walks opens them in every directory.
const SAY_WHAT_IS_IGNORED: [&str; 5] = [".gitignore", ".ignore", IGNORE_FILE, ".git", ".git/info/exclude"];

/// Everything in a directory that is part of the working copy.
pub(super) struct Entries {
    walk: Walk,
    fault: Fault,
}

/// What is wrong with a directory that was about to be entered.
type Fault = Arc<Mutex<Option<PackError>>>;

impl Entries {
    /// Those below `root`.
    pub(super) fn below(root: &Path) -> Result<Self, PackError> {
        check(root)?;
        let fault = Fault::default();
        let found = Arc::clone(&fault);
        let walk = WalkBuilder::new(root)
            .hidden(false)
            .parents(false)
            .git_global(false)
            .require_git(false)
            .add_custom_ignore_filename(IGNORE_FILE)
            .sort_by_file_name(std::cmp::Ord::cmp)
            .filter_entry(move |entry| may_enter(entry, &found))
            .build();
        Ok(Self { walk, fault })
    }
}

impl Iterator for Entries {
    type Item = Result<DirEntry, PackError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.walk.next();
        if let Some(fault) = self.fault.lock().unwrap_or_else(PoisonError::into_inner).take() {
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

/// Refuses a directory whose ignore files would hold whoever reads them: pipes, devices, gigabytes.
fn check(directory: &Path) -> Result<(), PackError> {
    for name in SAY_WHAT_IS_IGNORED {
        check_file(&directory.join(name))?;
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

fn check_file(path: &Path) -> Result<(), PackError> {
    // A file that is not there says nothing.
    let Ok(metadata) = path.metadata() else { return Ok(()) };
    let error = match special(metadata.file_type()) {
        Some(kind) => FileError::NotAFile(kind),
        None if metadata.is_file() && metadata.len() > TEXT => FileError::TooLarge(TEXT),
        None => return Ok(()),
    };
    Err(PackError::Read { path: PathBuf::from(path), source: io::Error::from(error) })
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
        for name in [".gitignore", "sub/.gitignore", "sub/.ignore", "sub/.windlassignore", "sub/deep/.git", ".git/info/exclude"] {
            for device in [false, true] {
                let root = tempfile::tempdir()?;
                let path = root.path().join(name);
                std::fs::create_dir_all(path.parent().ok_or("no parent")?)?;
                if device {
                    symlink("/dev/zero", &path)?;
                } else {
                    rustix::fs::mkfifoat(rustix::fs::CWD, &path, rustix::fs::Mode::from_raw_mode(0o600))?;
                }
                let walked = Entries::below(root.path()).and_then(|entries| entries.collect::<Result<Vec<_>, _>>());
                assert!(matches!(&walked, Err(PackError::Read { path: at, .. }) if *at == path), "{name}: {walked:?}");
            }
        }
        Ok(())
    }
}
