//! The files of the project, as reports of a container name them.

use std::collections::{BTreeMap, BTreeSet};

use windlass_annotations::Places;
use windlass_model::artifact::FilePath;
use windlass_model::path;

/// The files of the project.
pub(super) struct Project {
    /// The working directory in the container, which is the project's root there.
    directory: String,
    paths: BTreeSet<String>,
    by_name: BTreeMap<String, Vec<String>>,
}

impl Project {
    pub(super) fn new(directory: &str, paths: Vec<String>) -> Self {
        let mut by_name: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for path in &paths {
            by_name.entry(name(path).to_owned()).or_default().push(path.clone());
        }
        Self { directory: directory.trim_end_matches('/').to_owned(), paths: paths.into_iter().collect(), by_name }
    }

    /// The path below the working directory; `None` of one that lies elsewhere.
    fn below(&self, path: &str) -> Option<String> {
        let relative = match path.strip_prefix(&self.directory) {
            Some(below) if path.starts_with('/') => below.strip_prefix('/')?,
            _ => path,
        };
        let relative = path::normal(relative);
        Some(relative.trim_start_matches("./").to_owned()).filter(|path| FilePath::parse(path.as_bytes()).is_ok())
    }
}

impl Places for Project {
    /// By its path, else as the one file that is called so, or the one whose path ends so.
    fn known(&self, path: &str) -> Option<String> {
        let below = self.below(path);
        if let Some(below) = below.as_ref().filter(|below| self.paths.contains(*below)) {
            return Some(below.clone());
        }
        let wanted = below.as_deref().unwrap_or(path);
        let called = self.by_name.get(name(path))?;
        let end = format!("/{}", wanted.trim_start_matches('/'));
        match called.as_slice() {
            [only] => Some(only.clone()),
            several => {
                let mut ends = several.iter().filter(|path| path.ends_with(&end));
                ends.next().filter(|_| ends.next().is_none()).cloned()
            }
        }
    }

    fn likely(&self, path: &str) -> Option<String> {
        self.below(path)
    }
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_its_path_or_by_its_name_where_that_is_one() {
        let paths = ["src/a.c", "lib/b.c", "test/b.c", "README"].map(str::to_owned).to_vec();
        let project = Project::new("/tmp/build/", paths);
        for (path, known) in [
            ("src/a.c", Some("src/a.c")),
            ("./src/../src/a.c", Some("src/a.c")),
            ("/tmp/build/src/a.c", Some("src/a.c")),
            ("/elsewhere/a.c", Some("src/a.c")),
            ("a.c", Some("src/a.c")),
            ("b.c", None),
            ("x/lib/b.c", None),
            ("lib/b.c", Some("lib/b.c")),
            ("c.c", None),
            ("", None),
        ] {
            assert_eq!(project.known(path).as_deref(), known, "{path}");
        }
        for (path, likely) in [
            ("/tmp/build/out/made.c", Some("out/made.c")),
            ("out/made.c", Some("out/made.c")),
            ("/tmp/buildings/x", None),
            ("/etc/passwd", None),
            ("../x", None),
            ("a\u{1b}b", None),
        ] {
            assert_eq!(project.likely(path).as_deref(), likely, "{path}");
        }
    }
}
