//! Finding the settings files.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use windlass_config::Diagnostics;
use windlass_files::{FileError, TEXT};

use super::{Layer, Voices};
use crate::environment::{self, Environment};
use crate::failure::Failure;
use crate::project::{ProjectError, in_project, unreadable};

/// The name of every settings file.
const NAME: &str = "windlass.yaml";

/// What people write for it, out of habit.
const OTHER_NAME: &str = "windlass.yml";

/// Further files of the platform, separated like the directories of `PATH`, for CI.
const MORE: &str = "WINDLASS_SETTINGS";

/// What the command line and the place of the task file say about settings.
#[derive(Debug, Clone, Copy)]
pub struct Found<'a> {
    /// `--settings`.
    pub named: &'a [PathBuf],
    /// The directory of the task file; `None` without one.
    pub beside: Option<&'a Path>,
}

/// Reads the settings of all: the system's, the user's, those that are named, and the repository's.
///
/// # Errors
/// When one of them is wrong, or one that is named is not there.
pub fn find(found: Found<'_>, environment: &impl Environment) -> Result<Voices, ProjectError> {
    let mut voices = Voices::default();
    let mut wrong = Wrong::default();
    let usual = environment::system_config_directories(environment).into_iter().chain(environment::config_directory(environment));
    for directory in usual {
        voices.platform.extend(wrong.sort_out(usual_file(&directory, named))?.flatten());
    }
    let variable = environment.get(MORE).unwrap_or_default();
    let by_variable = std::env::split_paths(&variable).filter(|path| path.as_os_str() != OsStr::new(""));
    for file in by_variable.chain(found.named.iter().cloned()) {
        match wrong.sort_out(there(file.clone(), named))? {
            Some(None) => {
                let message = format!("the settings {} do not exist", file.display());
                return Err(Failure::usage(message, format!("--settings and {MORE} name files that exist")).into());
            }
            layer => voices.platform.extend(layer.flatten()),
        }
    }
    if let Some(directory) = found.beside {
        let file = plain(&directory.join(NAME));
        // A file that somebody named as the platform's, or the user's own, does not speak twice.
        let same = |layer: &Layer| layer.file.canonicalize().is_ok_and(|path| file.canonicalize().is_ok_and(|own| own == path));
        if !voices.platform.iter().any(same) {
            voices.repository = wrong.sort_out(usual_file(directory, in_project))?.flatten();
        }
    }
    if wrong.0.is_empty() { Ok(voices) } else { Err(ProjectError::of_files(wrong.0)) }
}

/// The problems of all files together: the others are read all the same.
#[derive(Default)]
struct Wrong(Vec<Diagnostics>);

impl Wrong {
    fn sort_out<T>(&mut self, read: Result<T, ProjectError>) -> Result<Option<T>, ProjectError> {
        match read {
            Ok(read) => Ok(Some(read)),
            Err(ProjectError::Files { files, .. }) => {
                self.0.extend(files);
                Ok(None)
            }
            Err(other) => Err(other),
        }
    }
}

/// The settings of a directory. What is almost called like them was meant to count, and perhaps to forbid something.
fn usual_file(directory: &Path, read: impl Fn(&Path) -> Result<Vec<u8>, FileError>) -> Result<Option<Layer>, ProjectError> {
    let other = directory.join(OTHER_NAME);
    if other.symlink_metadata().is_ok() {
        let message = format!("{} is not read: settings are called {NAME}", plain(&other).display());
        return Err(Failure::usage(message, format!("rename it to {NAME}, or remove it")).into());
    }
    there(plain(&directory.join(NAME)), read)
}

fn there(path: PathBuf, read: impl Fn(&Path) -> Result<Vec<u8>, FileError>) -> Result<Option<Layer>, ProjectError> {
    match read(&path) {
        Ok(text) => Layer::read(path, text).map(Some),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(unreadable(&path, error, Vec::new()).into()),
    }
}

fn named(path: &Path) -> Result<Vec<u8>, FileError> {
    windlass_files::named(path, TEXT)
}

/// A path without a leading `./`, as people write it.
fn plain(path: &Path) -> PathBuf {
    path.strip_prefix(".").unwrap_or(path).to_owned()
}
