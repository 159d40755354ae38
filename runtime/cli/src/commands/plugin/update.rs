//! `plugin update`: another version runs only once somebody has seen what it may newly do.

mod changes;
mod gone;
mod kept;

use std::collections::BTreeSet;
use std::io::{self, BufRead as _, Write as _};
use std::path::Path;

use windlass_model::plugin_reference::PluginReference;
use windlass_model::task::Action;
use windlass_plugin_source::PluginSource;
use windlass_plugin_store::lock::{FILE_NAME, Lock};
use windlass_registry::Registries;

use crate::args::{Global, PluginFiles, SecretOptions, VariableOptions};
use crate::environment::ProcessEnvironment;
use crate::failure::{self, Failure};
use crate::generated::{self, Generated};
use crate::plugins::bundled::Bundled;
use crate::plugins::{Plugins, lock, source};
use crate::project::{Opened, Project};
use crate::reading::ProjectError;
use crate::trust::{Trust, somebody_is_there};
use crate::{output, voices};
use changes::Changes;
use kept::{kept, with_signers};

/// The exit code when new powers are not approved of.
const NOT_APPROVED: u8 = 2;

/// What may be done.
#[derive(Debug, Clone, Copy)]
pub(super) struct How {
    /// `--approve`.
    pub(super) approve: bool,
    /// `--dry-run`.
    pub(super) dry_run: bool,
}

/// The lock of this directory, and where plugins come from here.
pub(super) struct Here {
    /// The lock as it is.
    pub(super) lock: Lock,
    /// Finds plugins as the lock says.
    pub(super) source: PluginSource,
    /// The registries.
    pub(super) registries: Registries,
}

impl Here {
    /// Reads settings and lock, and no task file.
    ///
    /// # Errors
    /// When one of them cannot be read.
    pub(super) fn read(global: &Global) -> Result<Self, Failure> {
        let found = voices::Found { named: &global.settings, beside: Some(Path::new("")) };
        let voices = voices::find(found, &ProcessEnvironment).map_err(|error| error.show(global))?;
        let lock = source::read(Path::new(FILE_NAME))?;
        let source = source::of_lock(&voices, lock.clone())?;
        let registries = source::registries(&voices, &voices.settings(), &Trust::nothing())?;
        Ok(Self { lock, source, registries })
    }
}

/// Finds what the project's references lead to now, tells what is new, and writes the lock once that is approved.
///
/// # Errors
/// When the project, the lock or a plugin cannot be read.
pub(super) async fn run(global: &Global, only: &[String], how: How) -> Result<u8, Failure> {
    let (project, whole) = opened(global).await.map_err(|error| error.show(global))?;
    let file = project.home().join(FILE_NAME);
    let old = read_for_update(&file)?;
    let mut used = used(&project);
    if !whole {
        // Tasks that nobody has seen may use whatever is locked.
        used.extend(old.entries().filter_map(|entry| PluginReference::parse(&entry.reference).ok()));
        used.sort_by_key(ToString::to_string);
        used.dedup();
    }
    check(only, &used, &project)?;
    let only: Vec<&str> = only.iter().map(|name| with_its_bundle(name, &project)).collect();
    let wanted = |reference: &str| only.is_empty() || only.iter().any(|name| means(name, reference));
    let start = kept(&old, &wanted, &project);
    let trust = Trust::remembered(global, &project.home(), &ProcessEnvironment);
    let plugins = Plugins::start(&PluginFiles::default(), source::to_update(&project, &trust, start.clone())?).await?;
    gone::check(&plugins, &used, &project).await.map_err(|error| error.show(global))?;
    // The settings of a bundle may count though no step uses it.
    for bundle in project.settings.bundles.keys().filter(|bundle| wanted(bundle) || wanted(&format!("{bundle}/"))) {
        let locked = plugins.source().locked_for_settings(bundle).await.map_err(|error| Failure::Source(Box::new(error)))?;
        plugins.source().resolved(locked.as_slice());
    }
    let names: BTreeSet<String> = used.iter().map(ToString::to_string).chain(bundles(&project)).collect();
    let found = plugins.source().lock();
    // Who asks for one of them says nothing of the others.
    let new = if only.is_empty() { found.without_unused(&names) } else { found };
    let asked = project.voices.layers().any(|layer| !layer.settings.signers.is_empty());
    let new = if asked { new } else { with_signers(new, &old) };
    let changes = Changes::between(&old, &new, asked);
    output::text(&changes.text)?;
    if how.dry_run || old == new {
        return Ok(if changes.powers && how.dry_run { NOT_APPROVED } else { 0 });
    }
    if changes.powers && !how.approve && !approved() {
        output::progress("windlass.lock stays as it is: windlass plugin update --approve takes what is new");
        return Ok(NOT_APPROVED);
    }
    lock::write(&file, &new)?;
    Ok(0)
}

