//! Tasks that plugins make of files of the project, as `generate` in the settings says: before anything is planned, once for a command.
//!
//! What they make is read as one text with the task file. None of them runs before policies and grants allow it what it asks for, and none
//! with powers that only the repository gives it before its user trusts that.

mod backend;
mod problem;
mod source;

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use windlass_engine::planner::{Platform, grants_of_generator};
use windlass_engine::ports::plugin::{PluginHost as _, SourceFile};
use windlass_model::plugin::{Grants, PluginInfo};
use windlass_model::variable::{can_be_secret, is_sensitive};

use crate::args::{Global, PluginFiles};
use crate::environment::ProcessEnvironment;
use crate::failure::Failure;
use crate::output;
use crate::platform::{self, Workspace};
use crate::plugins::{Plugins, source as plugin_source};
use crate::project::Opened;
use crate::reading::ProjectError;
use crate::trust::{self, Ask, Trust};
use crate::voices::{self, Generator};

use backend::{Backend, Telling};
use problem::{Problem, of_plugin, refused, told};

/// What plugins made of the files of a project.
#[derive(Clone, Default)]
pub struct Generated {
    /// For each file, in the order in which their texts are read.
    pub made: Vec<Made>,
    /// The plugins, for who needs more of them: nothing is fetched or locked twice.
    plugins: Option<Arc<Plugins>>,
}

/// What a plugin made of a file.
#[derive(Debug, Clone)]
pub struct Made {
    /// The file, from the directory of the task file.
    pub file: String,
    /// The plugin.
    pub plugin: PluginInfo,
    /// What it was allowed to do.
    pub grants: Grants,
    /// The text of the tasks.
    pub text: String,
}

/// How a command has them made.
#[derive(Debug, Clone, Copy)]
pub struct How<'a> {
    /// The plugins and options of the command line.
    pub plugins: &'a PluginFiles,
    /// Whether whoever is there is asked for trust that is missing; otherwise it ends the command.
    pub asks: bool,
    /// Whether the plugins' own lines are shown.
    pub tells: bool,
}

impl<'a> How<'a> {
    /// For a command that does nothing yet: trust that is missing ends it.
    pub fn looking(plugins: &'a PluginFiles) -> Self {
        Self { plugins, asks: false, tells: true }
    }

    /// For one that only has to know the tasks.
    pub fn silent(plugins: &'a PluginFiles) -> Self {
        Self { plugins, asks: false, tells: false }
    }
}

impl Made {
    /// What its text is called where something is said of it: it has lines that are in no file.
    pub fn name(&self) -> String {
        format!("{} (as {} makes it)", self.file, self.plugin.reference)
    }
}

impl fmt::Debug for Generated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Generated").field("made", &self.made).finish_non_exhaustive()
    }
}

/// A file, and the plugin that is to make tasks of it.
struct Ready<'a> {
    generator: Generator<'a>,
    base: PathBuf,
    plugin: PluginInfo,
    grants: Grants,
    file: SourceFile,
}

impl Generated {
    /// Has the tasks made that the settings of a project name.
    ///
    /// # Errors
    /// When settings are wrong, a file cannot be read, trust is missing, or a plugin cannot be loaded, may not do what it asks for, refuses,
    /// or breaks.
    pub async fn find(global: &Global, opened: &Opened, how: How<'_>) -> Result<Self, ProjectError> {
        let generators = opened.voices.generators();
        if generators.is_empty() || opened.is_written {
            return Ok(Self::default());
        }
        Self::of(global, opened, generators, how).await
    }

