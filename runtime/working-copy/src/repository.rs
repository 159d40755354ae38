//! Whether a repository is a directory's own.
//!
//! A `.git` can be a file or a link that names another place, and what lies in a `.git` can be links, too. Whoever makes an archive
//! chooses where they lead: to a repository of the user, whose commits would then be read, shown and sent. So what leads away counts only
//! when the other end points back: a linked work tree is in its repository's list, and the repository of a submodule names the
//! submodule's directory. Nobody can write either without having that repository already.

use std::io;
use std::path::{Path, PathBuf};

use windlass_files::TEXT;

use crate::git_config;

/// A repository that belongs to the directory that it was found from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// The directory at the top of the working copy.
    pub top: PathBuf,
    /// What belongs to this working copy alone: `HEAD`, the index.
    pub git_dir: PathBuf,
    /// What all work trees share: objects, refs, the configuration. The same as `git_dir` unless this is a linked work tree.
    pub common_dir: PathBuf,
}

/// A `.git` that leads to what is not this directory's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{} leads to {}, which does not name this directory as its own; if it is, `git worktree repair` or `git config core.worktree` there says so",
    .from.display(),
    .to.display()
)]
pub struct Foreign {
    /// What leads away.
    pub from: PathBuf,
    /// Where to.
    pub to: PathBuf,
}

impl Repository {
    /// The repository that a directory lies in; `None` when it lies in none. That Git reads it is not said.
    ///
    /// # Errors
    /// When it is not this directory's own.
    pub fn find(directory: &Path) -> Result<Option<Self>, Foreign> {
        let Ok(directory) = absolute(directory).canonicalize() else { return Ok(None) };
        for top in directory.ancestors() {
            if let Some(found) = Self::at(top)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// The repository whose working copy begins in a directory.
    ///
    /// # Errors
    /// As [`Repository::find`].
    pub fn at(top: &Path) -> Result<Option<Self>, Foreign> {
        let Ok(top) = absolute(top).canonicalize() else { return Ok(None) };
        let dot_git = top.join(".git");
        let Ok(metadata) = dot_git.symlink_metadata() else { return Ok(None) };
        let found = if metadata.is_file() {
            let Some(named) = named_by(&dot_git) else { return Ok(None) };
            of_pointer(&top, &dot_git, named)?
        } else if metadata.is_symlink() {
            let Ok(to) = dot_git.canonicalize() else { return Ok(None) };
            if to.is_file() {
                return Err(Foreign { from: dot_git, to });
            }
            of_pointer(&top, &dot_git, to)?
        } else if dot_git.join("HEAD").symlink_metadata().is_ok() {
            Self { top, git_dir: dot_git.clone(), common_dir: dot_git }
        } else {
            return Ok(None);
        };
        found.stays()?;
        Ok(Some(found))
    }

    /// Refuses what leads out of a repository by a link or by the name of another directory in it.
    fn stays(&self) -> Result<(), Foreign> {
        let Self { top, git_dir, common_dir } = self;
        let own = [top.as_path(), git_dir, common_dir];
        if git_dir == common_dir
            && let Ok(text) = windlass_files::named(&git_dir.join("commondir"), TEXT)
        {
            return Err(Foreign { from: git_dir.join("commondir"), to: git_dir.join(line(&text)) });
        }
        if let Some((from, to)) = work_trees(git_dir).into_iter().find(|(_, to)| to != top) {
            return Err(Foreign { from, to });
        }
        for directory in [git_dir, common_dir] {
            if let Some((from, to)) = leads_away(directory, &own, 0) {
                return Err(Foreign { from, to });
            }
        }
        Ok(())
    }
}

/// What a `.git` names that is not itself the repository.
fn of_pointer(top: &Path, dot_git: &Path, named: PathBuf) -> Result<Repository, Foreign> {
    let foreign = || Foreign { from: dot_git.to_owned(), to: named.clone() };
    let git_dir = named.canonicalize().map_err(|_| foreign())?;
    let common_dir = match windlass_files::named(&git_dir.join("commondir"), TEXT) {
        Ok(text) => {
            let common = git_dir.join(line(&text)).canonicalize().map_err(|_| foreign())?;
            let listed = git_dir.parent() == Some(&common.join("worktrees"));
            let back = windlass_files::named(&git_dir.join("gitdir"), TEXT).map_err(|_| foreign())?;
            let back = git_dir.join(line(&back)).canonicalize().map_err(|_| foreign())?;
            if !listed || back != dot_git {
                return Err(foreign());
            }
            common
        }
        Err(_) => {
            let inside = dot_git.is_symlink() && git_dir.starts_with(top);
            let named_back = work_trees(&git_dir).iter().any(|(_, to)| to == top);
            if !inside && !named_back {
                return Err(foreign());
            }
            git_dir.clone()
        }
    };
    Ok(Repository { top: top.to_owned(), git_dir, common_dir })
}

/// The files of a repository that can name its working tree, and the one that they name.
fn work_trees(git_dir: &Path) -> Vec<(PathBuf, PathBuf)> {
    let named = |name: &str| {
        let file = git_dir.join(name);
        let text = windlass_files::named(&file, TEXT).ok()?;
        let path = git_dir.join(git_config::work_tree(&text)?);
        Some((file, path.canonicalize().unwrap_or(path)))
    };
    ["config", "config.worktree"].into_iter().filter_map(named).collect()
}

/// The directory that a `.git` file names.
fn named_by(dot_git: &Path) -> Option<PathBuf> {
    let text = windlass_files::named(dot_git, TEXT).ok()?;
    let text = String::from_utf8_lossy(&text).into_owned();
    let path = text.strip_prefix("gitdir:")?.trim();
    Some(dot_git.parent()?.join(path))
}

fn line(text: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(text).trim().to_owned())
}

/// The first link in a repository that leads out of all these directories. An object is found by who knows its name already, so single
/// ones are not looked at; neither is what Git does not read to answer windlass.
fn leads_away(directory: &Path, own: &[&Path], depth: usize) -> Option<(PathBuf, PathBuf)> {
    const NOT_READ: [&str; 5] = ["hooks", "lfs", "logs", "modules", "worktrees"];
    /// Deeper than any name of a branch that Git takes.
    const DEEPEST: usize = 64;
    for entry in std::fs::read_dir(directory).ok()?.flatten() {
        let path = entry.path();
        let Ok(kind) = entry.file_type() else { continue };
        if depth == 0 && NOT_READ.iter().any(|name| entry.file_name() == *name) {
            continue;
        }
        if kind.is_symlink() {
            // One that leads nowhere gives nothing away.
            let Ok(to) = path.canonicalize() else { continue };
            if !own.iter().any(|own| to.starts_with(own)) {
                return Some((path, to));
            }
        } else if kind.is_dir() && depth < DEEPEST {
            let holds_objects = directory.ends_with("objects") && depth == 1 && entry.file_name().len() == 2;
            if !holds_objects && let Some(found) = leads_away(&path, own, depth + 1) {
                return Some(found);
            }
        }
    }
    None
}

fn absolute(path: &Path) -> PathBuf {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    std::path::absolute(path).unwrap_or_else(|_: io::Error| path.to_owned())
}

#[cfg(test)]
mod tests;
