//! From a project and the options of a command to a plan.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use windlass_config::Diagnostics;
use windlass_engine::planner::{PlanInput, Selection, plan, selected};
use windlass_model::handed::Handed;
use windlass_model::plan::{Plan, RunId, Target};
use windlass_model::secret::{EnvValue, EnvVar, SecretName};
use windlass_model::task::{Placement, SecretRequest, TaskId};
use windlass_model::variable::is_sensitive;

use crate::args::{Choice, Global};
use crate::environment::ProcessEnvironment;
use crate::failure::Failure;
use crate::kubeconfig;
use crate::ledger::{self, Ledger};
use crate::no_effect;
use crate::output;
use crate::placement::Where;
use crate::places;
use crate::platform::{Surrounding, Workspace, platform};
use crate::plugins::Plugins;
use crate::problems;
use crate::project::Project;
use crate::purpose::Purpose;
use crate::reading::{self, ProjectError};
use crate::registries::registries;
use crate::secrets::{Source, Sources, SourcesError};
use crate::settings_problems::Known;
use crate::trust::{Doing, Trust};

mod lengths;
pub mod sensitive;

/// A plan and what its execution needs besides.
pub struct Prepared {
    /// The plan.
    pub plan: Plan,
    /// The project.
    pub project: Project,
    /// Where values of secrets come from.
    pub sources: Sources,
    /// The plugins.
    pub plugins: Arc<Plugins>,
    /// What of the project's wishes is trusted.
    pub trust: Trust,
}

impl Prepared {
    /// What the task file asks for under the name of a secret; `None` for a secret that only the command line knows.
    pub fn request(&self, task: TaskId, name: &SecretName) -> Option<&SecretRequest> {
        let task = self.project.configuration.tasks.iter().find(|t| t.id == task)?;
        let given = name.given();
        task.secrets
            .iter()
            .find(|request| request.name == *name)
            .or_else(|| task.secrets.iter().find(|request| request.name == given))
    }

    /// Whether a variable is a secret, by its name or because a task says so.
    pub fn is_secret(&self, name: &str) -> bool {
        let mut of_tasks = self.project.configuration.tasks.iter().flat_map(|task| &task.secrets);
        is_sensitive(name) || of_tasks.any(|secret| secret.name.as_str() == name)
    }

    /// Where the value of a task's secret comes from; `None` when nothing gives it.
    pub fn source_of_secret(&self, task: TaskId, name: &SecretName) -> Option<Source> {
        match self.request(task, name) {
            Some(request) => self.sources.find(request),
            // One that no task asks for but windlass.yaml: the login to the registry of environments.
            None => self.sources.find(&SecretRequest { name: name.given(), reference: String::new() }),
        }
    }

    /// How a shell would hand on the value of a task's secret; nothing if it goes as it is.
    pub fn handed(&self, task: TaskId, name: &SecretName) -> Option<Handed> {
        let (_, handed) = name.handed_on()?;
        self.request(task, name).is_none_or(|request| request.name != *name).then_some(handed)
    }

    /// The same in words.
    pub fn origin_of_secret(&self, task: TaskId, name: &str) -> Option<String> {
        let name = SecretName::new(name).ok()?;
        self.source_of_secret(task, &name).map(|source| source.to_string())
    }
}

/// Reads the project and makes the plan. Problems are shown on the way.
///
/// # Errors
/// When a file, an option or a plugin is wrong, policy forbids something, or a project that is to run is not trusted.
pub async fn prepare(global: &Global, choice: &Choice, purpose: Purpose) -> Result<Prepared, Failure> {
    let project = Project::open(global, &choice.variables, &ProcessEnvironment)?;
    let (prepared, warnings) = examine(global, choice, purpose, project).await.map_err(|error| error.show(global))?;
    reading::show(global, &warnings);
    Ok(prepared)
}

