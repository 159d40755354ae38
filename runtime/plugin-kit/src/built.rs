//! The component of a project, as its last build left it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Why there is none that can be used.
#[derive(Debug, thiserror::Error)]
pub enum NotBuilt {
    /// Nothing was built here.
    #[error("{0} has no target/NAME.wasm; run `windlass plugin build {0}`")]
    Nothing(PathBuf),
    /// Somebody built several, or renamed one.
    #[error(
        "{directory} has {count} components in target/; name one: windlass plugin test {directory}/target/NAME.wasm --cases {directory}/tests"
    )]
    Several {
        /// The project.
        directory: PathBuf,
        /// How many there are.
        count: usize,
    },
    /// A file was changed after it was built.
    #[error("{component} is older than {source_file}; run `windlass plugin build {directory}`")]
    Old {
        /// The project.
        directory: PathBuf,
        /// What was built.
        component: PathBuf,
        /// What was changed since.
        source_file: PathBuf,
    },
    /// It is no directory that can be read.
    #[error("{path} cannot be read")]
    Unreadable {
        /// The directory.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// Directories of a project that hold none of its sources.
const NOT_SOURCES: [&str; 6] = ["target", "tests", "node_modules", "__pycache__", "bindings", "vendor"];

/// Directories of sources are no deeper than that.
const DEEPEST: usize = 8;

/// Finds `target/NAME.wasm` of a project, if it is not older than the sources.
///
/// # Errors
/// What to do first.
pub fn component_of(directory: &Path) -> Result<PathBuf, NotBuilt> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        |source| NotBuilt::Unreadable { path, source }
    };
    fs::read_dir(directory).map_err(unreadable(directory))?;
    let target = directory.join("target");
    let mut components = match fs::read_dir(&target) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        entries => {
            let entries = entries.map_err(unreadable(&target))?.flatten().map(|entry| entry.path());
            entries.filter(|path| path.extension().is_some_and(|extension| extension == "wasm")).collect()
        }
    };
    let component = match (components.pop(), components.len()) {
        (None, _) => return Err(NotBuilt::Nothing(directory.to_owned())),
        (Some(component), 0) => component,
        (Some(_), more) => return Err(NotBuilt::Several { directory: directory.to_owned(), count: more + 1 }),
    };
    let built = fs::metadata(&component).and_then(|metadata| metadata.modified()).map_err(unreadable(&component))?;
    match newer(directory, built, DEEPEST) {
        Some(source_file) => Err(NotBuilt::Old { directory: directory.to_owned(), component, source_file }),
        None => Ok(component),
    }
}

/// A source that was changed after that time. What cannot be looked at counts as unchanged.
fn newer(directory: &Path, time: SystemTime, deep: usize) -> Option<PathBuf> {
    let mut entries: Vec<PathBuf> = fs::read_dir(directory).ok()?.flatten().map(|entry| entry.path()).collect();
    entries.sort();
    entries.into_iter().find_map(|path| {
        let name = path.file_name()?.to_str()?;
        let metadata = fs::symlink_metadata(&path).ok()?;
        let is_source = !name.starts_with('.') && !name.ends_with(".md") && !NOT_SOURCES.contains(&name);
        match is_source {
            true if metadata.is_dir() && deep > 0 => newer(&path, time, deep - 1),
            true if metadata.is_file() && metadata.modified().ok()? > time => Some(path),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn write(path: &Path, age: u64) {
        fs::create_dir_all(path.parent().expect("it has one")).expect("a directory");
        let file = fs::File::create(path).expect("a file");
        file.set_modified(SystemTime::now() - Duration::from_secs(age)).expect("a time");
    }

    #[test]
    fn what_is_missing_or_old_is_told() {
        let project = tempfile::tempdir().expect("a directory");
        let told = || component_of(project.path()).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(told().contains("run `windlass plugin build"), "{}", told());
        write(&project.path().join("src/lib.rs"), 100);
        write(&project.path().join("target/hello.wasm"), 50);
        assert_eq!(component_of(project.path()).ok(), Some(project.path().join("target/hello.wasm")));
        // What is no source may be newer.
        for name in ["tests/first.yaml", "README.md", ".git/index", "target/build/x.rs"] {
            write(&project.path().join(name), 10);
        }
        assert_eq!(told(), "");
        write(&project.path().join("src/deep/mod.rs"), 10);
        assert!(told().contains("is older than") && told().contains("src/deep/mod.rs"), "{}", told());
        write(&project.path().join("target/other.wasm"), 5);
        assert!(told().contains("2 components"), "{}", told());
        let none = project.path().join("none");
        assert!(matches!(component_of(&none), Err(NotBuilt::Unreadable { .. })));
    }
}
