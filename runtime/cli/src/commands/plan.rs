//! `windlass plan`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize as _;
use serde_json::{Value, json};
use windlass_kube::pod_security::need;
use windlass_model::plan::{Sight, StepAction};
use windlass_model::task::TaskId;
use windlass_model::text;
use windlass_working_copy::Summary;

use crate::args::{Choice, Global, PlanArgs, PlanFormat, RunArgs, RunFormat};
use crate::environment::ProcessEnvironment;
use crate::failure::Failure;
use crate::prepare::{Prepared, prepare};
use crate::project::Project;
use crate::purpose::Purpose;
use crate::{caches, manifests, output, show, trust};

/// The version of the plan as data: it changes with a change that breaks who reads it.
const PLAN_VERSION: u32 = 1;

/// Prints all that a run would do.
///
/// # Errors
/// When there is no plan. Values that are still to be given are part of it.
pub async fn run(global: &Global, args: &PlanArgs) -> Result<(), Failure> {
    print(global, &args.choice, args.output).await
}

/// `windlass run --dry-run`: the same, of a run's options.
///
/// # Errors
/// As [`run`].
pub async fn of_run(global: &Global, args: &RunArgs) -> Result<(), Failure> {
    let format = if args.output == Some(RunFormat::Json) { PlanFormat::Json } else { PlanFormat::Text };
    print(global, &args.choice, format).await
}

async fn print(global: &Global, choice: &Choice, format: PlanFormat) -> Result<(), Failure> {
    let mut prepared = prepare(global, choice, Purpose::Looking).await?;
    prepared.plan.notes.push(what_travels(&prepared.project));
    let has_store = prepared.plan.tasks.iter().any(|task| task.caches.is_some());
    prepared.plan.notes.extend(has_store.then(|| caches::without_key(&prepared.sources, &ProcessEnvironment)).flatten());
    let manifests = manifests::of_plan(&prepared.plan)?;
    match format {
        PlanFormat::Text => {
            let origin = |task, name: &str| prepared.origin_of_secret(task, name);
            let Project { generated, configuration, lines, .. } = &prepared.project;
            let generated = show::generated::text(generated, &configuration.tasks, lines);
            output::text(&(generated + &show::plan(&prepared.plan, &manifests, origin) + &untrusted(&prepared)))
        }
        PlanFormat::Json => output::json(&document(&prepared, &manifests)?),
        PlanFormat::Yaml => {
            let mut document = document(&prepared, &manifests)?;
            output::mask(&mut document);
            let text = serde_yaml::to_string(&document).map_err(|error| Failure::Output(std::io::Error::other(error)))?;
            match text::lines(&text) {
                Cow::Borrowed(text) => output::data(text.as_bytes()),
                // What a terminal would act on is escaped in JSON, which is YAML too.
                Cow::Owned(_) => output::json(&document),
            }
        }
    }
}

/// The files that a run would send.
fn what_travels(project: &Project) -> String {
    match Summary::of(&project.directory, &project.secret_files) {
        Ok(summary) => summary.to_string(),
        Err(error) => {
            let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
            format!("the working copy cannot be sent as it is: {error}{cause}")
        }
    }
}

/// What a run needs the user's trust for.
fn untrusted(prepared: &Prepared) -> String {
    let lines = trust::lines(&prepared.trust.missing());
    let lines: String = lines.iter().map(|line| format!("    - {line}\n")).collect();
    if lines.is_empty() {
        lines
    } else {
        format!("still to be trusted: run asks you, and windlass trust does, whether the project may\n{lines}")
    }
}

/// The plan as data, each task of a cluster with the `objects` that will be created for it, the Pod Security level that they need,
/// and for each plugin what of the task's secrets is in its sight.
fn document(prepared: &Prepared, manifests: &BTreeMap<TaskId, String>) -> Result<Value, Failure> {
    let broken = |error: &dyn std::error::Error| Failure::Output(std::io::Error::other(error.to_string()));
    let mut plan = serde_json::to_value(&prepared.plan).map_err(|error| broken(&error))?;
    for (task, planned) in plan["tasks"].as_array_mut().into_iter().flatten().zip(&prepared.plan.tasks) {
        let yaml = manifests.get(&planned.id).map_or("", String::as_str);
        let mut objects = Vec::new();
        for object in serde_yaml::Deserializer::from_str(yaml).filter(|_| !yaml.is_empty()) {
            objects.push(Value::deserialize(object).map_err(|error| broken(&error))?);
        }
        task["objects"] = json!(objects);
        if planned.target.namespace().is_some() {
            task["pod_security"] = json!(need(&planned.pod));
        }
        for step in task["steps"].as_array_mut().into_iter().flatten() {
            // Lines are counted through all texts; whoever reads it looks into one.
            let counted = step["line"].as_u64().and_then(|line| usize::try_from(line).ok()).unwrap_or_default();
            let (file, line) = prepared.project.lines.place(counted);
            step["line"] = json!(line);
            if let Some(file) = file {
                step["file"] = json!(file);
            }
        }
        for (step, planned_step) in task["steps"].as_array_mut().into_iter().flatten().zip(&planned.steps) {
            match &planned_step.action {
                StepAction::Plugin(call) => step["sight"] = json!(Sight::of(planned, call)),
                // All scripts of a cache are calls of one plugin, which reaches the same in each.
                StepAction::Cache(cache) => {
                    for call in cache.plugins().take(1) {
                        step["sight"] = json!(Sight::of(planned, call));
                    }
                }
                StepAction::Workspace | StepAction::File { .. } | StepAction::Artifacts(_) | StepAction::UploadCache(_) => {}
            }
        }
    }
    let Project { generated, configuration, lines, .. } = &prepared.project;
    plan["generated"] = json!(show::generated::data(generated, &configuration.tasks, lines));
    plan["untrusted"] = json!(prepared.trust.missing());
    plan["version"] = json!(PLAN_VERSION);
    plan["windlass"] = json!(env!("CARGO_PKG_VERSION"));
    Ok(plan)
}
