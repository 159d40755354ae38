//! Finding the task file of a project: the one place of this crate that looks at a disk.

use std::path::{Path, PathBuf};

/// The names a task file may have, the one that counts first, as on the hosted service.
pub const FILE_NAMES: [&str; 2] = [".cirrus.yml", ".cirrus.yaml"];

const STARLARK: &str = ".cirrus.star";

/// A project's task file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discovered {
    /// The file to read.
    pub path: PathBuf,
    /// A second task file, which is not read: the user has to be told.
    pub not_read: Option<PathBuf>,
    /// A Starlark program lies beside it, whose tasks windlass does not see: the user has to be told.
    pub starlark: Option<PathBuf>,
}

/// Why there is no task file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotFound {
    /// The directory has none.
    #[error("there is no `.cirrus.yml` or `.cirrus.yaml` in {}", .0.display())]
    Nothing(PathBuf),
    /// The directory has only the Starlark form, which windlass does not run.
    #[error("{} is a Starlark program, which windlass does not run; write its tasks into `.cirrus.yml`", .0.display())]
    Starlark(PathBuf),
}

/// Looks for a task file in a directory.
///
/// # Errors
/// When there is none, or only a Starlark program.
pub fn discover(directory: &Path) -> Result<Discovered, NotFound> {
    // Whatever bears the name is meant: that it is a pipe or leads nowhere is for whoever reads it to say.
    let is_there = |path: &PathBuf| path.symlink_metadata().is_ok();
    let starlark = Some(directory.join(STARLARK)).filter(is_there);
    let mut found = FILE_NAMES.iter().map(|name| directory.join(name)).filter(is_there);
    match (found.next(), starlark) {
        (Some(path), starlark) => Ok(Discovered { path, not_read: found.next(), starlark }),
        (None, Some(starlark)) => Err(NotFound::Starlark(starlark)),
        (None, None) => Err(NotFound::Nothing(directory.to_owned())),
    }
}
