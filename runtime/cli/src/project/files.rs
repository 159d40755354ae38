//! Finding and reading a project's files.

use std::path::{Path, PathBuf};

use windlass_config::{FILE_NAMES, NotFound, Source, discover};
use windlass_files::{FileError, TEXT, Tree};

use crate::reading::{ProjectError, in_project, unreadable};

/// A task file as it was found.
#[derive(Debug, Default)]
pub(super) struct TaskFile {
    /// Its path, as the user would name it.
    pub(super) path: PathBuf,
    /// Its content. Nothing where the project has only files that plugins make tasks of.
    pub(super) source: Option<Source>,
    /// A Starlark program beside it, whose tasks are missing unless a plugin makes them.
    pub(super) starlark: Option<PathBuf>,
    /// What a person should know of how it was found.
    pub(super) remarks: Vec<String>,
    /// Whether it was found in the project by itself, and not named.
    pub(super) found: bool,
}

/// The task file: the one that was named, else the one of this directory.
pub(super) fn task_file(named: Option<&Path>) -> Result<TaskFile, ProjectError> {
    if let Some(path) = named {
        let help = match path.to_str() {
            Some("-") => "for what comes on standard input, name the file /dev/stdin",
            _ => "-f takes the file with the tasks",
        };
        let text = windlass_files::named(path, TEXT).map_err(|error| unreadable(path, error, vec![help.into()]))?;
        return Ok(TaskFile { path: path.to_owned(), source: Some(super::source(path, text)), ..TaskFile::default() });
    }
    let found = discover(Path::new(".")).map_err(|error| ProjectError::NoFile(by_name(error)))?;
    let path = plain(&found.path);
    let second = found.not_read.map(|other| {
        format!("{} is not read, because {} exists too; remove one of them", plain(&other).display(), path.display())
    });
    let text = in_project(&path).map_err(|error| unreadable(&path, error, Vec::new()))?;
    let starlark = found.starlark.as_deref().map(plain);
    Ok(TaskFile { source: Some(super::source(&path, text)), path, starlark, remarks: second.into_iter().collect(), found: true })
}

/// The task file that a project of this directory would have, for one that has only files that plugins make tasks of.
pub(super) fn absent() -> TaskFile {
    let usual = FILE_NAMES.first().copied().unwrap_or_default();
    TaskFile { path: PathBuf::from(usual), found: true, ..TaskFile::default() }
}

/// What to say of a Starlark program that no plugin makes tasks of.
pub(super) fn not_run(program: &Path) -> String {
    format!(
        "{} is a Starlark program, which windlass does not run: tasks that it makes are missing here, unless `generate` in windlass.yaml \
         names a plugin that does",
        program.display()
    )
}

/// What a task file that a command wrote is called.
pub(super) const WRITTEN: &str = "plugin run";

/// A task file that a command wrote. Diagnostics name it as the command that did.
pub(super) fn written(text: &str) -> TaskFile {
    let path = PathBuf::from(WRITTEN);
    TaskFile { source: Some(super::source(&path, text.into())), path, ..TaskFile::default() }
}

/// What was not found, with the directory by its name: `.` says nothing in a log.
fn by_name(error: NotFound) -> NotFound {
    match error {
        NotFound::Nothing(directory) => NotFound::Nothing(std::env::current_dir().unwrap_or(directory)),
        NotFound::Starlark(file) => NotFound::Starlark(plain(&file)),
    }
}

/// Replaces the task file's text, at once.
pub(super) fn write(path: &Path, found: bool, text: &[u8]) -> Result<(), FileError> {
    if found { Tree::open(Path::new("."))?.replace(path, text) } else { windlass_files::write_named(path, text) }
}

/// The working copy that a task file speaks of: a `.cirrus.yml` stands at the top of its project, any other file is about the current
/// directory. `windlass.yaml` lies beside the task file in both cases.
pub(super) fn project_directory(file: &Path) -> PathBuf {
    let is_usual = file.file_name().is_some_and(|name| FILE_NAMES.iter().any(|usual| name == *usual));
    if is_usual { directory_of(file) } else { PathBuf::from(".") }
}

/// The directory that a file lies in.
pub(super) fn directory_of(file: &Path) -> PathBuf {
    file.parent().filter(|parent| !parent.as_os_str().is_empty()).map_or_else(|| PathBuf::from("."), Path::to_owned)
}

/// A path without a leading `./`, as people write it.
fn plain(path: &Path) -> PathBuf {
    path.strip_prefix(".").unwrap_or(path).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cirrus_file_speaks_of_its_own_directory_and_any_other_of_this_one() {
        for (file, directory) in
            [(".cirrus.yml", "."), ("a/b/.cirrus.yaml", "a/b"), ("ci/tasks.yml", "."), ("/abs/.cirrus.yml", "/abs")]
        {
            assert_eq!(project_directory(Path::new(file)), Path::new(directory), "{file}");
        }
    }
}
