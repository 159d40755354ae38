//! The files of the containers. What all of them share is there once.

use std::collections::BTreeMap;

use windlass_engine::ports::plugin::Value;
use windlass_model::pod::paths;

use crate::case::Case;

/// A file.
#[derive(Debug, Clone)]
pub(super) struct File {
    pub(super) contents: Value,
}

/// Files by the container that has them, and their paths. Those that all containers share belong to none.
#[derive(Default)]
pub(super) struct Files(BTreeMap<(String, String), File>, String);

impl Files {
    pub(super) fn of(case: &Case, working_directory: &str) -> Self {
        let mut files = Self(BTreeMap::new(), working_directory.to_owned());
        for (name, text) in &case.workspace {
            files.put("", &format!("{working_directory}/{name}"), Value::Text(text.clone()));
        }
        for (container, has) in &case.containers {
            for (path, text) in &has.files {
                files.put(container, path, Value::Text(text.clone()));
            }
        }
        files
    }

    pub(super) fn get(&self, container: &str, path: &str) -> Option<&File> {
        self.0.get(&self.place(container, path))
    }

    pub(super) fn put(&mut self, container: &str, path: &str, contents: Value) {
        self.0.insert(self.place(container, path), File { contents });
    }

    pub(super) fn remove(&mut self, container: &str, path: &str) {
        self.0.remove(&self.place(container, path));
    }

    fn place(&self, container: &str, path: &str) -> (String, String) {
        let path = if path.starts_with('/') { path.to_owned() } else { format!("{}/{path}", self.1) };
        let below = |directory: &str| path.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'));
        let shared = below(paths::SHARED) || below(&self.1);
        (if shared { String::new() } else { container.to_owned() }, path)
    }
}
