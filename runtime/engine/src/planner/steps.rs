//! Steps: which plugin each uses, what it may do, and what it brings to the pod.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use windlass_model::cache::CacheAccess;
use windlass_model::digest::Digest;
use windlass_model::plan::{Brought, PluginCall, StepAction, StepPlan};
use windlass_model::plugin::{BuildHints, Grants, PluginInfo, PluginKind, Requirements};
use windlass_model::plugin_reference::PluginReference;
use windlass_model::pod::{MAIN, PodPlan, Process};
use windlass_model::secret::{EnvVar, SecretName};
use windlass_model::settings::PluginNames;
use windlass_model::task::{Action, Instance, Step, Task};

use super::grants::Asked;
use super::needs::{self, TaskNames, Use};
use super::plugins::PluginSource;
use super::policy::{self, Finding};
use super::{PlanError, PlanInput, artifacts, build, cache, environment, layers, pushes};
use crate::ports::project::ProjectFiles;

/// The steps of a task and what their plugins bring.
pub(super) struct PlannedSteps {
    pub(super) steps: Vec<StepPlan>,
    pub(super) brings: Vec<Brings>,
    /// Things worth saying.
    pub(super) notes: Vec<String>,
    /// What is wrong with steps, which are not among the planned ones then.
    pub(super) wrong: Vec<PlanError>,
    /// What policies refuse of plugins and of what Dockerfiles build on. The plugin of such a step may be missing.
    pub(super) refused: Vec<Finding>,
    /// What is still to be granted, once policies allow the rest.
    pub(super) asked: Vec<Asked>,
}

/// What the plugin of one step brings. That it may be, is judged; that this plugin may, not yet.
pub(super) struct Brings {
    pub(super) step: String,
    /// The plugin. Steps of the same one may share what they bring.
    pub(super) plugin: Digest,
    pub(super) needs: Requirements,
    /// Whether its containers see the task's own volume.
    pub(super) shared: bool,
}

impl PlannedSteps {
    /// The secrets that plugins may use, each once.
    pub(super) fn secrets(&self) -> BTreeSet<SecretName> {
        let granted = self.steps.iter().flat_map(|step| step.action.plugins()).map(|call| &call.grants.secrets);
        granted.flatten().cloned().collect()
    }
}

/// What the steps of one task are planned from.
pub(super) struct StepsInput<'a> {
    pub(super) plan: &'a PlanInput<'a>,
    pub(super) task: &'a Task,
    pub(super) name: &'a str,
    pub(super) instance: &'a Instance,
    /// The task's environment.
    pub(super) env: &'a [EnvVar],
    /// Where its caches are.
    pub(super) caches: Option<&'a CacheAccess>,
}

/// Plans every step of a task.
pub(super) async fn plan(input: &StepsInput<'_>, plugins: &PluginSource<'_>) -> PlannedSteps {
    let mut planned = PlannedSteps {
        steps: Vec::with_capacity(input.task.steps.len()),
        brings: Vec::new(),
        notes: Vec::new(),
        wrong: Vec::new(),
        refused: Vec::new(),
        asked: Vec::new(),
    };
    for step in &input.task.steps {
        let (mut background, mut pushed) = (false, Vec::new());
        let action = match &step.action {
            Action::Workspace => Ok(Some(StepAction::Workspace)),
            Action::File { path, contents } => Ok(Some(StepAction::File { path: path.clone(), contents: contents.clone() })),
            Action::Artifacts { paths, content_type, format } => {
                let wanted = artifacts::Wanted { step, paths, content_type: content_type.as_ref(), format: format.as_ref() };
                artifacts::plan(input, &wanted).map(|plan| Some(StepAction::Artifacts(plan)))
            }
            Action::Script { lines, background: b, pushes } => {
                background = *b;
                pushed.clone_from(pushes);
                script(input, step, lines, *b, plugins, &mut planned).await.map(|call| call.map(StepAction::Plugin))
            }
            Action::Cache { .. } => {
                let planned = cache::plan(input, step, plugins, &mut planned).await;
                planned.map(|cache| {
                    let (cache, pushes) = cache?;
                    pushed = pushes;
                    Some(StepAction::Cache(Box::new(cache)))
                })
            }
            Action::UploadCache { name } => Ok(Some(StepAction::UploadCache(name.clone()))),
            Action::Plugin { uses, with, container } => {
                let wanted = Wanted { step, uses, request: with.clone(), container: container.as_deref() };
                call(input, wanted, plugins, &mut planned).await.map(|call| call.map(StepAction::Plugin))
            }
        };
        let action = match action {
            Ok(action) => action,
            Err(error) => {
                planned.wrong.push(error);
                continue;
            }
        };
        let Some(action) = action else { continue };
        planned.steps.push(StepPlan {
            name: step.name.clone(),
            when: step.when,
            background,
            action,
            pushes: pushed,
            line: step.line,
            unless: None,
        });
    }
    build::mark_pushed(&mut planned.steps);
    planned.wrong.extend(pushes::check(input.name, &planned.steps, plugins).await);
    planned
}

