//! Finding and reading a project's files.

use std::path::{Path, PathBuf};

use windlass_config::{FILE_NAMES, Source, discover};
use windlass_files::{FileError, TEXT, Tree};

use super::ProjectError;
use crate::failure::Failure;

/// A task file as it was found.
pub(super) struct TaskFile {
    /// Its path, as the user would name it.
    pub(super) path: PathBuf,
    /// Its content.
    pub(super) source: Source,
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
        return Ok(TaskFile { path: path.to_owned(), source: super::source(path, text), remarks: Vec::new(), found: false });
    }
    let found = discover(Path::new(".")).map_err(ProjectError::NoFile)?;
    let path = plain(&found.path);
    let starlark = found.starlark.map(|program| {
        format!(
            "{} is a Starlark program, which windlass does not run: tasks that it makes are missing here",
            plain(&program).display()
        )
    });
    let second = found.not_read.map(|other| {
        format!("{} is not read, because {} exists too; remove one of them", plain(&other).display(), path.display())
    });
    let remarks = second.into_iter().chain(starlark).collect();
    let text = in_project(&path).map_err(|error| unreadable(&path, error, Vec::new()))?;
    Ok(TaskFile { source: super::source(&path, text), path, remarks, found: true })
}

/// Replaces the task file's text, at once.
pub(super) fn write(path: &Path, found: bool, text: &[u8]) -> Result<(), FileError> {
    if found { Tree::open(Path::new("."))?.replace(path, text) } else { windlass_files::write_named(path, text) }
}

/// What to do in a directory without a task file.
pub(super) fn no_file_help() -> Vec<String> {
    let here = std::env::current_dir().unwrap_or_default();
    let above = here.ancestors().skip(1).find(|directory| discover(directory).is_ok());
    let there = above.map(|directory| format!("there is one in {}: cd there", directory.display()));
    there.into_iter().chain(["name another file with -f PATH".into()]).collect()
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

/// A file that lies in a project by itself. It is read inside of its own directory: a link that leads elsewhere is refused.
pub fn in_project(path: &Path) -> Result<Vec<u8>, FileError> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let name = path.file_name().map(Path::new).unwrap_or(path);
    Tree::open(directory)?.read(name, TEXT)
}

pub fn unreadable(path: &Path, error: FileError, help: Vec<String>) -> Failure {
    Failure::Unreadable { path: path.to_owned(), source: error.into(), help }
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
