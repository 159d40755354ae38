//! `windlass doctor`.

use bytes::Bytes;
use windlass_container_engine::Environment;
use windlass_kube::Patience;
use windlass_kube::pod_security::need;
use windlass_model::check::{Check, Outcome};
use windlass_model::plan::{Plan, Target};
use windlass_model::pod::PodPlan;

use crate::args::{Choice, DoctorArgs, Global, PluginChoice, TableFormat, VariableOptions};
use crate::environment::ProcessEnvironment;
use crate::failure::Failure;
use crate::plugins::Plugins;
use crate::prepare::{Purpose, prepare};
use crate::project::{Project, ProjectError};
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
    let mut sections = vec![Section { about: "this directory".into(), checks: vec![project(global)] }];
    sections.push(Section { about: "plugins".into(), checks: vec![plugins().await] });
    let plan = planned(global, args).await;
    let places = places::find(global, &args.target)?;
    for target in places.targets {
        let mut checks = match &target {
            Target::Kube { .. } | Target::Open { .. } => {
                cluster(&target, places.patience, most_demanding(plan.as_ref(), &target)).await
            }
            Target::Engine => {
                let agent = Bytes::from_static(windlass_assets::AGENT);
                windlass_container_engine::doctor(&Environment::of_this_process(), agent).await
            }
        };
        // What nobody named may be missing: tasks run elsewhere.
        if !places.named {
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

fn project(global: &Global) -> Check {
    let name = "task file";
    match Project::read(global, &VariableOptions::default(), &ProcessEnvironment) {
        Ok(project) => {
            let tasks = project.configuration.tasks.len();
            let found = format!("{}: tasks: {tasks}", project.file.display());
            match project.copy.remarks.as_slice() {
                [] => Check::pass(name, found),
                remarks => Check::warn(name, found, remarks.join("; ")),
            }
        }
        Err(ProjectError::File(diagnostics)) => {
            Check::fail(name, format!("{} has errors", diagnostics.file()), "windlass check shows them")
        }
        Err(error @ (ProjectError::NoFile(_) | ProjectError::Other(_))) => {
            Check::warn(name, error.show(global).causes(), "go to the directory of a project, or name its file with -f")
        }
    }
}

async fn plugins() -> Check {
    match Plugins::start(&PluginChoice::default()).await {
        Ok(plugins) => Check::pass("WebAssembly", format!("plugins can run here: {}", plugins.names().join(", "))),
        Err(failure) => Check::fail("WebAssembly", failure.causes(), "use a processor and system that wasmtime compiles for"),
    }
}

async fn cluster(target: &Target, patience: Patience, pod: Option<&PodPlan>) -> Vec<Check> {
    match windlass_kube::Connected::open(target, patience).await {
        Ok(connected) => {
            let agent = drivers::agent();
            windlass_kube::doctor::examine(connected, &agent, pod).await
        }
        Err(error) => {
            let help = error.help().unwrap_or_else(|| "correct the kubeconfig".into());
            vec![Check::fail("kubeconfig", error.to_string(), help)]
        }
    }
}

/// What a run of this directory's file would do. `None` where there is no plan: what keeps it from being made is told by other checks, by
/// `windlass check` and by `windlass plan`.
async fn planned(global: &Global, args: &DoctorArgs) -> Option<Plan> {
    let choice = Choice { target: args.target.clone(), ..Choice::default() };
    match prepare(global, &choice, Purpose::Examining).await {
        Ok(prepared) => Some(prepared.plan),
        Err(failure) => {
            tracing::debug!(failure = failure.causes(), "nothing is planned");
            None
        }
    }
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
