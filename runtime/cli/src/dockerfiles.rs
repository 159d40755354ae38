//! Dockerfiles that the working copy lacks: a build would end with that, after its pod was made.

use std::collections::BTreeSet;
use std::path::Path;

use windlass_config::{Code, Diagnostics, Findings, Place, Severity};
use windlass_files::{TEXT, Tree};
use windlass_model::plan::{Plan, PluginCall, StepAction, StepPlan};

use crate::project::Project;

/// Each build of the plan whose Dockerfile is not there. That is an error, unless a step before it may write the file.
pub fn missing(project: &Project, plan: &Plan) -> Option<Diagnostics> {
    let tree = Tree::open(&project.directory).ok()?;
    let lacks = |path: &str| tree.read(Path::new(path), TEXT).is_err_and(|error| error.is_not_found());
    let mut findings = Findings::of(&project.source)?;
    let mut told = BTreeSet::new();
    for task in &plan.tasks {
        for (at, step) in task.steps.iter().enumerate() {
            let Some((context, file)) = dockerfile(step).filter(|(context, file)| lacks(&format!("{context}/{file}"))) else {
                continue;
            };
            // The tasks of a matrix have one step in the file.
            if !told.insert((step.line, context.to_owned(), file.to_owned())) {
                continue;
            }
            let before = task.steps.get(..at).unwrap_or_default();
            let message =
                format!("task {}, step {}: the working copy has no {file} in the context `{context}`", task.name, step.name);
            let (severity, help) = match before.iter().rev().find(|step| may_write(step)) {
                None => (Severity::Error, "say with `dockerfile` where it is, seen from the context".to_owned()),
                Some(writer) => (Severity::Warning, format!("the build fails unless step {} writes it", writer.name)),
            };
            findings.push(severity, Code::PluginRequest, Place::Below(step.line, "with.dockerfile"), message, vec![help]);
        }
    }
    Some(findings.into_diagnostics()).filter(|found| !found.is_empty())
}

/// The context and the Dockerfile of a build, where they are paths in the working copy that are known by now.
fn dockerfile(step: &StepPlan) -> Option<(&str, &str)> {
    let StepAction::Plugin(call) = &step.action else { return None };
    let PluginCall { request, build, .. } = &**call;
    // One that was read is there.
    if build.as_ref()?.dockerfile.is_some() {
        return None;
    }
    let text = |key: &str| request.get(key).and_then(|value| value.as_str());
    let (context, file) = (text("context").unwrap_or("."), text("dockerfile").unwrap_or("Dockerfile"));
    let elsewhere =
        |path: &str| path.contains('$') || path.contains("://") || path.starts_with(['/', '~']) || path.starts_with("git@");
    let fetched = context.starts_with("github.com/");
    (!elsewhere(context) && !elsewhere(file) && !fetched).then_some((context, file))
}

/// Whether a step may leave files in the working copy that are not there before the run.
fn may_write(step: &StepPlan) -> bool {
    match &step.action {
        StepAction::Workspace | StepAction::Artifacts(_) | StepAction::UploadCache(_) => false,
        StepAction::File { .. } | StepAction::Cache(_) => true,
        StepAction::Plugin(call) => call.build.is_none(),
    }
}
