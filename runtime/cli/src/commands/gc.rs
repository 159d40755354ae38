//! `windlass gc`.

use serde_json::{Value, json};
use windlass_model::text::one_line;

use super::ls;
use super::standing::{self, Standing};
use crate::args::{GcArgs, Global, TableFormat};
use crate::failure::Failure;
use crate::output;

/// Deletes pods that runs left behind: those whose deadline is over, those of the runs that are named, and with `--all` every one.
///
/// # Errors
/// When a place does not answer, or something cannot be deleted.
pub async fn run(global: &Global, args: &GcArgs) -> Result<(), Failure> {
    let mut found = standing::list(global, &args.target).await?;
    let standing = std::mem::take(&mut found.standing);
    let (condemned, spared): (Vec<_>, Vec<_>) =
        standing.into_iter().partition(|s| args.all || s.pod.expired || args.runs.contains(&s.pod.run));
    if let Some(scope) = found.scope() {
        for run in args.runs.iter().filter(|run| !condemned.iter().any(|one| one.pod.run == **run)) {
            output::line(&format!("note: nothing is left of run {run}{scope}"));
        }
    }
    let (mut leftovers, mut records) = (Vec::new(), Vec::new());
    for one in &condemned {
        let done = if args.dry_run { "would delete" } else { "deleted" };
        let removed = if args.dry_run { Ok(()) } else { one.driver.remove(&one.pod).await };
        match removed {
            Ok(()) if args.output == TableFormat::Text => output::text(&format!("{done} {}\n", describe(one)))?,
            Ok(()) => records.push(record(one, if args.dry_run { "to_delete" } else { "deleted" })),
            Err(error) => {
                output::line(&format!("error: {}: {error}", one.pod.name));
                records.push(record(one, "not_deleted"));
                leftovers.extend(error.help().or_else(|| Some(format!("{} is still on {}", one.pod.name, one.driver.target()))));
            }
        }
    }
    if args.output == TableFormat::Json {
        records.extend(spared.iter().map(|one| record(one, "spared")));
        output::json(&records)?;
    } else {
        tell(found.scope().filter(|_| condemned.is_empty()), spared.len());
    }
    if !leftovers.is_empty() {
        return Err(Failure::Leftovers { leftovers });
    }
    found.complete()
}

/// What else there is to say to people: that there is nothing, with the end of that sentence, and what was left alone.
fn tell(nothing: Option<String>, spared: usize) {
    if let Some(scope) = nothing {
        output::line(&format!("nothing to delete{scope}"));
    }
    if spared > 0 {
        let pods = if spared == 1 { "1 pod is".into() } else { format!("{spared} pods are") };
        output::line(&format!("{pods} within the deadline, perhaps of a run that is still going; --all deletes them too"));
    }
}

/// A pod as `ls` has it, and what became of it.
fn record(one: &Standing, outcome: &str) -> Value {
    let mut record = ls::record(one);
    record["outcome"] = json!(outcome);
    record
}

fn describe(found: &Standing) -> String {
    let pod = &found.pod;
    let line = format!(
        "{} (run {}, task {}, {} old, {}) on {}",
        pod.name,
        pod.run,
        pod.task,
        standing::age(pod),
        pod.state,
        found.driver.target()
    );
    one_line(&line).into_owned()
}
