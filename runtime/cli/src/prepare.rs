//! From a project and the options of a command to a plan.

use std::io;
use std::sync::Arc;

use windlass_config::{Code, Diagnostics};
use windlass_engine::planner::{PlanError, PlanErrors, PlanInput, Platform, Refusal, Selection, plan};
use windlass_model::handed::Handed;
use windlass_model::plan::{Plan, RunId};
use windlass_model::secret::SecretName;
use windlass_model::task::{SecretRequest, TaskId};
use windlass_model::variable::is_sensitive;

use crate::args::{Choice, Global};
use crate::cache_scopes;
use crate::dockerfiles;
use crate::environment::ProcessEnvironment;
use crate::failure::Failure;
use crate::generated::How;
use crate::kubeconfig;
use crate::no_effect;
use crate::output;
use crate::placement::Where;
use crate::places;
use crate::platform::{Surrounding, platform};
use crate::plugins::bundled::Bundled;
use crate::plugins::{self, Plugins};
use crate::problems;
use crate::project::Project;
use crate::purpose::Purpose;
use crate::reading::{self, ProjectError};
use crate::registries::registries;
use crate::secrets::{Source, Sources, SourcesError};
use crate::settings_problems::Known;
use crate::trust::{Ask, Trust};
use crate::voices;

mod lengths;
mod notes;
pub mod sensitive;
mod variables;

