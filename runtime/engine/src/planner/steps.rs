//! Steps: which plugin each uses, what it may do, and what it brings to the pod.

use std::collections::BTreeSet;

use serde_json::json;
use windlass_model::plan::{PluginCall, StepAction, StepPlan};
use windlass_model::plugin::{Grants, PluginInfo, Requirements};
use windlass_model::pod::{MAIN, PodPlan, Process};
use windlass_model::secret::SecretName;
use windlass_model::task::{Action, PluginReference, Step, Task};

use super::{PlanError, PlanInput, build, own};
use crate::ports::plugin::PluginHost;

/// The steps of a task and what their plugins bring.
pub(super) struct PlannedSteps {
    pub(super) steps: Vec<StepPlan>,
    pub(super) required: Vec<Requirements>,
}

impl PlannedSteps {
    /// The secrets that plugins may use, each once.
    pub(super) fn secrets(&self) -> BTreeSet<SecretName> {
        let granted = self.steps.iter().filter_map(|step| match &step.action {
            StepAction::Plugin(call) => Some(&call.grants.secrets),
            StepAction::Workspace | StepAction::File { .. } => None,
        });
        granted.flatten().cloned().collect()
    }
}

/// Plans every step of a task.
pub(super) async fn plan(
    input: &PlanInput<'_>,
    task: &Task,
    name: &str,
    plugins: &dyn PluginHost,
) -> Result<PlannedSteps, PlanError> {
    let mut steps = Vec::with_capacity(task.steps.len());
    let mut required = Vec::new();
    for step in &task.steps {
        let mut background = false;
        let action = match &step.action {
            Action::Workspace => StepAction::Workspace,
            Action::File { path, contents } => StepAction::File { path: path.clone(), contents: contents.clone() },
            Action::Script { lines, background: b } => {
                background = *b;
                let shell = PluginReference::BuiltIn("shell".into());
                let request = json!({ "lines": lines, "background": b });
                let (call, needs) = call(input, name, step, &shell, request, None, plugins).await?;
                required.push(needs);
                StepAction::Plugin(call)
            }
            Action::Plugin { uses, with, container } => {
                let (call, needs) = call(input, name, step, uses, with.clone(), container.as_deref(), plugins).await?;
                required.push(needs);
                StepAction::Plugin(call)
            }
        };
        steps.push(StepPlan { name: step.name.clone(), when: step.when, background, action, line: step.line, unless: None });
    }
    build::mark_pushed(&mut steps);
    let sidecars = task.instance.as_ref().map_or(&[][..], |instance| &instance.sidecars);
    own::mark(sidecars, &mut steps, &required);
    Ok(PlannedSteps { steps, required })
}

async fn call(
    input: &PlanInput<'_>,
    name: &str,
    step: &Step,
    uses: &PluginReference,
    request: serde_json::Value,
    container: Option<&str>,
    plugins: &dyn PluginHost,
) -> Result<(Box<PluginCall>, Requirements), PlanError> {
    let failed =
        |source| PlanError::Plugin { task: name.to_owned(), step: step.name.clone(), line: step.line, source: Box::new(source) };
    let mut plugin = plugins.inspect(uses, input.base).await.map_err(failed)?;
    if let Some((_, other)) = input.substitutes.iter().find(|(kind, _)| *kind == plugin.kind)
        && !matches!(step.action, Action::Script { .. })
    {
        let kind = plugin.kind;
        plugin = plugins.inspect(other, input.base).await.map_err(failed)?;
        if plugin.kind != kind {
            let message = format!("--use {kind}={}: it is a {} plugin", plugin.name, plugin.kind);
            return Err(PlanError::Step { task: name.to_owned(), step: step.name.clone(), line: step.line, message });
        }
    }
    input.platform.check_plugin(&plugin).map_err(|message| PlanError::Policy { task: name.to_owned(), message })?;
    let mut request = request;
    build::with_image(&mut request, &plugin, input.platform);
    let hints = build::hints(&request, &plugin, input.platform);
    let mut needs = plugins.requirements(&plugin, &request, hints.as_ref()).await.map_err(failed)?;
    for required in &mut needs.containers {
        required.container.brought_by = Some(step.name.clone());
    }
    let container = container.unwrap_or(MAIN).to_owned();
    plugin.asks.containers = plugin.asks.containers.map(|scope| scope.for_step(&container));
    let grants = grants(input, &plugin, &needs);
    plugins.check(&plugin, &grants, &needs.secrets).map_err(failed)?;
    let own_containers = BTreeSet::new();
    Ok((Box::new(PluginCall { plugin, request, container, grants, own_containers, build: hints }), needs))
}

/// Requested and granted. Of the secrets that the request names, those that the platform allows: also one that the task's file does
/// not mention, for which the command line may have a value, or has to be asked for one.
fn grants(input: &PlanInput<'_>, plugin: &PluginInfo, needs: &Requirements) -> Grants {
    let powers = plugin.asks.meet(&input.platform.granted(plugin));
    let may_open = |name: &&SecretName| powers.secrets.as_ref().is_some_and(|scope| scope.allows(name.as_str()));
    let secrets = needs.secrets.iter().filter(may_open).cloned().collect();
    Grants { powers, secrets }
}

/// Every plugin step must run in a container that windlass's agent supervises.
pub(super) fn check_containers(task: &str, steps: &[StepPlan], pod: &PodPlan) -> Result<(), PlanError> {
    for step in steps {
        let StepAction::Plugin(call) = &step.action else { continue };
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
