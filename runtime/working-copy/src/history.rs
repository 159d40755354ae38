//! The repository of a working copy as one `.git` that needs nothing beside it.
//!
//! In a linked work tree or a submodule `.git` is a file that names a directory elsewhere, which the pod has not. So the directory goes in
//! its place, put together from what the work tree has for itself and what it shares.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::borrowed;
use crate::entry::{Base, Entry, Source};
use crate::error::PackError;
use crate::repository::Repository;

/// What work trees share; all else in the common directory is the main one's own.
const SHARED: [&str; 10] =
    ["branches", "config", "description", "hooks", "info", "lfs", "logs", "objects", "packed-refs", "refs"];
const SHARED_TOO: &str = "shallow";

/// What below these is each work tree's own.
const OWN: [&str; 5] = ["info/sparse-checkout", "logs/HEAD", "refs/bisect", "refs/rewritten", "refs/worktree"];

/// What says where the rest is.
const POINTERS: [&str; 3] = ["commondir", "gitdir", "locked"];

/// The repositories of a working copy that were packed, and what they are called in the archive.
#[derive(Debug, Default)]
pub(crate) struct History {
    /// Places outside whose objects may go along.
    lent: BTreeSet<PathBuf>,
    packed: Vec<(PathBuf, PathBuf)>,
}

impl History {
    pub(crate) fn with(lent: &BTreeSet<PathBuf>) -> Self {
        Self { lent: lent.clone(), packed: Vec::new() }
    }

    /// The entries that a `.git` becomes. One that is not the directory's own goes as it is: a file or a link that leads nowhere.
    pub(crate) fn of(&mut self, base: &Arc<Base>, name: &Path) -> Result<Vec<Entry>, PackError> {
        let path = base.root.join(name);
        let as_it_is = || vec![Entry { name: name.to_owned(), source: Source::Path(Arc::clone(base), name.to_owned()) }];
        let top = path.parent().unwrap_or(&base.root);
        if path.symlink_metadata().is_ok_and(|data| data.is_dir()) {
            self.packed.extend(path.canonicalize().ok().map(|real| (real, name.to_owned())));
            let mut entries = BTreeMap::new();
            add(base, name, name, &mut entries, &|_| true)?;
            if let Ok(Some(repository)) = Repository::at(top) {
                self.lend(&repository, name, &mut entries)?;
            }
            return Ok(all(entries));
        }
        let Ok(Some(repository)) = Repository::at(top) else { return Ok(as_it_is()) };
        let known = self.packed.iter().find_map(|(real, packed)| Some(packed.join(repository.git_dir.strip_prefix(real).ok()?)));
        if let Some(packed) = known {
            let text = format!("gitdir: {}\n", relative(name.parent().unwrap_or(Path::new("")), &packed).display());
            return Ok(vec![Entry { name: name.to_owned(), source: Source::Text(text.into_bytes()) }]);
        }
        if repository.git_dir != repository.common_dir && repository.common_dir.join("reftable").exists() {
            // Its refs are in tables, one stack for each work tree, which cannot be put together.
            return Ok(as_it_is());
        }
        self.packed.push((repository.git_dir.clone(), name.to_owned()));
        let mut entries = self_contained(&repository, name)?;
        self.lend(&repository, name, &mut entries)?;
        Ok(all(entries))
    }

    /// Puts objects that lie elsewhere in place of the file that says where.
    fn lend(&self, repository: &Repository, name: &Path, entries: &mut BTreeMap<PathBuf, Source>) -> Result<(), PackError> {
        let objects = name.join("objects");
        if entries.remove(&objects.join("info/alternates")).is_none() {
            return Ok(());
        }
        for store in borrowed::stores(&repository.common_dir) {
            if borrowed::is_own(repository, &store) || self.lent.contains(&store) {
                let mut more = BTreeMap::new();
                add(&Base::open(&store)?, Path::new(""), &objects, &mut more, &|path| path != Path::new("info/alternates"))?;
                more.append(entries);
                *entries = more;
            }
        }
        Ok(())
    }
}

fn self_contained(repository: &Repository, name: &Path) -> Result<BTreeMap<PathBuf, Source>, PackError> {
    let mut entries = BTreeMap::new();
    let own = Base::open(&repository.git_dir)?;
    if repository.git_dir == repository.common_dir {
        add(&own, Path::new(""), name, &mut entries, &|_| true)?;
        return Ok(entries);
    }
    let common = Base::open(&repository.common_dir)?;
    add(&common, Path::new(""), name, &mut entries, &|path| {
        let first = path.components().next().map(|part| part.as_os_str());
        let shared = first.is_none_or(|first| SHARED.iter().chain([&SHARED_TOO]).any(|name| first == *name));
        shared && !OWN.iter().any(|own| path.starts_with(own))
    })?;
    add(&own, Path::new(""), name, &mut entries, &|path| !POINTERS.iter().any(|name| path == Path::new(name)))?;
    Ok(entries)
}

/// Adds what lies at `path` of a directory and below it as `name`. Links go as links.
fn add(
    base: &Arc<Base>,
    path: &Path,
    name: &Path,
    entries: &mut BTreeMap<PathBuf, Source>,
    wanted: &impl Fn(&Path) -> bool,
) -> Result<(), PackError> {
    let mut open = vec![path.to_owned()];
    while let Some(at) = open.pop() {
        let below = at.strip_prefix(path).unwrap_or(&at);
        if !wanted(below) {
            continue;
        }
        let name = if below.as_os_str().is_empty() { name.to_owned() } else { name.join(below) };
        let real = base.root.join(&at);
        let read = |source| PackError::Read { path: real.clone(), source };
        let metadata = match real.symlink_metadata() {
            // Git tidies up while others read.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            metadata => metadata.map_err(read)?,
        };
        if metadata.is_dir() {
            for entry in std::fs::read_dir(&real).map_err(read)? {
                open.push(at.join(entry.map_err(read)?.file_name()));
            }
        }
        entries.insert(name, Source::Path(Arc::clone(base), at));
    }
    Ok(())
}

fn all(entries: BTreeMap<PathBuf, Source>) -> Vec<Entry> {
    entries.into_iter().map(|(name, source)| Entry { name, source }).collect()
}

/// The way from one directory of the archive to another place in it.
fn relative(from: &Path, to: &Path) -> PathBuf {
    let same = from.components().zip(to.components()).take_while(|(one, other)| one == other).count();
    let up = from.components().skip(same).map(|_| "..");
    up.map(PathBuf::from).chain(to.components().skip(same).map(|part| PathBuf::from(part.as_os_str()))).collect()
}

#[cfg(test)]
mod tests;
