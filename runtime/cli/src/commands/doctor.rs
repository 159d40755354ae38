//! `windlass doctor`.

use std::collections::BTreeMap;

use bytes::Bytes;
use windlass_container_engine::EngineHints;
use windlass_kube::Patience;
use windlass_kube::pod_security::need;
use windlass_model::check::{Check, Outcome};
use windlass_model::plan::{OpenValue, Plan, Target};
use windlass_model::pod::PodPlan;
use windlass_model::settings::PodSettings;

use crate::args::{Choice, DoctorArgs, Global, PluginFiles, SecretOptions, TableFormat, VariableOptions};
use crate::environment::ProcessEnvironment;
use crate::failure::{Failure, NO_KUBECONFIG};
use crate::generated::How;
use crate::plugins::Plugins;
use crate::plugins::bundled::Bundled;
use crate::prepare::examine;
use crate::project::Project;
use crate::purpose::Purpose;
use crate::reading::ProjectError;
use crate::{drivers, output, places, show};

/// The checks of one thing, under a heading.
#[derive(serde::Serialize)]
struct Section {
    about: String,
    checks: Vec<Check>,
}

/// Looks at everything that a run depends on.
///
/// # Errors
/// When something keeps every run from working; what it is has been shown.
pub async fn run(global: &Global, args: &DoctorArgs) -> Result<(), Failure> {
    let (plan, project, check) = planned(global, args).await;
    let checks = [task_file(global, project.as_ref())].into_iter().chain(check).collect();
    let mut sections = vec![Section { about: "this directory".into(), checks }];
    sections.push(Section { about: "plugins".into(), checks: vec![plugins(global, &args.plugins.given).await] });
    // What is left out has a section of its own.
    let places = match project {
        Some(project) => places::of_project(global, &args.target, Ok(project))?,
        None => places::look(global, &args.target)?,
    };
    let left_out: Vec<Check> = places.left_out.iter().map(|reason| skipped("place", reason)).collect();
    if !left_out.is_empty() {
        sections.push(Section { about: "left out".into(), checks: left_out });
    }
    sections.extend(places.unread.as_ref().map(|unread| {
        let check = Check::fail("kubeconfig", unread.files.to_string(), NO_KUBECONFIG);
        let check = if unread.needed { check } else { softened(check) };
        Section { about: "clusters".into(), checks: vec![check] }
    }));
    for target in places.targets {
        let mut checks = match &target {
            Target::Kube { .. } | Target::Open { .. } => {
                let usual = places.pods.get(&target).cloned().unwrap_or_default();
                cluster(&target, places.patience, most_demanding(plan.as_ref(), &target), &usual).await
            }
            Target::Engine => {
                let agent = Bytes::from_static(windlass_assets::AGENT);
                windlass_container_engine::doctor(&EngineHints::of_this_process(), agent, &drivers::builders()).await
            }
        };
        // Where no run goes, something may be missing.
        if !places.needed.contains(&target) {
            checks = checks.into_iter().map(softened).collect();
        }
        let used = plan.as_ref().is_none_or(|plan| plan.tasks.iter().any(|task| task.target == target));
        let about = if used { target.to_string() } else { format!("{target} (no task of this directory runs there)") };
        sections.push(Section { about, checks });
    }
    match args.output {
        TableFormat::Json => output::json(&sections)?,
        TableFormat::Text => output::text(&text(&sections))?,
    }
    let failed = sections.iter().flat_map(|s| &s.checks).filter(|c| matches!(c.outcome, Outcome::Fail(_))).count();
    if failed > 0 { Err(Failure::Doctor { failed }) } else { Ok(()) }
}

fn task_file(global: &Global, project: Option<&Project>) -> Check {
    let name = "task file";
    let found = |project: &Project| {
        let tasks = project.configuration.tasks.len();
        let found = format!("{}: tasks: {tasks}", project.title());
        // Here nothing else tells of a value that a task waits for.
        let remarks: Vec<&str> = project.copy.remarks(&[]).into_iter().map(String::as_str).collect();
        if remarks.is_empty() { Check::pass(name, found) } else { Check::warn(name, found, remarks.join("; ")) }
    };
    if let Some(project) = project {
        return found(project);
    }
    match Project::read(global, (&VariableOptions::default(), &SecretOptions::default()), &ProcessEnvironment) {
        Ok(project) => found(&project),
        Err(ProjectError::Files { files, .. }) => {
            let files: Vec<&str> = files.iter().map(|file| file.file()).collect();
            Check::fail(name, format!("errors in {}", files.join(" and ")), "windlass check shows them")
        }
        Err(error @ (ProjectError::NoFile(_) | ProjectError::Other(_))) => {
            Check::warn(name, error.show(global).causes(), "go to the directory of a project, or name its file with -f")
        }
    }
}

