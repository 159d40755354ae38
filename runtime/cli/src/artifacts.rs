//! Where what tasks collect is kept.

use std::path::{Path, PathBuf};

use windlass_artifact_store::Place;

use crate::args::Global;
use crate::project::home_of;

/// The directory that a person named, else the one of the project that a command is about.
pub fn of_project(global: &Global, named: Option<&Path>) -> Place {
    place(named, &home_of(global).unwrap_or_default())
}

/// The directory that a person named, else the project's own. What windlass itself runs in is not named in paths.
pub fn place(named: Option<&Path>, project: &Path) -> Place {
    match named {
        Some(directory) => Place::Named(directory.to_owned()),
        None if is_here(project) => Place::Project(PathBuf::new()),
        None => Place::Project(project.to_owned()),
    }
}

fn is_here(project: &Path) -> bool {
    let canonical = |path: &Path| path.canonicalize().ok();
    project.as_os_str().is_empty()
        || canonical(project).is_some_and(|project| canonical(Path::new(".")).is_some_and(|here| here == project))
}