/// Makes the plan, and shows nothing: the warnings about the settings are in the answer.
///
/// # Errors
/// As [`prepare`], with all problems of the files in the error.
pub async fn examine(
    global: &Global,
    choice: &Choice,
    purpose: Purpose,
    project: Project,
) -> Result<(Prepared, Vec<Diagnostics>), ProjectError> {
    let secrets = choice.secrets.secrets().map_err(SourcesError::Argument).map_err(Failure::from)?;
    output::redactor().add(project.given.iter().filter(|v| v.is_sensitive()).map(|v| v.value.as_bytes()));
    output::redactor().add(sensitive::written(&project));
    let kubeconfig = match kubeconfig::usual() {
        // What is wrong with this machine is nothing that is wrong with the files.
        Err(failure) if purpose == Purpose::Checking => {
            output::line(&format!("note: contexts are not checked: {}", failure.causes()));
            None
        }
        other => other?,
    };
    let place = Where::new(&choice.target, &project.settings, kubeconfig.as_ref())?;
    let selection = Selection(choice.tasks.clone());
    let left_out = &project.configuration.left_out;
    let tasks = selected(&project.configuration.tasks, left_out, &selection).map_err(Failure::from)?;
    let by_secret = secrets.iter().map(|secret| secret.name.to_string());
    let typed = by_secret.chain(project.given.iter().map(|given| given.name.clone())).collect();
    let mut trust = Trust::look(global, &project, &place, &Doing::Run { tasks, typed }, &ProcessEnvironment);
    if purpose == Purpose::Running {
        trust.require()?;
    }
    let trusted = trust.missing().is_empty();
    let sources = Sources::collect(&secrets, &project.given, &project.voices, &trust).map_err(Failure::from)?;
    let plugins = Plugins::start(&choice.plugins).await?;
    let known = Known { trusted, kubeconfig: kubeconfig.as_ref(), plugins: &plugins, purpose };
    let of_settings = known.problems(&project);
    let registries = registries(&project.voices, trusted);
    let pull_policy = choice.target.pull_policy.map(Into::into);
    let platform = platform(&project.settings, &project.voices, registries, pull_policy);
    let substitutes: Vec<_> = choice.plugins.substitutes.iter().map(|s| (s.kind, s.plugin.clone())).collect();
    let (variables, shortened) = variables(&project);
    let input = PlanInput {
        run: if purpose == Purpose::Running { RunId::from_random(random()?) } else { RunId::of_a_plan() },
        tasks: &project.configuration.tasks,
        left_out,
        selection: &selection,
        variables: &variables,
        overrides: &overrides(&project, &sources),
        substitutes: &substitutes,
        base: &project.directory,
        platform: &platform,
        files: &Workspace(&project.directory),
        surroundings: &Surrounding { place, sources: &sources, voices: &project.voices },
    };
    let planned = plan(&input, plugins.as_ref()).await.map_err(|errors| problems::of_plan(&project, errors));
    let mut plan = together(planned, of_settings.clone())?;
    plan.notes.extend(shortened);
    // A run tells it of all that it reads.
    if purpose == Purpose::Looking {
        plan.notes.extend(sensitive::shown(&project.given, &sources));
    }
    plan.notes.extend(no_effect::notes(choice, &project, &plan, &plugins).await);
    plan.notes.extend(changed_plugins(&project, &plan));
    plan.notes.extend(asks_to_be_skipped(&project));
    lengths::check(&plan)?;
    if kubeconfig.is_none() && choice.target.on.is_none() {
        plan.notes.extend(on_engine_instead(&project, &plan));
    }
    for task in &plan.tasks {
        places::check(&project.voices, &task.target)?;
    }
    Ok((Prepared { plan, project, sources, plugins, trust }, of_settings))
}

/// The plan, unless there is none or the settings have errors: then all of it is told.
fn together(planned: Result<Plan, ProjectError>, of_settings: Vec<Diagnostics>) -> Result<Plan, ProjectError> {
    match planned {
        Err(ProjectError::Files { files, exit_code }) => {
            let exit_code = if of_settings.iter().any(Diagnostics::has_errors) { 2 } else { exit_code };
            Err(ProjectError::Files { files: [of_settings, files].concat(), exit_code })
        }
        Ok(_) if of_settings.iter().any(Diagnostics::has_errors) => Err(ProjectError::of_files(of_settings)),
        other => other,
    }
}