/// A script of a step: the plugin that runs scripts, with these lines in the main container.
pub(super) async fn script(
    input: &StepsInput<'_>,
    step: &Step,
    lines: &[String],
    background: bool,
    plugins: &PluginSource<'_>,
    planned: &mut PlannedSteps,
) -> Result<Option<Box<PluginCall>>, PlanError> {
    let request = json!({ "lines": lines, "background": background });
    let uses = &input.plan.roles.script;
    call(input, Wanted { step, uses, request, container: Some(MAIN) }, plugins, planned).await
}

/// What a step wants of a plugin.
struct Wanted<'a> {
    step: &'a Step,
    uses: &'a PluginReference,
    request: Value,
    /// The container that it is sure to run commands in.
    container: Option<&'a str>,
}

async fn call(
    input: &StepsInput<'_>,
    wanted: Wanted<'_>,
    plugins: &PluginSource<'_>,
    planned: &mut PlannedSteps,
) -> Result<Option<Box<PluginCall>>, PlanError> {
    let Wanted { step, uses, mut request, container } = wanted;
    let StepsInput { plan, name, .. } = *input;
    let failed =
        |source| PlanError::Plugin { task: name.to_owned(), step: step.name.clone(), line: step.line, source: Box::new(source) };
    let mut plugin = plugins.inspect(uses).await.map_err(failed)?;
    if let Some((_, other)) = plan.substitutes.iter().find(|(kind, _)| *kind == plugin.kind)
        && matches!(step.action, Action::Plugin { .. })
    {
        let kind = plugin.kind;
        plugin = plugins.inspect(other).await.map_err(failed)?;
        if plugin.kind != kind {
            let message = format!("--use {kind}={}: it is a {} plugin", plugin.name, plugin.kind);
            return Err(PlanError::Step { task: name.to_owned(), step: step.name.clone(), line: step.line, message });
        }
    }
    if let Some(why) = plugin.kind.not_in_a_step() {
        let message = format!("`uses: {uses}`: {why}");
        return Err(PlanError::Step { task: name.to_owned(), step: step.name.clone(), line: step.line, message });
    }
    let names = plugin_names(plan.files, &plugin);
    let policies = plan.platform.policies();
    let refused = policy::plugin(&policies, &names, &plugin);
    if !refused.is_empty() {
        // Not even asked what it needs.
        planned.refused.extend(refused.into_iter().map(|finding| finding.at(step.line)));
        return Ok(None);
    }
    build::with_image(&mut request, &plugin, plan.platform);
    if plugin.kind == PluginKind::Build
        && let Err(message) = layers::resolve(&mut request, input.caches)
    {
        return Err(PlanError::Step { task: name.to_owned(), step: step.name.clone(), line: step.line, message });
    }
    let hints = build::hints(&request, &plugin, plan.files);
    if let Some(hints) = &hints {
        let bases = build::bases(&policies, &request, hints, input.instance.architecture);
        planned.refused.extend(bases.into_iter().map(|finding| finding.at(step.line)));
        planned.notes.extend(build::not_judged(&policies, hints).map(|note| format!("{name}, step {}: {note}", step.name)));
    }
    let mut needs = match plugins.requirements(&plugin, &request, hints.as_ref()).await {
        Ok(needs) => needs,
        Err(error) => {
            planned.wrong.extend(error.by_field().into_iter().map(failed));
            // There is no plan with it. What follows can be held against it all the same.
            return Ok(Some(refused_call(plugin, request, container, hints)));
        }
    };
    leave_out(&mut needs, input.instance);
    let plugin = plugin.in_container(container.unwrap_or(MAIN));
    let asked = Asked {
        task: name.to_owned(),
        place: format!("task {name}, step {} ({})", step.name, plan.lines.words(step.line)),
        line: step.line,
        plugin: plugin.clone(),
        names,
        needs: needs.clone(),
        container: container.map(str::to_owned),
    };
    let wrong = wrong(input, &asked);
    if !wrong.is_empty() {
        return Err(asked.wrong(wrong));
    }
    let grants = asked.granted(plan.platform);
    planned.asked.push(asked);
    for required in &mut needs.containers {
        required.container.brought_by = Some(step.name.clone());
    }
    let shared = grants.powers.pod.as_ref().is_some_and(|limits| limits.shared);
    planned.brings.push(Brings { step: step.name.clone(), plugin: plugin.digest.clone(), needs, shared });
    let container = container.unwrap_or(MAIN).to_owned();
    Ok(Some(Box::new(PluginCall { plugin, request, container, grants, own_containers: BTreeSet::new(), build: hints })))
}