async fn plugins(global: &Global, given: &PluginFiles) -> Check {
    match Plugins::of_here(global, given, BTreeMap::new()).await {
        Ok(plugins) => Check::pass("WebAssembly", format!("plugins can run here: {}", plugins.names().join(", "))),
        Err(failure) => Check::fail("WebAssembly", failure.causes(), "use a processor and system that wasmtime compiles for"),
    }
}

async fn cluster(target: &Target, patience: Patience, pod: Option<&PodPlan>, usual: &PodSettings) -> Vec<Check> {
    match windlass_kube::Connected::open(target, patience).await {
        Ok(connected) => {
            let agent = drivers::agent();
            windlass_kube::doctor::examine(connected.suggesting(drivers::builders()), &agent, pod, usual).await
        }
        Err(error) => {
            let help = error.help().unwrap_or_else(|| "correct the kubeconfig".into());
            vec![Check::fail("kubeconfig", error.to_string(), help)]
        }
    }
}

/// What a run of this directory's file would do, and what keeps it from starting. No word where the task file itself is missing or wrong:
/// its own check tells.
async fn planned(global: &Global, args: &DoctorArgs) -> (Option<Plan>, Option<Project>, Option<Check>) {
    const NAME: &str = "plan";
    let choice = Choice { target: args.target.clone(), plugins: args.plugins.clone(), ..Choice::default() };
    let failed = |error: ProjectError| Some(Check::fail(NAME, error.show(global).causes(), "windlass plan shows what to do"));
    let bundled = match Bundled::find(global, &args.plugins.given, &ProcessEnvironment).await {
        Ok(bundled) => bundled,
        Err(error) => return (None, None, failed(error)),
    };
    let read = Project::read_with(global, (&choice.variables, &choice.secrets), bundled, How::silent(&args.plugins.given)).await;
    let project = match read {
        Ok((project, wrong)) if wrong.is_empty() => project,
        Err(_) if Project::read(global, (&choice.variables, &choice.secrets), &ProcessEnvironment).is_ok() => {
            return (None, None, Some(Check::fail(NAME, "plugins do not make their tasks", "windlass check shows why")));
        }
        Ok(_) | Err(_) => return (None, None, None),
    };
    match examine(global, &choice, Purpose::Looking, project).await {
        Ok((prepared, _)) => {
            let check = open(NAME, &prepared.plan);
            (Some(prepared.plan), Some(prepared.project), Some(check))
        }
        // The check of the kubeconfig tells.
        Err(ProjectError::Other(Failure::ClusterUnknown { .. })) => (None, None, None),
        Err(ProjectError::Files { .. }) => {
            (None, None, Some(Check::fail(NAME, "the tasks cannot be planned", "windlass plan shows why")))
        }
        Err(error) => (None, None, failed(error)),
    }
}

/// What a run would still wait for. A value can be given with the command that runs; which cluster is meant has to be known here, too.
fn open(name: &str, plan: &Plan) -> Check {
    let clusters: Vec<&str> = plan
        .open
        .iter()
        .filter_map(|open| match open {
            OpenValue::Cluster(cluster) => Some(cluster.problem.as_str()),
            OpenValue::Secret { .. } | OpenValue::Variable { .. } | OpenValue::Registry { .. } => None,
        })
        .collect();
    let number = plan.tasks.len();
    match (clusters.is_empty(), plan.open.len()) {
        (true, 0) => Check::pass(name, format!("tasks that would run: {number}")),
        (true, values) => Check::warn(name, format!("values that are still to be given: {values}"), "windlass plan lists them"),
        (false, _) => {
            Check::fail(name, clusters.join("; "), "windlass plan shows how to name a cluster; --context names one here")
        }
    }
}

fn skipped(name: &str, reason: &str) -> Check {
    Check { name: name.into(), outcome: Outcome::Skipped(reason.into()), help: None }
}

/// The pod that needs most of a cluster.
fn most_demanding<'a>(plan: Option<&'a Plan>, target: &Target) -> Option<&'a PodPlan> {
    let there = plan.into_iter().flat_map(|plan| &plan.tasks).filter(|task| task.target == *target);
    there.map(|task| &task.pod).max_by_key(|pod| need(pod).level)
}

fn softened(check: Check) -> Check {
    let outcome = match check.outcome {
        Outcome::Fail(text) => Outcome::Warn(text),
        other => other,
    };
    Check { outcome, ..check }
}

fn text(sections: &[Section]) -> String {
    let mut text = String::new();
    for section in sections {
        let mut rows = Vec::new();
        for check in &section.checks {
            let (mark, found) = match &check.outcome {
                Outcome::Pass(found) => ("ok", found),
                Outcome::Warn(found) => ("warning", found),
                Outcome::Fail(found) => ("error", found),
                Outcome::Skipped(found) => ("skipped", found),
            };
            rows.push(vec![format!("  {mark}"), check.name.clone(), found.clone()]);
            rows.extend(check.help.iter().map(|help| vec![String::new(), String::new(), format!("help: {help}")]));
        }
        text.push_str(&format!("{}\n{}", section.about, show::table(&rows)));
    }
    text
}
