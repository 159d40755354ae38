//! The project that a command works on: its files, its working copy, and what was given on the command line.

mod change;
mod command;
mod files;
mod opened;
mod secret_files;

use std::path::PathBuf;

use windlass_config::{Configuration, Context, Diagnostics, Source};
use windlass_files::FileError;
use windlass_model::lines::Lines;
use windlass_model::settings::Settings;
use windlass_working_copy::{SecretFile, SecretFiles};

use crate::args::{Global, SecretOptions, VariableOptions};
use crate::environment::{Environment, ProcessEnvironment};
use crate::failure::Failure;
use crate::generated::{Generated, How, Made};
use crate::output;
use crate::platform::Workspace;
use crate::plugins::bundled::Bundled;
use crate::reading::{ProjectError, show};
use crate::variables::Given;
use crate::voices::Voices;

pub use change::WorkingCopy;
pub use opened::Opened;

/// Everything known before a plan is made.
#[derive(Debug)]
pub struct Project {
    /// The task file, as the user would name it.
    pub file: PathBuf,
    /// Whether it was found by itself, and not named.
    found: bool,
    /// Whether it is there: a project may have nothing but files that plugins make tasks of.
    has_file: bool,
    /// The directory that is uploaded and that relative paths of the task file count from.
    pub directory: PathBuf,
    /// Who says what.
    pub voices: Voices,
    /// What all of them say together.
    pub settings: Settings,
    /// The task file's content, and what plugins made of other files.
    pub source: Source,
    /// Which line of which of these texts a line of a task means.
    pub lines: Lines,
    /// What it was read with.
    pub context: Context,
    /// The tasks.
    pub configuration: Configuration,
    /// What git and the ledger know.
    pub copy: WorkingCopy,
    /// Variables from the command line.
    pub given: Given,
    /// Files that values of secrets are read from.
    pub secret_files: SecretFiles,
    /// What its bundles say of settings.
    pub bundled: Bundled,
    /// What plugins made of other files.
    pub generated: Generated,
}

/// The directory of the project that a command is about, where there is one.
pub fn home_of(global: &Global) -> Option<PathBuf> {
    match files::task_file(global.file.as_deref()) {
        Ok(task_file) => Some(files::directory_of(&task_file.path)),
        // Its settings may name files that plugins make tasks of.
        Err(ProjectError::NoFile(_)) => Some(files::directory_of(&files::absent().path)),
        Err(_) => None,
    }
}

impl Project {
    /// Reads everything. Warnings about the files and remarks on the working copy are shown on the way; notes on the task file, too, in a line
    /// each.
    ///
    /// # Errors
    /// When a file is missing or wrong, or a variable cannot be taken. The problems of a file have been shown then.
    pub fn open(global: &Global, options: &VariableOptions, environment: &impl Environment) -> Result<Self, Failure> {
        let project =
            Self::read(global, (options, &SecretOptions::default()), environment).map_err(|error| error.show(global))?;
        project.tell(global);
        Ok(project)
    }

    /// Shows warnings about the files, notes on them in a line each, and remarks on the working copy.
    fn tell(&self, global: &Global) {
        self.tell_of(global, &self.configuration.warnings);
    }

    /// The same for a plan, which has every variable that is missing, with the ways to give it.
    pub fn tell_beside_plan(&self, global: &Global) {
        self.tell_of(global, &self.configuration.warnings.without_missing_variables());
    }

    fn tell_of(&self, global: &Global, warnings: &Diagnostics) {
        show(global, &[warnings.without_notes()]);
        for note in warnings.notes() {
            output::line(&format!("note: {note}"));
        }
        self.tell_remarks();
    }

    /// Warns of secrets that are published already.
    pub fn warn_of_committed_secrets(&self) {
        for alarm in self.secret_files.within(&self.directory).iter().filter_map(SecretFile::alarm) {
            output::line(&format!("warning: {alarm}"));
        }
    }

    /// What stays of the working copy because secrets are read from it.
    pub fn left_out(&self) -> impl Iterator<Item = String> {
        let files = self.secret_files.within(&self.directory).into_iter().filter(SecretFile::is_left_out);
        files.map(|file| format!("left out of the working copy: {file}"))
    }

    /// The same for who asks what is to be said of the files: notes with the places that they are about.
    pub fn tell_in_full(&self, global: &Global) {
        show(global, std::slice::from_ref(&self.configuration.warnings));
        self.tell_remarks();
    }

    fn tell_remarks(&self) {
        for remark in self.copy.remarks(&self.configuration.tasks) {
            output::line(&format!("note: {remark}"));
        }
    }

    /// Reads the task file and shows nothing. Tasks that plugins make of other files are not among those of the project.
    ///
    /// # Errors
    /// As [`Project::open`], with the problems of a file in the error.
    pub fn read(
        global: &Global,
        options: (&VariableOptions, &SecretOptions),
        environment: &impl Environment,
    ) -> Result<Self, ProjectError> {
        let (project, wrong) = Opened::look(global, options, Bundled::default(), environment)?.read(Generated::default())?;
        if wrong.is_empty() { Ok(project) } else { Err(ProjectError::of_files(wrong)) }
    }

    /// Reads what can be read, for who only looks for what is wrong: the problems of the files that have errors are in the answer. Plugins
    /// have made their tasks by then.
    ///
    /// # Errors
    /// When a file is missing or nothing of it can be read, a variable cannot be taken, or a plugin made no tasks.
    pub async fn read_with(
        global: &Global,
        options: (&VariableOptions, &SecretOptions),
        bundled: Bundled,
        how: How<'_>,
    ) -> Result<(Self, Vec<Diagnostics>), ProjectError> {
        let opened = Opened::look(global, options, bundled, &ProcessEnvironment)?;
        let generated = Generated::find(global, &opened, how).await?;
        opened.read(generated)
    }
}

impl Project {
    /// Its files, as the planner sees them.
    pub fn workspace(&self) -> Workspace<'_> {
        Workspace { directory: &self.directory, secret_files: &self.secret_files }
    }

    /// The texts that its tasks come from, as a person would name them.
    pub fn title(&self) -> String {
        let made = self.generated.made.iter().map(Made::name);
        let file = self.has_file.then(|| self.file.display().to_string());
        file.into_iter().chain(made).collect::<Vec<_>>().join(", ")
    }

    /// The task file alone.
    ///
    /// # Errors
    /// When there is none.
    pub fn own_source(&self) -> Result<Source, Failure> {
        let message = || format!("there is no {}: all tasks of this project are made by plugins", self.file.display());
        if self.has_file { Ok(self.source.alone()) } else { Err(Failure::usage(message(), "name a task file with -f PATH")) }
    }

    /// Replaces the task file's text.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, text: &str) -> Result<(), Failure> {
        let unwritable = |error: FileError| Failure::Unwritable { path: self.file.clone(), source: error.into() };
        files::write(&self.file, self.found, text.as_bytes()).map_err(unwritable)
    }

    /// The directory of the task file and of the repository's `windlass.yaml`: what belongs to the project lies in it.
    pub fn home(&self) -> PathBuf {
        files::directory_of(&self.file)
    }
}

/// The display name and content of a file.
fn source(path: &std::path::Path, text: Vec<u8>) -> Source {
    Source::new(path.display().to_string(), text)
}