pub use notes::remember_plugins;

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

    /// What it takes to read that value.
    pub fn ask_for_secret(&self, task: TaskId, name: &SecretName) -> Option<Ask> {
        match self.request(task, name) {
            Some(request) => self.sources.ask(request),
            None => self.sources.ask(&SecretRequest { name: name.given(), reference: String::new() }),
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

/// Reads the project and makes the plan. Problems are shown on the way. Nothing of it needs trust: what does is left to be told.
///
/// # Errors
/// When a file, an option or a plugin is wrong, or policy forbids something.
pub async fn prepare(global: &Global, choice: &Choice, purpose: Purpose) -> Result<Prepared, Failure> {
    let bundled = Bundled::find(global, &choice.plugins.given, &ProcessEnvironment).await.map_err(|error| error.show(global))?;
    let how = How { asks: purpose == Purpose::Running, ..How::looking(&choice.plugins.given) };
    let read = Project::read_with(global, (&choice.variables, &choice.secrets), bundled, how).await;
    let (project, wrong) = read.map_err(|error| error.show(global))?;
    if !wrong.is_empty() {
        // Without the names of tasks, and with all that `check` finds, so that both tell the same.
        let all = Choice { variables: choice.variables.clone(), plugins: choice.plugins.clone(), ..Choice::default() };
        return Err(with_the_rest(global, &all, project, wrong).await.show(global));
    }
    project.tell_beside_plan(global);
    project.warn_of_committed_secrets();
    let (prepared, warnings) = examine(global, choice, purpose, project).await.map_err(|error| error.show(global))?;
    reading::show(global, &warnings);
    Ok(prepared)
}

/// What is wrong with a project whose files have errors: of the rest of them, what it names is loaded all the same.
pub async fn with_the_rest(global: &Global, choice: &Choice, project: Project, wrong: Vec<Diagnostics>) -> ProjectError {
    let task_file = project.source.name.clone();
    let settings_are_wrong = wrong.iter().any(|file| file.file() != task_file);
    let purpose = if settings_are_wrong { Purpose::CheckingTheRest } else { Purpose::Checking };
    let more = match examine(global, choice, purpose, project).await {
        Ok((_, of_settings)) => of_settings,
        Err(ProjectError::Files { files, .. }) => files,
        // It may be no more than what the errors have made of the files.
        Err(ProjectError::NoFile(_) | ProjectError::Other(_)) => Vec::new(),
    };
    // What is to be granted hangs on the settings, too.
    let hangs_on_settings = |code| matches!(code, Code::NotGranted | Code::Policy);
    let more = more.into_iter().map(|file| file.without(|code| settings_are_wrong && hangs_on_settings(code)));
    ProjectError::of_files(problems::by_file(wrong.into_iter().chain(more), &task_file))
}

/// Makes the plan once more, with what can be read now that it is trusted.
///
/// # Errors
/// When something is wrong with that.
pub async fn again(global: &Global, choice: &Choice, purpose: Purpose, prepared: Prepared) -> Result<Prepared, Failure> {
    let Prepared { project, plugins, trust, .. } = prepared;
    let made = make(choice, purpose, Made { project, plugins, trust }).await;
    made.map(|(prepared, _)| prepared).map_err(|error| error.show(global))
}

/// Makes the plan, and shows nothing: the warnings about the settings are in the answer.
///
/// # Errors
/// As [`prepare`], with all problems of the files in the error.
pub async fn examine(
    global: &Global,
    choice: &Choice,
    purpose: Purpose,
    mut project: Project,
) -> Result<(Prepared, Vec<Diagnostics>), ProjectError> {
    let trust = Trust::remembered(global, &project.home(), &ProcessEnvironment);
    let plugins = match project.generated.take_plugins() {
        Some(plugins) => {
            plugins.check_kinds(&choice.plugins, &project.directory).await?;
            plugins
        }
        None => {
            let locked = plugins::source::of_project(&choice.plugins.given, &project, &trust)?;
            Plugins::substituting(&choice.plugins, &project.directory, locked).await?
        }
    };
    make(choice, purpose, Made { project, plugins, trust }).await
}

/// What a plan is made from.
struct Made {
    project: Project,
    plugins: Arc<Plugins>,
    trust: Trust,
}

async fn make(choice: &Choice, purpose: Purpose, made: Made) -> Result<(Prepared, Vec<Diagnostics>), ProjectError> {
    let Made { project, plugins, trust } = made;
    let secrets = choice.secrets.secrets().map_err(SourcesError::Argument).map_err(Failure::from)?;
    output::redactor().add(project.given.iter().filter(|v| v.is_sensitive()).map(|v| v.value.as_bytes()));
    output::redactor().add(sensitive::written(&project));
    let kubeconfig = match kubeconfig::usual() {
        // What is wrong with this machine is nothing that is wrong with the files.
        Err(failure) if purpose.is_checking() => {
            output::line(&format!("note: contexts are not checked: {}", failure.causes()));
            None
        }
        other => other?,
    };
    let place = Where::new(&choice.target, &project.settings, kubeconfig.as_ref())?;
    let selection = Selection(choice.tasks.clone());
    let left_out = &project.configuration.left_out;
    let sources = Sources::collect(&secrets, &project.given, &project.voices, &trust).map_err(Failure::from)?;
    let known = Known { trust: &trust, kubeconfig: kubeconfig.as_ref(), plugins: &plugins, purpose };
    let mut of_settings = known.problems(&project).await;
    let registries = registries(&project.voices, &trust);
    let pull_policy = choice.pull.pull_policy.map(Into::into);
    let mut platform = Platform {
        own_files: voices::own_files(&project.home(), &ProcessEnvironment),
        ..platform(&project.settings, &project.voices, registries, pull_policy)
    };
    if of_settings.iter().any(Diagnostics::has_errors) {
        // There will be no plan, and what is wrong with this one is told with its place in the settings.
        platform.environments.build = None;
    }
    if purpose == Purpose::CheckingTheRest {
        platform.files.clear();
    }
    let substitutes: Vec<_> = choice.plugins.substitutes.iter().map(|s| (s.kind, s.plugin.clone())).collect();
    let (variables, shortened) = variables::below(&project);
    let input = PlanInput {
        run: if purpose == Purpose::Running { RunId::from_random(random()?) } else { RunId::of_a_plan() },
        tasks: &project.configuration.tasks,
        lines: &project.lines,
        left_out,
        selection: &selection,
        variables: &variables,
        overrides: &variables::above(&project, &sources),
        substitutes: &substitutes,
        roles: &windlass_assets::roles(),
        base: &project.directory,
        platform: &platform,
        files: &project.workspace(),
        caches: &cache_scopes::store(&project, &ProcessEnvironment),
        surroundings: &Surrounding { place, sources: &sources, voices: &project.voices, command: &project.run_command() },
    };
    let planned = plan(&input, plugins.as_ref()).await;
    if planned.as_ref().err().is_some_and(only_grants_are_missing) && !of_settings.iter().any(Diagnostics::has_errors) {
        // Whoever grants what this run asks for grants it to these bytes: they are the ones that the next run finds.
        plugins.write_lock()?;
    }
    let planned = planned.map_err(|errors| problems::of_plan(&project, errors));
    let mut plan = together(planned, of_settings.clone())?;
    if let Some(missing) = dockerfiles::missing(&project, &plan) {
        if missing.has_errors() {
            return Err(ProjectError::of_files(of_settings.into_iter().chain([missing]).collect()));
        }
        of_settings.push(missing);
    }
    plugins.write_lock()?;
    plan.notes.extend(shortened);
    // A run tells it of all that it reads.
    if purpose == Purpose::Looking {
        plan.notes.extend(sensitive::shown(&project.given, &sources));
    }
    plan.notes.extend(no_effect::notes(choice, &project, &plan, &plugins).await);
    plan.notes.extend(project.bundled.notes(&plugins.source().with_settings()));
    plan.notes.extend(notes::changed_plugins(&project, &plan));
    plan.notes.extend(notes::asks_to_be_skipped(&project));
    lengths::check(&plan)?;
    if kubeconfig.is_none() && choice.target.on.is_none() {
        plan.notes.extend(notes::on_engine_instead(&project, &plan, purpose)?);
    }
    for task in &plan.tasks {
        places::check(&project.voices, &task.target)?;
    }
    let mut prepared = Prepared { plan, project, sources, plugins, trust };
    let trust = {
        let place = Where::new(&choice.target, &prepared.project.settings, kubeconfig.as_ref())?;
        prepared.trust.clone().in_run(&prepared, &place)
    };
    prepared.trust = trust;
    Ok((prepared, of_settings))
}

/// Whether somebody who may grant powers can make a plan of it. A signature that does not count is no question of what is granted.
fn only_grants_are_missing(errors: &PlanErrors) -> bool {
    let grantable = |refusal: &Refusal| refusal.unvouched.is_empty() && !refusal.grants.is_empty();
    errors.iter().all(|located| matches!(&located.error, PlanError::Denied(refusal) if grantable(refusal)))
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

fn random() -> Result<u64, Failure> {
    getrandom::u64().map_err(|error| Failure::Runtime(io::Error::other(error)))
}
