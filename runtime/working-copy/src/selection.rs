//! Which files of a project are part of its working copy.
//!
//! In a repository, Git itself says so: what it tracks, and what is new and not ignored, by every rule that it knows (those of directories
//! above, the user's own, `.git/info/exclude`). Its commands decide, and no second reading of its rules. Outside of a repository the
//! `.gitignore` files of the project are all there is.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use crate::error::PackError;
use crate::git::{Git as _, Program, ProgramError};
use crate::repository::Repository;
use crate::rules::{self, Rules};
use crate::secret_files::{SecretFiles, Sources};

/// The command that lists files; what else it is asked follows.
const LIST: [&str; 3] = ["ls-files", "-z", "--exclude-standard"];

/// Repositories in repositories that are looked into.
const DEEPEST: usize = 32;

/// What is part of a working copy. `.windlassignore` takes away of it what it names.
#[derive(Debug, Clone)]
pub struct Selection {
    pub(crate) by: By,
    /// What stays whatever Git and the rules say.
    sources: Sources,
}

/// Who says what is part of it.
#[derive(Debug, Clone)]
pub(crate) enum By {
    /// What Git said.
    Git(Listed),
    /// What the rules of the project say, where Git has none.
    Rules(Rules),
}

/// Paths that Git listed, relative to the project, and the directories that lead to them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Listed {
    paths: HashSet<PathBuf>,
    /// What Git ignores: files, and directories of which it ignores everything.
    pub(crate) ignored: Vec<PathBuf>,
}

impl Selection {
    /// Asks Git, and does without it where it does not answer. The sources of secrets are no part of it, unless they are committed.
    ///
    /// # Errors
    /// When Git takes too long, or a file that says what is ignored is none: it may be a pipe.
    pub fn of(root: &Path, secret_files: &SecretFiles) -> Result<Self, PackError> {
        Ok(Self { by: By::of(root)?, sources: secret_files.look() })
    }

    /// Whether a path that is there is part of it.
    pub(crate) fn lists(&self, root: &Path, path: &Path) -> bool {
        let listed = match &self.by {
            By::Git(listed) => listed.paths.contains(path),
            By::Rules(_) => true,
        };
        listed && !self.keeps(&root.join(path))
    }

    /// One of a project without secrets.
    #[cfg(test)]
    pub(crate) fn by(by: By) -> Self {
        Self { by, sources: Sources::default() }
    }

    /// Whether a file stays because it is the source of a secret.
    pub(crate) fn keeps(&self, file: &Path) -> bool {
        self.sources.keep(file)
    }
}

impl By {
    fn of(root: &Path) -> Result<Self, PackError> {
        // A pipe at the top is found at once.
        rules::check(root)?;
        let mut listed = Listed::default();
        match list(root, Path::new(""), &mut listed, 0) {
            Ok(true) => Ok(Self::Git(listed)),
            Ok(false) | Err(ProgramError::NoRepository) => Ok(Self::Rules(around(root))),
            Err(error @ ProgramError::TooLong(_)) => Err(PackError::Git(error)),
            Err(error) => {
                tracing::debug!(%error, "the working copy is what its .gitignore files leave");
                Ok(Self::Rules(around(root)))
            }
        }
    }
}

/// Whether a repository may lie around a directory.
fn around(root: &Path) -> Rules {
    let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    let found = root.ancestors().any(|directory| directory.join(".git").symlink_metadata().is_ok());
    if found && !is_ignored(&root) { Rules::Strict } else { Rules::Own }
}

/// Whether Git ignores the whole project. Then it is no part of that repository, as in a home directory that is one and ignores all in it.
fn is_ignored(root: &Path) -> bool {
    let Ok(git) = Program::of(root) else { return false };
    matches!(git.ask(&["check-ignore", "--quiet", "--", "."]), Ok(Some(_)))
}

