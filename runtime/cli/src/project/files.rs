//! Finding and reading a project's files.

use std::io;
use std::path::{Path, PathBuf};

use windlass_config::{FILE_NAMES, Source, discover};

use super::ProjectError;
use crate::environment::{self, Environment};
use crate::failure::Failure;

/// The name of the platform's file.
const SETTINGS_FILE: &str = "windlass.yaml";

/// A task file as it was found.
pub(super) struct TaskFile {
    /// Its path, as the user would name it.
    pub(super) path: PathBuf,
    /// Its content.
    pub(super) source: Source,
    /// What a person should know of how it was found.
    pub(super) remark: Option<String>,
}

/// The task file: the one that was named, else the one of this directory.
pub(super) fn task_file(named: Option<&Path>) -> Result<TaskFile, ProjectError> {
    if let Some(path) = named {
        return read(path, vec!["-f takes the file with the tasks".into()], None);
    }
    let found = discover(Path::new(".")).map_err(ProjectError::NoFile)?;
    let remark = found.starlark.map(|program| {
        format!(
            "{} is a Starlark program, which windlass does not run: tasks that it makes are missing here",
            plain(&program).display()
        )
    });
    read(&plain(&found.path), Vec::new(), remark)
}

/// What to do in a directory without a task file.
pub(super) fn no_file_help() -> Vec<String> {
    let here = std::env::current_dir().unwrap_or_default();
    let above = here.ancestors().skip(1).find(|directory| discover(directory).is_ok());
    let there = above.map(|directory| format!("there is one in {}: cd there", directory.display()));
    there.into_iter().chain(["name another file with -f PATH".into()]).collect()
}

/// The directory that a task file speaks of: a `.cirrus.yml` stands at the top of its project, any other file is about the
/// current directory.
pub(super) fn project_directory(file: &Path) -> PathBuf {
    let here = || PathBuf::from(".");
    let is_usual = file.file_name().is_some_and(|name| FILE_NAMES.iter().any(|usual| name == *usual));
    if !is_usual {
        return here();
    }
    file.parent().filter(|p| !p.as_os_str().is_empty()).map_or_else(here, Path::to_owned)
}

/// The platform's file: beside the task file, else the user's own.
pub(super) fn settings_file(directory: &Path, environment: &impl Environment) -> Result<Option<(PathBuf, Source)>, Failure> {
    let beside = Some(directory.join(SETTINGS_FILE));
    let own = environment::config_directory(environment).map(|d| d.join(SETTINGS_FILE));
    for path in [beside, own].into_iter().flatten() {
        let path = plain(&path);
        match std::fs::read(&path) {
            Ok(text) => return Ok(Some((path.clone(), super::source(&path, text)))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(Failure::Unreadable { path, source, help: Vec::new() }),
        }
    }
    Ok(None)
}

fn read(path: &Path, help: Vec<String>, remark: Option<String>) -> Result<TaskFile, ProjectError> {
    match std::fs::read(path) {
        Ok(text) => Ok(TaskFile { path: path.to_owned(), source: super::source(path, text), remark }),
        Err(source) => Err(Failure::Unreadable { path: path.to_owned(), source, help }.into()),
    }
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