    /// Has the tasks made that these entries name.
    ///
    /// # Errors
    /// As [`Self::find`].
    pub async fn of(
        global: &Global,
        opened: &Opened,
        generators: Vec<Generator<'_>>,
        how: How<'_>,
    ) -> Result<Self, ProjectError> {
        if !opened.wrong.is_empty() {
            // What a plugin may do hangs on them.
            return Err(ProjectError::of_files(opened.wrong.clone()));
        }
        let files: Vec<(Generator<'_>, source::Read)> =
            generators.into_iter().map(|generator| (generator, source::read(opened, generator))).collect();
        if files.iter().all(|(_, file)| matches!(file, Ok(None))) {
            return Ok(Self::default());
        }
        output::redactor().add(opened.given.iter().filter(|v| v.is_sensitive()).map(|v| v.value.as_bytes()));
        let written = opened.settings.variables.iter().filter(|(name, value)| is_sensitive(name) && can_be_secret(value));
        output::redactor().add(written.map(|(_, value)| value.as_bytes()));
        let mut trust = Trust::remembered(global, &opened.home, &ProcessEnvironment);
        let plugins = Plugins::start(how.plugins, plugin_source::of_named(how.plugins, &opened.named(), &trust)?).await?;
        let ready = ready(opened, &plugins, files).await?;
        trusted(&mut trust, asks(opened, &ready), how)?;
        let made = make(opened, &plugins, &trust, ready, how).await?;
        Ok(Self { made, plugins: Some(plugins) })
    }

    /// The plugins that made the tasks; nothing where none did.
    pub fn take_plugins(&mut self) -> Option<Arc<Plugins>> {
        self.plugins.take()
    }
}

/// Looks at every file and plugin before any of them runs: all that is wrong is told at once.
async fn ready<'a>(
    opened: &'a Opened,
    plugins: &Plugins,
    files: Vec<(Generator<'a>, source::Read)>,
) -> Result<Vec<Ready<'a>>, ProjectError> {
    let platform = Platform {
        own_files: voices::own_files(&opened.home, &ProcessEnvironment),
        ..platform::platform(&opened.settings, &opened.voices, Vec::new(), None)
    };
    let (mut ready, mut wrong) = (Vec::new(), Vec::new());
    for (generator, file) in files {
        let file = match file {
            Ok(None) => continue,
            Ok(Some(file)) => Ok(file),
            Err(problem) => Err(problem),
        };
        let (reference, base) = generator.plugin();
        let plugin = plugins.inspect(&reference, &base).await;
        let allowed = plugin.map_err(|error| of_plugin(generator, &error)).and_then(|plugin| {
            let files = Workspace { directory: &base, secret_files: &opened.secret_files };
            let place = format!("the tasks of {}", generator.said.file);
            let grants = grants_of_generator(&platform, &files, &plugin, place);
            grants.map(|grants| (plugin, grants)).map_err(|error| vec![refused(generator, &error)])
        });
        match (file, allowed) {
            (Ok(file), Ok((plugin, grants))) => ready.push(Ready { generator, base, plugin, grants, file }),
            (file, allowed) => {
                let problems = file.err().map(|problem| *problem).into_iter().chain(allowed.err().into_iter().flatten());
                wrong.extend(problems.map(|problem| (generator, problem)));
            }
        }
    }
    told(wrong).map_or(Ok(ready), Err)
}

/// What of the powers only the repository gives.
fn asks(opened: &Opened, ready: &[Ready<'_>]) -> BTreeSet<Ask> {
    let ask = |one: &Ready<'_>| {
        let files = Workspace { directory: &one.base, secret_files: &opened.secret_files };
        trust::of_plugin(&opened.voices, &files, &one.plugin)
    };
    ready.iter().filter(|one| one.grants.powers.list().next().is_some()).filter_map(ask).collect()
}

fn trusted(trust: &mut Trust, asks: BTreeSet<Ask>, how: How<'_>) -> Result<(), Failure> {
    trust.ask_for(asks);
    if how.asks { trust.require() } else { trust.check() }
}

async fn make(
    opened: &Opened,
    plugins: &Plugins,
    trust: &Trust,
    ready: Vec<Ready<'_>>,
    how: How<'_>,
) -> Result<Vec<Made>, ProjectError> {
    let telling = if how.tells { Telling::All } else { Telling::Nothing };
    let (mut made, mut wrong) = (Vec::new(), Vec::new());
    for Ready { generator, plugin, grants, file, .. } in ready {
        let backend = Backend::new(opened, trust, &plugin, telling);
        let text = plugins.generate(&plugin, &generator.said.with, &file, &grants, Arc::new(backend)).await;
        match text {
            Ok(text) => made.push(Made { file: file.path, plugin, grants, text }),
            Err(error) => wrong.extend(of_plugin(generator, &error).into_iter().map(|problem| (generator, problem))),
        }
    }
    told(wrong).map_or(Ok(made), Err)
}