/// Lists a repository, and those in it; false when Git does not count the directory as a part of one.
fn list(root: &Path, below: &Path, into: &mut Listed, depth: usize) -> Result<bool, ProgramError> {
    let directory = root.join(below);
    let Ok(Some(repository)) = Repository::find(&directory) else { return named_by_environment(root, below, into) };
    let Ok(git) = Program::of(&directory) else { return Ok(false) };
    if !is_working_tree(&git, &repository)? || below.as_os_str().is_empty() && is_ignored(root) {
        return Ok(false);
    }
    add(root, below, &git.patient(), into, depth)
}

/// `GIT_DIR` and the like name a repository that nothing here has.
fn named_by_environment(root: &Path, below: &Path, into: &mut Listed) -> Result<bool, ProgramError> {
    match Program::of(root) {
        Ok(git) if std::env::var_os("GIT_DIR").is_some() && below.as_os_str().is_empty() => {
            add(root, below, &git.patient(), into, DEEPEST)
        }
        _ => Ok(false),
    }
}

/// Whether Git works with the repository that was found, in its directory.
fn is_working_tree(git: &Program, repository: &Repository) -> Result<bool, ProgramError> {
    let top = git.ask(&["rev-parse", "--show-toplevel"])?.unwrap_or_default();
    Ok(Path::new(top.trim_end_matches('\n')).canonicalize().is_ok_and(|top| top == repository.top))
}

fn add(root: &Path, below: &Path, git: &Program, into: &mut Listed, depth: usize) -> Result<bool, ProgramError> {
    let ask = |more: &[&str]| git.list(&[&LIST[..], more].concat());
    into.insert(below.join(".git"));
    for path in ask(&["--cached", "--others"])? {
        let path = below.join(OsStr::from_bytes(path.strip_suffix(b"/").unwrap_or(&path)));
        let is_directory = root.join(&path).symlink_metadata().is_ok_and(|data| data.is_dir());
        into.insert(path.clone());
        // A submodule, or another repository, of which Git names nothing but the directory.
        if is_directory {
            nested(root, &path, into, depth + 1)?;
        }
    }
    // Directories that hold nothing yet.
    for path in ask(&["--others", "--directory"])? {
        if let Some(directory) = path.strip_suffix(b"/") {
            into.insert(below.join(OsStr::from_bytes(directory)));
        }
    }
    let ignored = ask(&["--others", "--ignored", "--directory"])?;
    into.ignored.extend(ignored.iter().map(|path| below.join(OsStr::from_bytes(path))));
    Ok(true)
}

fn nested(root: &Path, path: &Path, into: &mut Listed, depth: usize) -> Result<(), ProgramError> {
    let own = Repository::at(&root.join(path));
    if depth < DEEPEST && matches!(own, Ok(Some(_))) && list(root, path, into, depth)? {
        return Ok(());
    }
    // One that is not its own, or none: its files are what the rules in it leave.
    for entry in rules::builder(&root.join(path), Rules::Strict).build().flatten() {
        if let Ok(relative) = entry.path().strip_prefix(root) {
            into.insert(relative.to_owned());
        }
    }
    Ok(())
}

impl Listed {
    fn insert(&mut self, path: PathBuf) {
        let mut above = path.parent().map(Path::to_owned);
        if !self.paths.insert(path) {
            return;
        }
        while let Some(directory) = above {
            above = directory.parent().map(Path::to_owned);
            if !self.paths.insert(directory) {
                return;
            }
        }
    }

    /// How many of the listed paths are not directories, of those that are there.
    pub(crate) fn files<'a>(&'a self, root: &'a Path) -> impl Iterator<Item = &'a Path> {
        self.paths.iter().map(PathBuf::as_path).filter(|path| {
            let is_git = path.components().any(|part| part.as_os_str() == ".git");
            !is_git && root.join(path).symlink_metadata().is_ok_and(|data| !data.is_dir())
        })
    }
}

#[cfg(test)]
mod tests;
