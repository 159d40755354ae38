//! `windlass ls`.

use serde_json::json;

use super::standing::{self, Standing};
use crate::args::{Global, LsArgs, TableFormat};
use crate::failure::Failure;
use crate::{output, show};

/// Lists the pods that stand.
///
/// # Errors
/// When a cluster, or an engine that runs go to, does not answer. What stands elsewhere has been shown.
pub async fn run(global: &Global, args: &LsArgs) -> Result<(), Failure> {
    let found = standing::list(global, &args.target).await?;
    match args.output {
        TableFormat::Json => output::json(&found.standing.iter().map(record).collect::<Vec<_>>())?,
        TableFormat::Text if found.standing.is_empty() => {
            if let Some(scope) = found.scope() {
                output::line(&format!("there are no pods of windlass{scope}"));
            }
        }
        TableFormat::Text => output::text(&table(&found.standing))?,
    }
    found.complete()
}

/// A pod as data.
pub(super) fn record(standing: &Standing) -> serde_json::Value {
    let pod = &standing.pod;
    json!({
        "run": pod.run,
        "task": pod.task,
        "pod": pod.name,
        "state": pod.state,
        "age_seconds": pod.age.as_secs(),
        "expired": pod.expired,
        "target": standing.driver.target(),
    })
}

fn table(standing: &[Standing]) -> String {
    let header = ["RUN", "TASK", "STATE", "AGE", "POD", "WHERE"].map(str::to_owned).to_vec();
    let row = |standing: &Standing| {
        let pod = &standing.pod;
        let state = if pod.expired { format!("{}, expired", pod.state) } else { pod.state.clone() };
        vec![pod.run.clone(), pod.task.clone(), state, standing::age(pod), pod.name.clone(), standing.driver.target().to_string()]
    };
    show::table(&[vec![header], standing.iter().map(row).collect()].concat())
}
