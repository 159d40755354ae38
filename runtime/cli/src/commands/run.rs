//! `windlass run`.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use windlass_artifact_store::Store;
use windlass_engine::run::{Cancel, Execution, RunOutcome};
use windlass_model::plan::{NotRunReason, Plan, Target};
use windlass_working_copy::Upload;

use super::plan;
use crate::args::{Global, NoTasks, RunArgs};
use crate::failure::Failure;
use crate::ledger;
use crate::prepare::{Prepared, again, prepare, remember_plugins};
use crate::purpose::Purpose;
use crate::reporting::{self, Reporting};
use crate::signals::Signals;
use crate::{artifacts, caches, drivers, http, no_effect, output, values};

/// Makes a plan and executes it.
///
/// # Errors
/// When there is no plan, something is still to be given, or a place cannot be connected to. Tasks that fail are no error.
pub async fn run(global: &Global, args: &RunArgs) -> Result<u8, Failure> {
    if args.dry_run {
        return plan::of_run(global, args).await.map(|()| 0);
    }
    let mut prepared = prepare(global, &args.choice, Purpose::Running).await?;
    // Nobody is asked to trust what cannot run anyway. What is read with that trust may be wrong again.
    loop {
        match refuse_what_cannot_run(&prepared.plan, &args.choice.tasks) {
            Err(failure @ Failure::NothingToRun { .. }) if args.no_tasks == NoTasks::Pass => {
                output::line(&failure.to_string());
                return Ok(0);
            }
            Err(failure) => {
                // The value that is missing may have been given, by a slip of the name.
                for slip in no_effect::slips(&args.choice, &prepared.project, &prepared.plan) {
                    output::line(&format!("note: {slip}"));
                }
                return Err(failure);
            }
            Ok(()) => {}
        }
        if prepared.trust.missing().is_empty() {
            break;
        }
        prepared.trust.require()?;
        prepared = again(global, &args.choice, Purpose::Running, prepared).await?;
    }
    for line in whereabouts(&prepared.plan) {
        output::line(&line);
    }
    for note in prepared.plan.notes.iter().cloned().chain(prepared.project.left_out()) {
        output::line(&format!("note: {note}"));
    }
    remember_plugins(&prepared);
    let outcome = execute(global, args, &prepared).await?;
    remember(&prepared, args, &outcome);
    Ok(outcome.exit_code.code())
}

async fn execute(global: &Global, args: &RunArgs, prepared: &Prepared) -> Result<RunOutcome, Failure> {
    let (secrets, notes) = values::read(prepared, output::redactor()).await?;
    for note in notes {
        output::line(&format!("note: {note}"));
    }
    let targets: BTreeSet<Target> = prepared.plan.tasks.iter().map(|task| task.target.clone()).collect();
    let drivers = drivers::connect_all(targets, drivers::patience(&prepared.project.settings)).await?;
    let root = workspace(&prepared.project.directory)?;
    let place = artifacts::place(args.artifacts.as_deref(), &root);
    let artifacts = Store::sending(place, prepared.plan.run.as_str(), artifacts::store_of_run(prepared).await?);
    let workspace = Upload { root, lent: prepared.trust.objects(), secret_files: prepared.project.secret_files.clone() };
    let of_caches = caches::of_run(prepared).await;
    let cancel = Cancel::default();
    let signals = Signals::take()?;
    let next = || reporting::next_command(global, &args.choice, |name| prepared.is_secret(name));
    let reporter = reporting::choose(global, args.output, output::redactor().clone(), next);
    let reporting = Reporting::start(reporter, cancel.clone())?;
    let watching = tokio::spawn(signals.cancel(cancel.clone(), reporting.events.downgrade()));
    let execution = Execution {
        plan: prepared.plan.clone(),
        drivers,
        plugins: prepared.plugins.clone(),
        http: Arc::new(http::client(&prepared.project.voices, &prepared.trust)),
        secrets,
        workspace,
        artifacts,
        caches: of_caches.caches,
        attempts: of_caches.attempts,
        mover: windlass_assets::MOVER,
        jobs: usize::from(args.jobs),
        sidecar_logs: args.sidecar_logs,
        redactor: output::redactor().clone(),
        events: reporting.events.clone(),
        cancel,
    };
    let outcome = execution.execute().await;
    watching.abort();
    caches::tidy(of_caches.stores, &prepared.plan, &prepared.project.voices.platform().cache).await;
    reporting.finish().await?;
    Ok(outcome)
}

fn refuse_what_cannot_run(plan: &Plan, named: &[String]) -> Result<(), Failure> {
    if !plan.open.is_empty() {
        return Err(Failure::Open { open: plan.open.clone() });
    }
    if plan.tasks.is_empty() {
        let reason = if plan.not_run.is_empty() {
            "the file has no tasks".to_owned()
        } else if !named.is_empty() {
            reasons(plan)
        } else if plan.not_run.iter().all(|task| task.reason.is_skipped()) {
            "every task is skipped".to_owned()
        } else if plan.not_run.iter().any(|task| task.reason == NotRunReason::Manual) {
            "the other tasks of the file are started by hand: name the tasks to run".to_owned()
        } else {
            "no task of the file can run here".to_owned()
        };
        return Err(Failure::NothingToRun { reason });
    }
    Ok(())
}

/// Why the tasks do not run that were named.
fn reasons(plan: &Plan) -> String {
    let named = plan.not_run.iter().filter(|task| task.reason != NotRunReason::NotChosen);
    let reasons: Vec<String> = named.map(|task| format!("task {} is {}", task.name, task.reason)).collect();
    reasons.join("; ")
}

/// Where the run happens: the first that a person reads of it. One line for each place.
fn whereabouts(plan: &Plan) -> Vec<String> {
    let targets: BTreeSet<&Target> = plan.tasks.iter().map(|task| &task.target).collect();
    let line = |target: &Target| {
        let tasks: Vec<&str> = plan.tasks.iter().filter(|t| t.target == *target).map(|t| t.name.as_str()).collect();
        format!("run {} on {target}: {}", plan.run, tasks.join(", "))
    };
    targets.into_iter().map(line).collect()
}

fn workspace(directory: &Path) -> Result<std::path::PathBuf, Failure> {
    directory.canonicalize().map_err(|source| Failure::Unreadable { path: directory.to_owned(), source, help: Vec::new() })
}

/// Notes a green run. That it could not be noted does not make the run any less green.
fn remember(prepared: &Prepared, args: &RunArgs, outcome: &RunOutcome) {
    let copy = &prepared.project.copy;
    let Some(greens) = &copy.greens else { return };
    if !ledger::counts(outcome.exit_code.code(), &args.choice.tasks, &copy.uncommitted) {
        tracing::debug!("the run does not count as the branch's last green one");
        return;
    }
    if let Err(error) = greens.record(prepared.plan.run.as_str()) {
        output::line(&format!("warning: the run is green, but could not be remembered as such: {error}"));
    }
}