/// The project, with the settings of its bundles as they are locked now: they may name plugins, too.
///
/// The same for the plugins that make tasks: none of another version runs before it is approved. Whether all of its tasks are known, is in the
/// answer.
async fn opened(global: &Global) -> Result<(Project, bool), ProjectError> {
    // What is locked by policy or by CI, this command may change.
    let bundled = Bundled::to_update(global, &ProcessEnvironment).await?;
    let options = (&VariableOptions::default(), &SecretOptions::default());
    let nothing = PluginFiles::default();
    let (read, whole) = match Project::read_with(global, options, bundled.clone(), generated::How::silent(&nothing)).await {
        Ok(read) => (read, true),
        Err(error) => {
            let read = Opened::look(global, options, bundled, &ProcessEnvironment)?.read(Generated::default())?;
            let why = match error {
                ProjectError::Other(failure) => failure.causes(),
                ProjectError::NoFile(_) | ProjectError::Files { .. } => "windlass check shows why".to_owned(),
            };
            output::line(&format!("note: the tasks that plugins make are not known, so nothing leaves the lock: {why}"));
            (read, false)
        }
    };
    let (project, wrong) = read;
    if wrong.is_empty() { Ok((project, whole)) } else { Err(ProjectError::of_files(wrong)) }
}

/// The lock; one that cannot be read is written anew, as its error says.
fn read_for_update(file: &Path) -> Result<Lock, Failure> {
    match source::read(file) {
        Err(Failure::Lock { path, source }) if source.is_mended_by_update() => {
            output::line(&format!("note: {} is written anew: {}", path.display(), failure::causes(&source)));
            Ok(Lock::default())
        }
        other => other,
    }
}

/// The plugins of the project's steps and settings that a lock knows: those of registries, and of bundles.
fn used(project: &Project) -> Vec<PluginReference> {
    let steps = project.configuration.tasks.iter().flat_map(|task| &task.steps);
    let of_steps = steps.filter_map(|step| if let Action::Plugin { uses, .. } = &step.action { Some(uses) } else { None });
    let of_files = project.voices.generators().into_iter().map(|generator| generator.plugin().0);
    let of_steps = of_steps.chain(&project.settings.environments.build).cloned();
    let mut found: Vec<PluginReference> = of_steps.chain(of_files).collect();
    found.retain(|reference| matches!(reference, PluginReference::Registry(_) | PluginReference::Member { .. }));
    found.sort_by_key(ToString::to_string);
    found.dedup();
    found
}

fn bundles(project: &Project) -> impl Iterator<Item = String> {
    project.settings.bundles.values().map(ToString::to_string)
}

/// Whether a name given on the command line means a reference: the reference itself, or the bundle that it is of.
fn means(name: &str, reference: &str) -> bool {
    name == reference || reference.split_once('/').is_some_and(|(bundle, _)| bundle == name)
}

/// The bundle of a plugin of one: it is a bundle as a whole that has a version.
fn with_its_bundle<'a>(name: &'a str, project: &Project) -> &'a str {
    name.split_once('/').map(|(bundle, _)| bundle).filter(|bundle| project.settings.bundles.contains_key(*bundle)).unwrap_or(name)
}

/// Refuses names that mean nothing here.
fn check(only: &[String], used: &[PluginReference], project: &Project) -> Result<(), Failure> {
    let known = |name: &String| {
        project.settings.bundles.contains_key(name) || used.iter().any(|reference| means(name, &reference.to_string()))
    };
    match only.iter().find(|name| !known(name)) {
        None => Ok(()),
        Some(name) => {
            let there: Vec<String> = used.iter().map(ToString::to_string).collect();
            let there =
                if there.is_empty() { "it uses none of a registry".to_owned() } else { format!("it uses {}", there.join(", ")) };
            Err(Failure::usage(format!("this project uses no plugin {name}"), there))
        }
    }
}

/// Asks who is there. Anything but a plain yes is a no.
fn approved() -> bool {
    if !somebody_is_there() {
        return false;
    }
    let mut stderr = io::stderr().lock();
    let _ = write!(stderr, "Do you approve of what is new? [y/N] ");
    let _ = stderr.flush();
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}