/// What to say of a commit that the service would have made no build for. Who types a command means it, so it runs.
fn asks_to_be_skipped(project: &Project) -> Option<String> {
    let git = project.copy.variables.iter().find(|(name, _)| *name == "CIRRUS_CHANGE_MESSAGE").map(|(_, value)| value);
    let given = project.given.iter().find(|given| given.name == "CIRRUS_CHANGE_MESSAGE").map(|given| &given.value);
    let message = given.or(git)?.to_ascii_lowercase();
    let word = ["[skip ci]", "[ci skip]", "[skip cirrus]"].into_iter().find(|word| message.contains(word))?;
    Some(format!("the commit message says {word}, which keeps CI services from building it; windlass runs what you ask for"))
}

/// The tasks that name a cluster and run on the engine, because nothing on this machine knows any cluster.
fn on_engine_instead(project: &Project, plan: &Plan) -> Vec<String> {
    let names_cluster = |id: TaskId| {
        let task = project.configuration.tasks.iter().find(|task| task.id == id);
        task.and_then(|task| task.instance.as_ref()).is_some_and(|instance| matches!(instance.placement, Placement::Cluster(_)))
    };
    let moved = plan.tasks.iter().filter(|task| task.target == Target::Engine && names_cluster(task.id));
    moved
        .map(|task| format!("task {} names a cluster, and this machine has no kubeconfig: it runs on {}", task.name, task.target))
        .collect()
}

/// The plugins that are others than when this project last ran them.
fn changed_plugins(project: &Project, plan: &Plan) -> Vec<String> {
    let now = ledger::files(plan);
    let Some((ledger, directory)) = plugin_ledger(project).filter(|_| !now.is_empty()) else { return Vec::new() };
    match ledger.plugins(&directory) {
        Ok(last) => ledger::changes(&last, &now),
        Err(error) => vec![format!("cannot tell whether plugins changed since the last run: {error}")],
    }
}

/// Remembers the plugins of a run that begins. That they could not be remembered is no reason not to run.
pub fn remember_plugins(prepared: &Prepared) {
    let now = ledger::files(&prepared.plan);
    let Some((ledger, directory)) = plugin_ledger(&prepared.project).filter(|_| !now.is_empty()) else { return };
    if let Err(error) = ledger.record_plugins(&directory, now) {
        output::progress(&format!("warning: the plugins of this run could not be remembered: {error}"));
    }
}

/// Where plugins are remembered, and under which name this project is known there.
fn plugin_ledger(project: &Project) -> Option<(Ledger, PathBuf)> {
    let state = crate::environment::state_directory(&ProcessEnvironment)?;
    Some((Ledger::below(&state), project.directory.canonicalize().ok()?))
}

/// Below the file's own: what windlass.yaml, git and the ledger say, with a note for each that is cut.
fn variables(project: &Project) -> (Vec<EnvVar>, Vec<String>) {
    let settings = project.settings.variables.iter().map(|(name, value)| EnvVar::text(name, value));
    let mut notes = Vec::new();
    let copy = project.copy.variables.iter().map(|(name, value)| {
        let (cut, note) = lengths::cut(name, value);
        notes.extend(note);
        EnvVar::text(*name, cut)
    });
    let variables = settings.chain(copy).collect();
    (variables, notes)
}

/// Above the file's own: the command line. What is a secret appears by name.
fn overrides(project: &Project, sources: &Sources) -> Vec<EnvVar> {
    let is_secret = |name: &str| sources.everywhere().iter().any(|secret| secret.as_str() == name);
    let plain = project.given.iter().filter(|v| !is_secret(&v.name)).map(|v| EnvVar::text(&v.name, &v.value));
    let secret = |name: &SecretName| EnvVar { name: name.to_string(), value: EnvValue::Secret(name.clone()) };
    plain.chain(sources.everywhere().iter().map(secret)).collect()
}

fn random() -> Result<u64, Failure> {
    getrandom::u64().map_err(|error| Failure::Runtime(io::Error::other(error)))
}
