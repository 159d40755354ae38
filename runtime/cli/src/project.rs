//! The project that a command works on: its files, its working copy, and what was given on the command line.

mod change;
mod files;

use std::collections::BTreeMap;
use std::path::PathBuf;

use windlass_config::{Configuration, Context, Source};
use windlass_model::settings::Settings;

use crate::args::{Global, VariableOptions};
use crate::environment::Environment;
use crate::failure::Failure;
use crate::output;
use crate::reading::{ProjectError, show};
use crate::variables::Given;
use crate::voices::{self, Found, Voices};

pub use change::WorkingCopy;
use files::TaskFile;

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
        let project = Self::read(global, options, environment).map_err(|error| error.show(global))?;
        project.tell(global);
        Ok(project)
    }

    /// Shows warnings about the files, notes on them in a line each, and remarks on the working copy.
    pub fn tell(&self, global: &Global) {
        let warnings = &self.configuration.warnings;
        show(global, &[warnings.without_notes()]);
        for note in warnings.notes() {
            output::line(&format!("note: {note}"));
        }
        self.tell_remarks();
    }

    /// The same for who asks what is to be said of the files: notes with the places that they are about.
    pub fn tell_in_full(&self, global: &Global) {
        show(global, std::slice::from_ref(&self.configuration.warnings));
        self.tell_remarks();
    }

    fn tell_remarks(&self) {
        for remark in &self.copy.remarks {
            output::line(&format!("note: {remark}"));
        }
    }

    /// Reads everything and shows nothing.
    ///
    /// # Errors
    /// As [`Project::open`], with the problems of a file in the error.
    pub fn read(global: &Global, options: &VariableOptions, environment: &impl Environment) -> Result<Self, ProjectError> {
        let given = Given::collect(options, environment).map_err(Failure::from)?;
        let TaskFile { path: file, source, remarks, found } = files::task_file(global.file.as_deref())?;
        let directory = files::project_directory(&file);
        let beside = files::directory_of(&file);
        let (voices, mut wrong) = match voices::find(Found { named: &global.settings, beside: Some(&beside) }, environment) {
            Ok(voices) => (voices, Vec::new()),
            Err(ProjectError::Files { files, .. }) => (Voices::default(), files),
            Err(other) => return Err(other),
        };
        let settings = voices.settings();
        let branch = given.get("CIRRUS_BRANCH").map(|v| v.value.as_str());
        let mut copy = WorkingCopy::look(&directory, branch, options.affected_files.as_deref(), environment);
        copy.remarks.extend(remarks);
        // Without settings that could be read, variables that they give are missing: nothing that is wrong with the file.
        let context = context(&copy, &settings, &given, options.strict && wrong.is_empty());
        let configuration = match windlass_config::load(&source, &context) {
            Ok(configuration) if wrong.is_empty() => configuration,
            Ok(_) => return Err(ProjectError::of_files(wrong)),
            Err(diagnostics) => {
                wrong.push(diagnostics);
                return Err(ProjectError::of_files(wrong));
            }
        };
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