/// A step whose request its plugin refuses.
fn refused_call(plugin: PluginInfo, request: Value, container: Option<&str>, build: Option<BuildHints>) -> Box<PluginCall> {
    Box::new(PluginCall {
        plugin,
        request,
        container: container.unwrap_or(MAIN).to_owned(),
        grants: Grants::default(),
        own_containers: BTreeSet::new(),
        build,
    })
}

/// What no setting can allow this step.
fn wrong(input: &StepsInput<'_>, asked: &Asked) -> Vec<String> {
    let containers: Vec<&str> = input.instance.sidecars.iter().map(|sidecar| sidecar.name.as_str()).collect();
    let shared = environment::text(input.env, "CIRRUS_VOLUME").unwrap_or_else(|| environment::VOLUME.to_owned());
    let used = Use { kind: asked.plugin.kind, needs: &asked.needs, container: asked.container.as_deref() };
    needs::wrong(&used, &asked.plugin.asks, &TaskNames { containers: &containers, shared: &shared })
}

/// The names that settings may call a plugin by.
pub fn plugin_names(files: &dyn ProjectFiles, plugin: &PluginInfo) -> PluginNames {
    let places = match &plugin.reference {
        PluginReference::File(path) => files.places(path),
        PluginReference::Member { .. } => plugin.found_at.iter().cloned().collect(),
        PluginReference::BuiltIn(_) | PluginReference::Registry(_) => Vec::new(),
    };
    PluginNames::new(&plugin.reference, places, plugin.digest.clone()).vouched_for(&plugin.name, &plugin.signers)
}

/// Leaves out the containers in whose place the task lists one of its own.
fn leave_out(needs: &mut Requirements, instance: &Instance) {
    let listed: BTreeSet<u16> = instance.sidecars.iter().flat_map(|sidecar| &sidecar.ports).map(|port| port.container).collect();
    needs.containers.retain(|required| !required.unless_port.iter().any(|port| listed.contains(port)));
}

/// Gives each call of a plugin the names of its own containers; `brought` has an entry for each of them, in their order.
pub(super) fn mark_own(steps: &mut [StepPlan], brought: &[Brought]) {
    let calls = steps.iter_mut().flat_map(|step| step.action.plugins_mut());
    for (call, brought) in calls.zip(brought) {
        call.own_containers = brought.containers.iter().cloned().collect();
    }
}

/// Every plugin must run in a container that windlass's agent supervises.
pub(super) fn check_containers(task: &str, steps: &[StepPlan], pod: &PodPlan) -> Result<(), PlanError> {
    for (step, call) in steps.iter().flat_map(|step| step.action.plugins().map(move |call| (step, call))) {
        let message = match pod.container(&call.container) {
            Some(container) if container.process == Process::Supervised => continue,
            Some(_) => format!(
                "container `{}` runs its image's own entrypoint, so no step can run in it; leave `container` out to use `{MAIN}`",
                call.container
            ),
            None => {
                let known: Vec<&str> = pod.containers.iter().map(|c| c.name.as_str()).collect();
                format!("the task has no container `{}`; it has {}", call.container, known.join(", "))
            }
        };
        return Err(PlanError::Step { task: task.to_owned(), step: step.name.clone(), line: step.line, message });
    }
    Ok(())
}
