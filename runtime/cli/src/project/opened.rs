//! A project before its tasks are read: what decides which there are.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use windlass_config::{Context, Diagnostics, Source, load_in_part};
use windlass_model::settings::Settings;
use windlass_working_copy::SecretFiles;

use super::change::{Looked, WorkingCopy};
use super::files::{self, TaskFile};
use super::{Project, secret_files};
use crate::args::{Global, SecretOptions, VariableOptions};
use crate::environment::Environment;
use crate::failure::Failure;
use crate::generated::Generated;
use crate::plugins::bundled::Bundled;
use crate::plugins::source::Named;
use crate::reading::ProjectError;
use crate::variables::Given;
use crate::voices::{self, Found, Voices};

/// What is known of a project before its tasks are.
#[derive(Debug)]
pub struct Opened {
    task_file: TaskFile,
    /// The working copy.
    pub directory: PathBuf,
    /// The directory of the task file and of the repository's settings.
    pub home: PathBuf,
    /// Who says what.
    pub voices: Voices,
    /// What all of them say together.
    pub settings: Settings,
    /// The problems of the settings that have errors.
    pub wrong: Vec<Diagnostics>,
    /// Variables from the command line.
    pub given: Given,
    /// Files that values of secrets are read from.
    pub secret_files: SecretFiles,
    /// Whether the command wrote the task file itself.
    pub is_written: bool,
    copy: WorkingCopy,
    bundled: Bundled,
    strict: bool,
}

impl Opened {
    /// Looks for the task file, reads the settings, and asks git.
    ///
    /// # Errors
    /// When a file is missing or cannot be read, or a variable cannot be taken.
    pub fn look(
        global: &Global,
        (options, secrets): (&VariableOptions, &SecretOptions),
        bundled: Bundled,
        environment: &impl Environment,
    ) -> Result<Self, ProjectError> {
        let given = Given::collect(options, environment).map_err(Failure::from)?;
        let found = match &global.task {
            Some(text) => Ok(files::written(text)),
            None => files::task_file(global.file.as_deref()),
        };
        let (mut task_file, missing) = match found {
            Ok(task_file) => (task_file, None),
            Err(ProjectError::NoFile(error)) => (files::absent(), Some(ProjectError::NoFile(error))),
            Err(error) => return Err(error),
        };
        let directory = files::project_directory(&task_file.path);
        let home = files::directory_of(&task_file.path);
        let voices = voices::find_in_part(Found { named: &global.settings, beside: Some(&home) }, environment);
        let (mut voices, mut wrong) = match (voices, missing) {
            (voices, None) => voices?,
            // Without a task file there is a project where its settings name files that plugins make tasks of.
            // Or were to: a key that is misspelt may be the one.
            (Ok((voices, wrong)), Some(_))
                if !wrong.is_empty() && (voices.repository.is_some() || speaks_of_generators(&voices)) =>
            {
                return Err(ProjectError::of_files(wrong));
            }
            (Ok(found), Some(missing)) if !has_generators(&found.0, &home) => return Err(missing),
            (Err(_), Some(missing)) => return Err(missing),
            (Ok(found), Some(_)) => found,
        };
        voices.platform.extend(bundled.layers.iter().cloned());
        wrong.extend(bundled.wrong.iter().cloned());
        let program = task_file.starlark.take().filter(|program| {
            let name = program.file_name().and_then(|name| name.to_str());
            !voices.generators().iter().any(|generator| Some(generator.said.file.as_str()) == name)
        });
        task_file.remarks.extend(program.as_deref().map(files::not_run));
        let settings = voices.settings();
        let branch = given.get("CIRRUS_BRANCH").map(|v| v.value.as_str());
        let secret_files = secret_files::secret_files(secrets, &given, &voices);
        let looked = Looked { directory: &directory, secret_files: &secret_files };
        let mut copy = WorkingCopy::look(looked, branch, options.affected_files.as_deref(), environment);
        copy.remarks.append(&mut task_file.remarks);
        // Without settings that could be read, variables that they give are missing: nothing that is wrong with the file.
        let strict = options.strict && wrong.is_empty();
        let is_written = global.task.is_some();
        Ok(Self { task_file, directory, home, voices, settings, wrong, given, secret_files, is_written, copy, bundled, strict })
    }

    /// The variables that are known before there are tasks, those that count most last.
    pub fn context(&self) -> Context {
        let mut built_in: BTreeMap<String, String> = constants();
        built_in.extend(self.copy.variables.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        // What its name calls a secret must not end up in a field that a plan prints.
        let overrides = self.given.iter().filter(|v| !v.is_sensitive()).map(|v| (v.name.clone(), v.value.clone())).collect();
        Context {
            built_in,
            unset: self.copy.unset.clone(),
            defaults: self.settings.variables.clone(),
            overrides,
            changed_files: self.copy.changed_files.clone(),
            more_tasks: false,
            strict: self.strict,
        }
    }

    /// Who names plugins in it.
    pub fn named(&self) -> Named<'_> {
        Named { home: &self.home, voices: &self.voices, said: &self.settings, bundled: &self.bundled }
    }

    /// Reads the tasks: the task file's own, and those that plugins have made.
    ///
    /// # Errors
    /// When nothing of them can be read.
    pub fn read(mut self, generated: Generated) -> Result<(Project, Vec<Diagnostics>), ProjectError> {
        let not_made = !self.voices.generators().is_empty() || !self.wrong.is_empty() && speaks_of_generators(&self.voices);
        let more_tasks = !self.is_written && generated.made.is_empty() && not_made;
        let context = Context { more_tasks, ..self.context() };
        let TaskFile { path: file, source, found, .. } = self.task_file;
        let has_file = source.is_some();
        let source = source.unwrap_or_else(|| super::source(&file, Vec::new()));
        let source = source.joined(generated.made.iter().map(|made| Source::new(made.name(), made.text.clone())));
        let configuration = match load_in_part(&source, &context) {
            Ok(configuration) => configuration,
            Err(diagnostics) => {
                self.wrong.push(diagnostics);
                return Err(ProjectError::of_files(self.wrong));
            }
        };
        self.wrong.extend(Some(&configuration.warnings).filter(|problems| problems.has_errors()).cloned());
        let Self { directory, voices, settings, wrong, given, secret_files, copy, bundled, .. } = self;
        let project = Project {
            file,
            found,
            has_file,
            directory,
            voices,
            settings,
            lines: source.lines(),
            source,
            context,
            configuration,
            copy,
            given,
            secret_files,
            bundled,
            generated,
        };
        Ok((project, wrong))
    }
}

/// Whether settings name files that plugins make tasks of, and one of them is there where a platform says so.
fn has_generators(voices: &Voices, home: &Path) -> bool {
    let there = |file: &str| home.join(file).symlink_metadata().is_ok();
    voices.generators().iter().any(|generator| generator.of_repository || there(&generator.said.file))
}

/// Whether settings say something of such files, right or wrong.
fn speaks_of_generators(voices: &Voices) -> bool {
    voices.layers().any(|layer| String::from_utf8_lossy(&layer.text).contains("generate"))
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
