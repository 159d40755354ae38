//! `windlass gc`.

use windlass_model::text::one_line;

use super::standing::{self, Standing};
use crate::args::{GcArgs, Global};
use crate::failure::Failure;
use crate::output;

/// Deletes pods that runs left behind: those whose deadline is over, and with `--all` every one.
///
/// # Errors
/// When a place does not answer, or something cannot be deleted.
pub async fn run(global: &Global, args: &GcArgs) -> Result<(), Failure> {
    let standing = standing::list(global, &args.target).await?;
    let (condemned, spared): (Vec<_>, Vec<_>) = standing.into_iter().partition(|s| args.all || s.pod.expired);
    let mut leftovers = Vec::new();
    for found in &condemned {
        if args.dry_run {
            output::text(&format!("would delete {}\n", describe(found)))?;
            continue;
        }
        match found.driver.remove(&found.pod).await {
            Ok(()) => output::text(&format!("deleted {}\n", describe(found)))?,
            Err(error) => {
                output::line(&format!("error: {}: {error}", found.pod.name));
                leftovers.extend(error.help());
            }
        }
    }
    if condemned.is_empty() {
        output::line("nothing to delete");
    }
    if !spared.is_empty() {
        let pods = if spared.len() == 1 { "1 pod stands".into() } else { format!("{} pods stand", spared.len()) };
        output::line(&format!("{pods} within the deadline, perhaps of a run that goes on; --all deletes them too"));
    }
    if leftovers.is_empty() { Ok(()) } else { Err(Failure::Leftovers { leftovers }) }
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
