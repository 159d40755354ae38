//! `plugin run`: one plugin in one step, at once. The task is written here; what becomes of it is decided where any other task's is: by the
//! planner, the policy and the user's trust.

mod made;

use serde_json::{Map, Value, json};

use crate::args::{Choice, Global, NoTasks, On, PluginChoice, RunArgs, TryArgs};
use crate::commands::run as runs;
use crate::failure::Failure;

/// Runs one plugin; answers with an exit code.
///
/// # Errors
/// As `windlass run`.
pub(super) async fn run(global: &Global, args: &TryArgs) -> Result<u8, Failure> {
    if let Some(file) = &args.file {
        return made::print(global, args, file).await.map(|()| 0);
    }
    let global = Global { task: Some(task(args)?), ..global.clone() };
    let mut target = args.target.clone();
    if target.on.is_none() && target.context.is_none() {
        target.on = Some(On::Engine);
    }
    let choice = Choice {
        tasks: Vec::new(),
        variables: args.variables.clone(),
        secrets: args.secrets.clone(),
        target,
        pull: args.pull.clone(),
        plugins: PluginChoice { substitutes: Vec::new(), given: args.plugins.clone() },
    };
    let run = RunArgs {
        choice,
        jobs: 1,
        sidecar_logs: false,
        no_tasks: NoTasks::Fail,
        artifacts: None,
        dry_run: args.dry_run,
        output: args.output,
    };
    runs::run(&global, &run).await
}

/// The text of a task file with one step.
fn task(args: &TryArgs) -> Result<String, Failure> {
    let with = with(args)?;
    let mut step = Map::from_iter([("uses".to_owned(), Value::from(args.plugin.clone()))]);
    if !with.is_empty() {
        step.insert("with".to_owned(), Value::Object(with));
    }
    let task = json!({"plugin_task": {"container": {"image": args.image}, "run_step": step}});
    serde_yaml::to_string(&task).map_err(|error| Failure::usage(error.to_string(), WITH))
}

/// What stands under `with`.
fn with(args: &TryArgs) -> Result<Map<String, Value>, Failure> {
    let mut with = Map::new();
    for given in &args.with {
        let given = given.0.clone().map_err(|error| Failure::usage(error.to_string(), WITH))?;
        with.extend(given.0);
    }
    Ok(with)
}

const WITH: &str =
    "write --with KEY=VALUE for each key, or --with '{\"KEY\": \"VALUE\"}'; `windlass plugin inspect` shows the keys";
