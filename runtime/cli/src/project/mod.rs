//! The project that a command works on: its files, its working copy, and what was given on the command line.

mod change;
mod files;

use std::collections::BTreeMap;
use std::path::PathBuf;

use windlass_config::{Configuration, Context, NotFound, Source, Style};
use windlass_model::settings::Settings;

use crate::args::{Global, VariableOptions};
use crate::environment::Environment;
use crate::failure::{self, Failure};
use crate::output;
use crate::variables::Given;
use crate::voices::{self, Found, Voices};

pub use change::WorkingCopy;
use files::TaskFile;
pub use files::{in_project, unreadable};

/// Everything known before a plan is made.
#[derive(Debug)]
pub struct Project {
    /// The task file, as the user would name it.
    pub file: PathBuf,
    /// Whether it was found by itself, and not named.
    found: bool,
    /// The directory that is uploaded and that relative paths of the task file count from.
    pub directory: PathBuf,
    /// Who says what.
    pub voices: Voices,
    /// What all of them say together.
    pub settings: Settings,
    /// The task file's content.
    pub source: Source,
    /// What it was read with.
    pub context: Context,
    /// The tasks.
    pub configuration: Configuration,
    /// What git and the ledger know.
    pub copy: WorkingCopy,
    /// Variables from the command line.
    pub given: Given,
}

impl Project {
    /// Reads everything. Warnings about the files and remarks on the working copy are shown on the way; notes on the task file, too, in a line
    /// each.
    ///
    /// # Errors
    /// When a file is missing or wrong, or a variable cannot be taken. The problems of a file have been shown then.
    pub fn open(global: &Global, options: &VariableOptions, environment: &impl Environment) -> Result<Self, Failure> {
        Self::shown(global, options, environment, false)
    }

    /// The same for who asks what is to be said of the files: notes with the places that they are about.
    ///
    /// # Errors
    /// As [`Project::open`].
    pub fn examine(global: &Global, options: &VariableOptions, environment: &impl Environment) -> Result<Self, Failure> {
        Self::shown(global, options, environment, true)
    }

    fn shown(global: &Global, options: &VariableOptions, environment: &impl Environment, in_full: bool) -> Result<Self, Failure> {
        let project = Self::read(global, options, environment).map_err(|error| error.show(global))?;
        let warnings = &project.configuration.warnings;
        let shown = if in_full { warnings.clone() } else { warnings.without_notes() };
        if !shown.is_empty() {
            output::rendered(&shown.render(style(global), output::width()));
        }
        for note in warnings.notes().iter().filter(|_| !in_full) {
            output::line(&format!("note: {note}"));
        }
        for remark in &project.copy.remarks {
            output::line(&format!("note: {remark}"));
        }
        Ok(project)
    }

    /// Reads everything and shows nothing.
    ///
    /// # Errors
    /// As [`Project::open`], with the problems of a file in the error.
    pub fn read(global: &Global, options: &VariableOptions, environment: &impl Environment) -> Result<Self, ProjectError> {
        let given = Given::collect(options, environment).map_err(Failure::from)?;
        let TaskFile { path: file, source, remark, found } = files::task_file(global.file.as_deref())?;
        let directory = files::project_directory(&file);
        let beside = files::directory_of(&file);
        let voices = voices::find(Found { named: &global.settings, beside: Some(&beside) }, environment)?;
        let settings = voices.settings();
        let branch = given.get("CIRRUS_BRANCH").map(|v| v.value.as_str());
        let mut copy = WorkingCopy::look(&directory, branch, options.affected_files.as_deref(), environment);
        copy.remarks.extend(remark);
        let context = context(&copy, &settings, &given, options.strict);
        let configuration = windlass_config::load(&source, &context).map_err(ProjectError::File)?;
        Ok(Self { file, found, directory, voices, settings, source, context, configuration, copy, given })
    }
}

impl Project {
    /// Replaces the task file's text.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, text: &str) -> Result<(), Failure> {
        files::write(&self.file, self.found, text.as_bytes()).map_err(|error| Failure::Output(error.into()))
    }

    /// The directory of the task file and of the repository's `windlass.yaml`: what belongs to the project lies in it.
    pub fn home(&self) -> PathBuf {
        files::directory_of(&self.file)
    }
}

/// Why a project cannot be read.
#[derive(Debug)]
pub enum ProjectError {
    /// This directory has no task file.
    NoFile(NotFound),
    /// One of its files has errors, which have not been shown yet.
    File(windlass_config::Diagnostics),
    /// Anything else.
    Other(Failure),
}

impl From<Failure> for ProjectError {
    fn from(failure: Failure) -> Self {
        Self::Other(failure)
    }
}

impl ProjectError {
    /// Shows the problems of a file, and leaves how many there are.
    pub fn show(self, global: &Global) -> Failure {
        match self {
            Self::NoFile(error) => Failure::Usage { message: error.to_string(), help: files::no_file_help() },
            Self::File(diagnostics) => {
                output::rendered(&diagnostics.render(style(global), output::width()));
                failure::shown(&diagnostics)
            }
            Self::Other(failure) => failure,
        }
    }
}

/// How diagnostics are shown on stderr.
pub fn style(global: &Global) -> Style {
    if output::stderr_is_colored(global.color) { Style::Colored } else { Style::Plain }
}

fn context(copy: &WorkingCopy, settings: &Settings, given: &Given, strict: bool) -> Context {
    let mut built_in: BTreeMap<String, String> = constants();
    built_in.extend(copy.variables.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    // What its name calls a secret must not end up in a field that a plan prints.
    let overrides = given.iter().filter(|v| !v.is_sensitive()).map(|v| (v.name.clone(), v.value.clone())).collect();
    Context { built_in, defaults: settings.variables.clone(), overrides, changed_files: copy.changed_files.clone(), strict }
}

/// Variables that every task has wherever it runs; the planner adds them itself, but expressions and fields use them too.
fn constants() -> BTreeMap<String, String> {
    let pairs = [
        ("CI", "true"),
        ("CIRRUS_CI", "true"),
        ("CONTINUOUS_INTEGRATION", "true"),
        ("CIRRUS_ENVIRONMENT", "CLI"),
        ("CIRRUS_OS", "linux"),
        ("OS", "linux"),
    ];
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

/// The display name and content of a file.
fn source(path: &std::path::Path, text: Vec<u8>) -> Source {
    Source::new(path.display().to_string(), text)
}
