//! From validated tasks to a [`Plan`]: which tasks run, where, in which pod, with which plugins and grants.
//!
//! Pure but for the plugins, which are asked what they are and what they need. Nothing is created here.

pub(crate) mod artifacts;
mod bases;
mod build;
mod cache;
mod caches;
mod environment;
mod environments;
mod error;
mod generators;
mod grants;
mod layers;
mod names;
mod needs;
mod open;
mod platform;
mod plugins;
mod pod;
mod pods;
mod policy;
mod pushes;
mod refusal;
mod registries;
mod scripts;
mod select;
mod steps;
mod together;
mod unvouched;

use std::path::Path;

use windlass_model::lines::Lines;
use windlass_model::plan::{OpenValue, Plan, RunId, Target, TaskPlan};
use windlass_model::plugin::PluginKind;
use windlass_model::plugin_reference::PluginReference;
use windlass_model::roles::Roles;
use windlass_model::secret::EnvVar;
use windlass_model::task::{Instance, LeftOut, Task, TaskId};

use crate::ports::plugin::PluginHost;
use crate::ports::project::ProjectFiles;
use crate::ports::surroundings::Surroundings;

pub use caches::{CacheStore, WorkLine};
pub use error::{Located, PlanError, PlanErrors};
pub use generators::{GeneratorError, grants_of_generator};
pub use platform::{OwnFiles, Platform};
pub use plugins::PluginSource;
pub use pods::SaidOfPods;
pub use refusal::{Denial, GrantLines, Refusal, Unvouched};
pub use select::{Selection, UnknownTask};
pub use steps::plugin_names;

use environments::{Environments, Start, Starting};
use grants::Asked;
use platform::Deciding;

/// What a plan is made from, besides the tasks.
pub struct PlanInput<'a> {
    /// The run's identity, part of every name.
    pub run: RunId,
    /// The tasks of the file.
    pub tasks: &'a [Task],
    /// Which line of which text the lines of tasks mean.
    pub lines: &'a Lines,
    /// The tasks of the file that its conditions leave out of the run.
    pub left_out: &'a [LeftOut],
    /// The tasks named on the command line; all when empty.
    pub selection: &'a Selection,
    /// Variables that the runner gives to every task (`CIRRUS_BRANCH`, …), below the file's own.
    pub variables: &'a [EnvVar],
    /// Variables given on the command line, above the file's own.
    pub overrides: &'a [EnvVar],
    /// Which plugin a kind of step uses instead of the one that the file names (`--use build=NAME`).
    pub substitutes: &'a [(PluginKind, PluginReference)],
    /// The plugins that stand in where nobody named one.
    pub roles: &'a Roles,
    /// The directory that plugin paths are relative to.
    pub base: &'a Path,
    /// What the platform decides.
    pub platform: &'a Platform<'a>,
    /// The files of the project.
    pub files: &'a dyn ProjectFiles,
    /// Where caches are kept, and for whom.
    pub caches: &'a CacheStore,
    /// What is known of clusters and secrets.
    pub surroundings: &'a dyn Surroundings,
}

/// Makes the plan of a run.
///
/// # Errors
/// When a chosen task cannot run, a plugin cannot be loaded or refuses, or policy forbids something: all of it. Values that are still
/// to be given are no error: they are listed in [`Plan::open`].
pub async fn plan(input: &PlanInput<'_>, plugins: &dyn PluginHost) -> Result<Plan, PlanErrors> {
    let plugins = &PluginSource::new(plugins, input.base);
    let chosen = select::choose(input.tasks, input.left_out, input.selection).map_err(PlanError::Selection)?;
    let plan = Plan { run: input.run.clone(), tasks: Vec::new(), not_run: Vec::new(), open: Vec::new(), notes: Vec::new() };
    let mut making = Making { plan, asked: Vec::new() };
    let mut environments = Environments::default();
    let mut wrong = Vec::new();
    making.plan.open.extend(open::variables(&chosen, input.lines));
    making.plan.notes.extend(chosen.notes());
    for (index, task) in chosen.run.iter().copied().enumerate() {
        let (before, name) = (making.asked.len(), chosen.name_of(task.id));
        let planned = plan_chosen(input, &chosen, (index, task), &mut environments, plugins, &mut making).await;
        if task.undefined.is_empty() {
            wrong.extend(planned.err().into_iter().flat_map(|errors| PlanErrors::of_task(errors, task.line)));
        } else if let Err(errors) = planned.and_then(|()| making.judge_alone(input, task, &name)) {
            // What is wrong may be no more than a variable that stands where its value belongs.
            making.forget(before);
            making.plan.notes.push(open::not_shown(&name, &errors, input.lines));
        }
    }
    // Policies first, which were judged on the way: nobody is told to grant what they refuse.
    if !wrong.iter().any(|located| matches!(located.error, PlanError::Policy { .. })) {
        wrong.extend(grants::judge(input.platform, &making.asked).err().map(Located::from));
    }
    PlanErrors::all(wrong)?;
    making.plan.notes.extend(chosen.named_in_vain(input.selection));
    making.plan.not_run = chosen.not_run;
    Ok(making.plan)
}

/// A plan that is being made.
struct Making {
    plan: Plan,
    /// What plugins ask for in its steps, and in those of tasks that something else is wrong with: judged together, so that one answer is
    /// enough for all.
    asked: Vec<Asked>,
}

