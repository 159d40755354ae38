//! Files that a repository names: whether they are its own, and what they hold.

use std::fs;
use std::path::{Component, Path, PathBuf};

use sha2::{Digest as _, Sha256};
use windlass_model::digest::Digest;

/// What is larger is never told apart by its content.
const MAX: u64 = 256 << 20;

/// Where a path leads from the directory of the settings file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Leads {
    /// To a file of the project, or to where one would be.
    Inside(PathBuf),
    /// Out of it, or to git's own files, which hold what the repository does not: a token in the address of `origin`.
    Outside(PathBuf),
}

impl Leads {
    /// Follows a path, links included.
    pub(super) fn follow(directory: &Path, path: &str) -> Self {
        let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
        let Ok(root) = directory.canonicalize() else { return Self::Outside(directory.join(path)) };
        let written = root.join(path);
        let Some(full) = resolved(&written) else { return Self::Outside(written) };
        let inside = full.strip_prefix(&root).is_ok_and(|below| below.components().all(|part| !is_of_git(part)));
        if inside { Self::Inside(full) } else { Self::Outside(full) }
    }

    /// The path.
    pub(super) fn path(&self) -> &Path {
        match self {
            Self::Inside(path) | Self::Outside(path) => path,
        }
    }

    /// The digest of a file of the project.
    pub(super) fn content(&self) -> Option<String> {
        let Self::Inside(path) = self else { return None };
        let metadata = fs::metadata(path).ok().filter(|metadata| metadata.is_file() && metadata.len() <= MAX)?;
        let mut hash = Sha256::new();
        std::io::copy(&mut std::io::Read::take(fs::File::open(path).ok()?, metadata.len()), &mut hash).ok()?;
        Some(Digest::from_sha256(hash.finalize().into()).as_str().to_owned())
    }
}

fn is_of_git(part: Component<'_>) -> bool {
    !matches!(part, Component::Normal(name) if !name.eq_ignore_ascii_case(".git"))
}

/// The path without links as far as it exists; what does not is kept as written. `None` for a link that leads nowhere yet.
fn resolved(path: &Path) -> Option<PathBuf> {
    let mut rest = Vec::new();
    for ancestor in path.ancestors() {
        if let Ok(real) = ancestor.canonicalize() {
            return Some(rest.iter().rev().fold(real, |path, part: &Component<'_>| path.join(part)));
        }
        if ancestor.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink()) {
            return None;
        }
        rest.extend(ancestor.components().next_back());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A link, a dangling one too, `..` and git's own directory all lead out, however they are written.
    #[test]
    fn only_files_of_the_project_are_inside() {
        let base = tempfile::tempdir().expect("a directory");
        let root = base.path().canonicalize().expect("its path").join("project");
        fs::create_dir_all(root.join(".git")).expect("a directory");
        fs::create_dir_all(root.join("sub")).expect("a directory");
        for file in ["key", ".git/config", "../other"] {
            fs::write(root.join(file), "x").expect("a file");
        }
        for (link, target) in
            [("out", "../other"), ("in", "key"), ("dir", ".."), ("config", ".git/config"), ("gone", "../nothing")]
        {
            std::os::unix::fs::symlink(target, root.join(link)).expect("a link");
        }
        let inside = |path: &str| matches!(Leads::follow(&root, path), Leads::Inside(_));
        for path in ["key", "./key", "in", "sub/../key", "not-there", "sub/not/there"] {
            assert!(inside(path), "{path}");
        }
        for path in [
            "../other",
            "out",
            "dir/other",
            "config",
            ".git/config",
            ".GIT/x",
            "/etc/passwd",
            "sub/../../other",
            "no/../../other",
            "gone",
        ] {
            assert!(!inside(path), "{path}");
        }
    }
}
