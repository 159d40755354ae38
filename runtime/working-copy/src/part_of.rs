//! Which names of one directory are part of a working copy, by the same rules as for its way into the pod.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::secret_files::SecretFiles;
use crate::selection::Selection;
use crate::walk::Files;

/// Answers for one working copy. Git is asked at first, and again about what it did not list: that may be new.
#[derive(Debug)]
pub struct Part {
    root: PathBuf,
    secret_files: SecretFiles,
    known: Mutex<Option<Arc<Selection>>>,
}

impl Part {
    /// What is part of the working copy below a directory, of which the sources of secrets are none.
    pub fn of(root: &Path, secret_files: &SecretFiles) -> Self {
        Self { root: root.to_owned(), secret_files: secret_files.clone(), known: Mutex::new(None) }
    }

    /// Those of the names in a directory that are part of the working copy. None, when it cannot be told.
    pub fn names(&self, directory: &Path, names: &BTreeSet<String>) -> BTreeSet<String> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = known {
            let found = self.found(directory, names, &known);
            if found.len() == names.len() {
                return found;
            }
        }
        let Ok(selection) = Selection::of(&self.root, &self.secret_files).map(Arc::new) else { return BTreeSet::new() };
        let found = self.found(directory, names, &selection);
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(selection);
        found
    }

    /// Whether a path is part of the working copy.
    pub fn has(&self, path: &Path) -> bool {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return false };
        let names = [name.to_owned()].into();
        !self.names(path.parent().unwrap_or(Path::new("")), &names).is_empty()
    }

    /// What says what is ignored and is no plain file keeps all out that it is about.
    fn found(&self, directory: &Path, names: &BTreeSet<String>, selection: &Arc<Selection>) -> BTreeSet<String> {
        let Ok(files) = Files::within(&self.root, directory, selection) else { return BTreeSet::new() };
        let wanted = self.root.join(directory);
        let here = files.flatten().filter(|entry| entry.path().parent() == Some(&wanted));
        here.filter_map(|entry| entry.file_name().to_str().map(str::to_owned)).filter(|name| names.contains(name)).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;
    use crate::rules::IGNORE_FILE;

    fn names(root: &Path, directory: &str) -> Vec<String> {
        let present = std::fs::read_dir(root.join(directory)).into_iter().flatten().flatten();
        let present = present.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        Part::of(root, &SecretFiles::none()).names(Path::new(directory), &present).into_iter().collect()
    }

    #[test]
    fn what_the_upload_leaves_out_is_no_part() -> Result<(), Box<dyn std::error::Error>> {
        let dir = tempfile::tempdir()?;
        let root = dir.path();
        for directory in ["src/deep", "target/x", "odd"] {
            std::fs::create_dir_all(root.join(directory))?;
        }
        for (file, text) in [
            (".gitignore", "target\n.env\n"),
            (IGNORE_FILE, "*.iso\n"),
            ("src/.gitignore", "*.o\n"),
            (".env", "x"),
            ("big.iso", "x"),
            ("src/a.c", "x"),
            ("src/deep/a.o", "x"),
            ("src/deep/b.c", "x"),
            ("target/x/y", "x"),
            ("odd/file", "x"),
        ] {
            std::fs::write(root.join(file), text)?;
        }
        // Opening a pipe would wait for its other end; a directory stands for whatever is no file.
        rustix::fs::mkfifoat(rustix::fs::CWD, root.join("odd/.gitignore"), rustix::fs::Mode::from_raw_mode(0o600))?;
        assert_eq!(names(root, ""), [".gitignore", ".windlassignore", "src"]);
        assert_eq!(names(root, "src"), [".gitignore", "a.c", "deep"]);
        assert_eq!(names(root, "src/deep"), ["b.c"]);
        assert_eq!(names(root, "target/x"), Vec::<String>::new());
        assert_eq!(names(root, "odd"), Vec::<String>::new());
        Ok(())
    }

    /// A rule of a directory above the project holds for a plugin's eyes, and what is new is seen although Git was asked before.
    #[test]
    fn rules_above_the_project_hold_and_new_files_are_seen() -> Result<(), Box<dyn std::error::Error>> {
        let dir = tempfile::tempdir()?;
        let root = dir.path().join("sub");
        std::fs::create_dir(&root)?;
        assert!(Command::new("git").args(["init", "--quiet"]).current_dir(dir.path()).status()?.success());
        std::fs::write(dir.path().join(".gitignore"), ".env\n")?;
        std::fs::write(root.join(".env"), "x")?;
        std::fs::write(root.join("a"), "x")?;
        let part = Part::of(&root, &SecretFiles::none());
        assert!(part.has(Path::new("a")) && !part.has(Path::new(".env")));
        std::fs::write(root.join("b"), "x")?;
        assert!(part.has(Path::new("b")));
        Ok(())
    }
}
