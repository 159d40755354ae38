//! The files that plugins make tasks of.

use std::path::{Path, PathBuf};

use windlass_config::{Code, Severity};
use windlass_engine::ports::plugin::SourceFile;
use windlass_files::{FileError, Tree, read_open};

use super::Problem;
use crate::problems::Wrong;
use crate::project::Opened;
use crate::voices::Generator;

/// The most bytes of such a file.
const LONGEST: u64 = 1 << 20;

/// What reading a file came to.
pub(super) type Read = Result<Option<SourceFile>, Box<Problem>>;

/// Reads a file inside of the project. Nothing for one that is not there, where a platform speaks for every project.
pub(super) fn read(opened: &Opened, generator: Generator<'_>) -> Read {
    let path = &generator.said.file;
    let problem = |message: String, help: &str| {
        let wrong = Wrong {
            severity: Severity::Error,
            code: Code::UnusableFile,
            setting: generator.setting("file"),
            message: message.into(),
            help: vec![help.to_owned()],
        };
        Box::new(Problem { wrong, exit_code: 2 })
    };
    if opened.secret_files.look().keep(&opened.home.join(path)) {
        let message = format!("{path} holds a secret, and no plugin sees such a file");
        return Err(problem(message, "name another file"));
    }
    // What a link leads to is not what was looked at: a secret's file, or Git's own.
    if let Some(link) = link_on_the_way(&opened.home, Path::new(path)) {
        let message = format!("{path} cannot be read: {} is a link", link.display());
        return Err(problem(message, "name the file itself, by its path without links"));
    }
    let read = Tree::open(&opened.home).map_err(FileError::Io).and_then(|tree| {
        let file = tree.file(Path::new(path), false)?;
        read_open(&file, LONGEST)
    });
    let bytes = match read {
        Ok(bytes) => bytes,
        Err(error) if error.is_not_found() && !generator.of_repository => return Ok(None),
        Err(error) if error.is_not_found() => {
            let message = format!("there is no {path} in the directory of the task file");
            return Err(problem(message, "a path counts from there"));
        }
        Err(error) => return Err(problem(format!("{path} cannot be read: {error}"), "name a file of the project")),
    };
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Some(SourceFile { path: path.clone(), text })),
        Err(_) => Err(problem(format!("{path} is not text in UTF-8"), "save the file as UTF-8")),
    }
}

/// The first part of a path below a directory that is a link.
fn link_on_the_way(home: &Path, path: &Path) -> Option<PathBuf> {
    let parts = path.components().scan(PathBuf::new(), |so_far, part| {
        so_far.push(part);
        Some(so_far.clone())
    });
    parts.into_iter().find(|part| home.join(part).symlink_metadata().is_ok_and(|metadata| metadata.is_symlink()))
}
