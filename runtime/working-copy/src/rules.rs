//! The rules that say what of a directory is left out where Git does not, and walks that follow them.

use std::fs::FileType;
use std::io;
use std::os::unix::fs::FileTypeExt as _;
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;
use windlass_files::{FileError, Kind, TEXT};

use crate::error::PackError;

/// A file that lists what stays on the user's machine, in the syntax of `.gitignore`, on top of Git's own.
pub const IGNORE_FILE: &str = ".windlassignore";

/// The files that say what is ignored; whoever walks opens them in every directory.
const SAY_WHAT_IS_IGNORED: [&str; 5] = [".gitignore", ".ignore", IGNORE_FILE, ".git", ".git/info/exclude"];

/// The files of a repository that Git reads before it says anything; a pipe in place of one would hold each of its commands.
const READ_FIRST: [&str; 4] = [".git/HEAD", ".git/config", ".git/index", ".git/packed-refs"];

/// The rules that are followed without Git.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rules {
    /// The project's own files say all.
    Own,
    /// The project lies in a repository about which Git says nothing: what may be ignored is ignored, by directories above and by the user.
    Strict,
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
pub(crate) fn listed(root: &Path) -> WalkBuilder {
    let mut walk = WalkBuilder::new(root);
    walk.standard_filters(false).add_custom_ignore_filename(IGNORE_FILE).sort_by_file_name(std::cmp::Ord::cmp);
    walk
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
