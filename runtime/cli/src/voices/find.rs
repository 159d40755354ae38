//! Finding the settings files.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use windlass_config::{Diagnostics, Writer};
use windlass_engine::planner::OwnFiles;
use windlass_files::{FileError, TEXT};

use super::{Layer, NAME, Voices, told};
use crate::environment::{self, Environment};
use crate::failure::Failure;
use crate::reading::{ProjectError, in_project, unreadable};

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
    let (voices, wrong) = find_in_part(found, environment)?;
    if wrong.is_empty() { Ok(voices) } else { Err(ProjectError::of_files(wrong)) }
}

/// The same for who only looks for what is wrong: what can be read of them, with the problems of those that have errors.
///
/// # Errors
/// When one that is named is not there, or one cannot be read at all.
pub fn find_in_part(found: Found<'_>, environment: &impl Environment) -> Result<(Voices, Vec<Diagnostics>), ProjectError> {
    let mut voices = Voices::default();
    let mut wrong = Vec::new();
    let mut sort_out = |(layer, problems): (Layer, Diagnostics)| {
        wrong.extend(Some(problems).filter(Diagnostics::has_errors));
        layer
    };
    let usual = environment::system_config_directories(environment).into_iter().chain(environment::config_directory(environment));
    for directory in usual {
        voices.platform.extend(usual_file(&directory, Writer::Platform, named)?.map(&mut sort_out));
    }
    let variable = environment.get(MORE).unwrap_or_default();
    let by_variable = std::env::split_paths(&variable).filter(|path| path.as_os_str() != OsStr::new(""));
    for file in by_variable.chain(found.named.iter().cloned()) {
        let Some(layer) = there(file.clone(), Writer::Platform, named)? else {
            let message = format!("the settings {} do not exist", file.display());
            return Err(Failure::usage(message, format!("--settings and {MORE} name files that exist")).into());
        };
        voices.platform.push(sort_out(layer));
    }
    if let Some(directory) = found.beside {
        let file = plain(&directory.join(NAME));
        // A file that somebody named as the platform's, or the user's own, does not speak twice.
        let same = |layer: &Layer| layer.file.canonicalize().is_ok_and(|path| file.canonicalize().is_ok_and(|own| own == path));
        if !voices.platform.iter().any(same) {
            voices.repository = usual_file(directory, Writer::Repository, in_project)?.map(&mut sort_out);
        }
    }
    Ok((voices, wrong))
}

/// The settings files that a user and the authors of a project write themselves, whether or not they are there.
pub fn own_files(home: &Path, environment: &impl Environment) -> OwnFiles {
    let file = |directory: &Path| told(&plain(&directory.join(NAME)));
    OwnFiles { project: Some(file(home)), user: environment::config_directory(environment).map(|directory| file(&directory)) }
}

/// The settings of a directory. What is almost called like them was meant to count, and perhaps to forbid something.
fn usual_file(
    directory: &Path,
    writer: Writer,
    read: impl Fn(&Path) -> Result<Vec<u8>, FileError>,
) -> Result<Option<(Layer, Diagnostics)>, ProjectError> {
    let other = directory.join(OTHER_NAME);
    if other.symlink_metadata().is_ok() {
        let message = format!("{} is not read: settings are called {NAME}", plain(&other).display());
        return Err(Failure::usage(message, format!("rename it to {NAME}, or remove it")).into());
    }
    there(plain(&directory.join(NAME)), writer, read)
}

fn there(
    path: PathBuf,
    writer: Writer,
    read: impl Fn(&Path) -> Result<Vec<u8>, FileError>,
) -> Result<Option<(Layer, Diagnostics)>, ProjectError> {
    match read(&path) {
        Ok(text) => Ok(Some(Layer::read(path, text, writer))),
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