impl Making {
    /// Judges what the plugins of one task ask for. A task that is refused is taken out again.
    fn judge_alone(&mut self, input: &PlanInput<'_>, task: &Task, name: &str) -> Result<(), PlanErrors> {
        let judged = grants::judge(input.platform, self.asked.iter().filter(|asked| asked.task == name));
        if judged.is_err() {
            self.plan.tasks.retain(|planned| planned.id != task.id);
        }
        Ok(judged?)
    }

    /// What plugins asked for since there were so many of them is judged no more, where their tasks are not in the plan.
    fn forget(&mut self, before: usize) {
        let planned: Vec<&str> = self.plan.tasks.iter().map(|task| task.name.as_str()).collect();
        let mut at = 0;
        self.asked.retain(|asked| {
            at += 1;
            at <= before || planned.contains(&asked.task.as_str())
        });
    }
}

async fn plan_chosen(
    input: &PlanInput<'_>,
    chosen: &select::Chosen<'_>,
    (index, task): (usize, &Task),
    environments: &mut Environments,
    plugins: &PluginSource<'_>,
    making: &mut Making,
) -> Result<(), PlanErrors> {
    let mut substituted = scripts::substitute(input, task, &chosen.name_of(task.id), plugins).await?;
    making.plan.notes.extend(substituted.notes);
    names::tell_steps_apart(&mut substituted.task.steps);
    let task = &substituted.task;
    let Some(instance) = &task.instance else { return Ok(()) };
    let name = chosen.name_of(task.id);
    let target = input.surroundings.target(task, &instance.placement).unwrap_or_else(|cluster| {
        let target = cluster.target();
        // With its variables given it may well be one that is known.
        if !task.undefined.iter().any(|variable| cluster.asked.contains(&variable.name)) {
            making.plan.open.push(OpenValue::Cluster(cluster));
        }
        target
    });
    let start = environments.start(input, Starting { task, instance, name: &name }, &target, plugins, making).await?;
    let depends_on = task.depends_on.iter().copied().filter(|id| chosen.runs(*id)).collect();
    let total = input.tasks.len();
    plan_job(input, Job { task, instance, name, index, total, target, start, depends_on }, plugins, making).await
}

/// A task that runs, and what was decided about it.
struct Job<'a> {
    task: &'a Task,
    instance: &'a Instance,
    name: String,
    index: usize,
    total: usize,
    target: Target,
    start: Start,
    depends_on: Vec<TaskId>,
}

async fn plan_job(
    input: &PlanInput<'_>,
    job: Job<'_>,
    plugins: &PluginSource<'_>,
    making: &mut Making,
) -> Result<(), PlanErrors> {
    let Job { task, instance, name, index, total, target, start, depends_on } = job;
    let caches = input.caches.access(&target);
    let env = environment::of_task(input, task, instance, (index, total), caches.is_some());
    let mut planned =
        steps::plan(&steps::StepsInput { plan: input, task, name: &name, instance, env: &env, caches: caches.as_ref() }, plugins)
            .await;
    making.asked.append(&mut planned.asked);
    let mut refused = std::mem::take(&mut planned.refused);
    if !planned.wrong.is_empty() {
        planned.wrong.extend(policy::refused(&name, &refused, plugins).await.err().into_iter().flatten());
        return Err(planned.wrong.into());
    }
    let of_plugins = planned.secrets();
    let brings = &planned.brings;
    let (mut pod, brought) =
        pod::plan(&pod::PodInput { plan: input, task, name: &name, index, instance, start: &start, env: &env, brings })?;
    refused.extend(pods::apply(&input.surroundings.pods(&instance.placement, &target), &mut pod));
    refused.extend(policy::pod(&input.platform.policies(), &pod, &brought, start.build.is_some()));
    let refused: Vec<_> = refused.into_iter().map(|finding| finding.placed(&planned.steps)).collect();
    policy::refused(&name, &refused, plugins).await?;
    let plan = &mut making.plan;
    plan.open.extend(open::secrets(input.surroundings, task, &name, &of_plugins));
    plan.notes.extend(planned.notes);
    if caches.is_none() {
        plan.notes.extend(caches::start_empty(&name, &planned.steps));
    }
    let mut steps = planned.steps;
    steps::mark_own(&mut steps, &brought);
    pod.secrets.extend(of_plugins);
    pod.secrets.sort();
    pod.secrets.dedup();
    plan.notes.extend(registries::tell(&mut pod));
    steps::check_containers(&name, &steps, &pod)?;
    let env = environment::with_brought(env, &brought);
    let working_dir = environment::text(&env, "CIRRUS_WORKING_DIR").unwrap_or_else(|| environment::WORKING_DIR.to_owned());
    if !start.known {
        return Ok(());
    }
    plan.tasks.push(TaskPlan {
        id: task.id,
        name,
        depends_on: depends_on.into_iter().chain(start.after).collect(),
        target,
        build: start.build,
        pod,
        env,
        working_dir,
        steps,
        brought: brought.into_iter().filter(|brought| !brought.is_empty()).collect(),
        caches,
        timeout: task.timeout,
        sidecar_timeout: input.platform.sidecar_timeout(),
        allow_failures: task.allow_failures,
    });
    Ok(())
}

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;
