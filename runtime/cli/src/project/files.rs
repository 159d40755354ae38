//! Finding and reading a project's files.

use std::io;
use std::path::{Path, PathBuf};

use windlass_config::Source;

use crate::environment::{self, Environment};
use crate::failure::Failure;

/// The names of a task file, the one that is preferred first.
const TASK_FILES: [&str; 2] = [".cirrus.yml", ".cirrus.yaml"];

/// The name of the platform's file.
const SETTINGS_FILE: &str = "windlass.yaml";

/// The task file: the one that was named, else the one of this directory.
pub(super) fn task_file(named: Option<&Path>) -> Result<(PathBuf, Source), Failure> {
    if let Some(path) = named {
        return read(path, || vec!["-f takes the file with the tasks".into()]);
    }
    let mut found: Vec<&str> = TASK_FILES.into_iter().filter(|name| Path::new(name).exists()).collect();
    match (found.pop(), found.pop()) {
        (Some(name), None) => read(Path::new(name), Vec::new),
        (Some(_), Some(_)) => {
            Err(Failure::usage("this directory has both .cirrus.yml and .cirrus.yaml", "remove one of them, or choose with -f"))
        }
        (None, _) => Err(Failure::Usage { message: "this directory has no .cirrus.yml".into(), help: no_file_help() }),
    }
}

fn no_file_help() -> Vec<String> {
    let above = std::env::current_dir().ok().and_then(|here| {
        let ancestors: Vec<PathBuf> = here.ancestors().skip(1).map(Path::to_owned).collect();
        ancestors.into_iter().find(|directory| TASK_FILES.iter().any(|name| directory.join(name).exists()))
    });
    let mut help = Vec::new();
    if let Some(directory) = above {
        help.push(format!("there is one in {}: cd there", directory.display()));
    }
    help.push("name another file with -f PATH".into());
    help
}

/// The directory that a task file speaks of: a `.cirrus.yml` stands at the top of its project, any other file is about the
/// current directory.
pub(super) fn project_directory(file: &Path) -> PathBuf {
    let here = || PathBuf::from(".");
    let is_usual = file.file_name().is_some_and(|name| TASK_FILES.iter().any(|usual| name == *usual));
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
        let path = path.strip_prefix(".").map(Path::to_owned).unwrap_or(path);
        match std::fs::read(&path) {
            Ok(text) => return Ok(Some((path.clone(), super::source(&path, text)))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(Failure::Unreadable { path, source, help: Vec::new() }),
        }
    }
    Ok(None)
}

fn read(path: &Path, help: impl Fn() -> Vec<String>) -> Result<(PathBuf, Source), Failure> {
    match std::fs::read(path) {
        Ok(text) => Ok((path.to_owned(), super::source(path, text))),
        Err(source) => Err(Failure::Unreadable { path: path.to_owned(), source, help: help() }),
    }
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
