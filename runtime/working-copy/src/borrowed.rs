//! Objects that a repository does not have itself: `git clone --shared` and `--reference` leave them where they are.
//!
//! Nothing on the other side points back, so such a place could be any repository of the user's that somebody knows the path of. What lies
//! outside of the project goes along only when the user said so.

use std::collections::BTreeSet;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use windlass_files::TEXT;

use crate::repository::Repository;

/// As many places in a row as Git follows.
const DEEPEST: usize = 5;

/// The places that hold objects of a project's repository and are neither in the project nor in the repository. None without a repository of
/// its own.
pub fn borrowed(root: &Path) -> BTreeSet<PathBuf> {
    match Repository::at(root) {
        Ok(Some(repository)) => stores(&repository.common_dir).into_iter().filter(|store| !is_own(&repository, store)).collect(),
        _ => BTreeSet::new(),
    }
}

/// Whether objects lie where only this repository has them.
pub(crate) fn is_own(repository: &Repository, store: &Path) -> bool {
    [&repository.top, &repository.git_dir, &repository.common_dir].iter().any(|own| store.starts_with(own))
}

/// Where a repository has objects besides its own directory, and where those places have some again.
pub(crate) fn stores(common_dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![(common_dir.join("objects"), 0)];
    while let Some((objects, depth)) = open.pop() {
        let text = windlass_files::named(&objects.join("info/alternates"), TEXT).unwrap_or_default();
        for line in text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty() && !line.starts_with(b"#")) {
            let Ok(store) = objects.join(std::ffi::OsStr::from_bytes(line)).canonicalize() else { continue };
            if store.is_dir() && !found.contains(&store) {
                found.push(store.clone());
                if depth < DEEPEST {
                    open.push((store, depth + 1));
                }
            }
        }
    }
    found
}
