//! Reading what belongs to a project, and why it cannot be read.

use std::path::Path;

use windlass_config::{Diagnostics, NotFound, Style, discover};
use windlass_files::{FileError, TEXT, Tree};

use crate::args::Global;
use crate::failure::{self, Failure};
use crate::output;

/// Why a project cannot be read.
#[derive(Debug)]
pub enum ProjectError {
    /// This directory has no task file.
    NoFile(NotFound),
    /// Its files have errors, which have not been shown yet.
    Files {
        /// The problems of each file.
        files: Vec<Diagnostics>,
        /// The exit code of a command that ends with them.
        exit_code: u8,
    },
    /// Anything else.
    Other(Failure),
}

impl From<Failure> for ProjectError {
    fn from(failure: Failure) -> Self {
        Self::Other(failure)
    }
}

impl ProjectError {
    /// A file with errors.
    pub fn of_file(diagnostics: Diagnostics) -> Self {
        Self::of_files(vec![diagnostics])
    }

    /// Files with errors.
    pub fn of_files(files: Vec<Diagnostics>) -> Self {
        Self::Files { files, exit_code: 2 }
    }

    /// Shows the problems of a file, and leaves how many there are.
    pub fn show(self, global: &Global) -> Failure {
        match self {
            Self::NoFile(error) => Failure::Usage { message: error.to_string(), help: no_file_help() },
            Self::Files { files, exit_code } => {
                show(global, &files);
                failure::shown(&files, exit_code)
            }
            Self::Other(failure) => failure,
        }
    }
}

/// Shows problems on stderr.
pub fn show(global: &Global, files: &[Diagnostics]) {
    let rendered = files.iter().filter(|file| !file.is_empty()).map(|file| file.render(style(global), output::width()));
    let text = rendered.collect::<Vec<_>>().join("\n");
    if !text.is_empty() {
        output::rendered(&text);
    }
}

/// How diagnostics are shown on stderr.
fn style(global: &Global) -> Style {
    if output::stderr_is_colored(global.color) { Style::Colored } else { Style::Plain }
}

/// What to do in a directory without a task file.
fn no_file_help() -> Vec<String> {
    let here = std::env::current_dir().unwrap_or_default();
    let above = here.ancestors().skip(1).find(|directory| discover(directory).is_ok());
    let there = above.map(|directory| format!("there is one in {}: cd there", directory.display()));
    there.into_iter().chain(["name another file with -f PATH".into()]).collect()
}

/// A file that lies in a project by itself. It is read inside of its own directory: a link that leads elsewhere is refused.
pub fn in_project(path: &Path) -> Result<Vec<u8>, FileError> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let name = path.file_name().map(Path::new).unwrap_or(path);
    Tree::open(directory)?.read(name, TEXT)
}

/// A file that cannot be read, and what to do.
pub fn unreadable(path: &Path, error: FileError, help: Vec<String>) -> Failure {
    Failure::Unreadable { path: path.to_owned(), source: error.into(), help }
}
