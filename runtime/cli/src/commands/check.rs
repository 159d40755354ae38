//! `windlass check`.

use std::fmt::Write as _;

use serde_json::Value;
use windlass_config::Diagnostics;
use windlass_model::task::{Disposition, LeftOut, Task};
use windlass_model::text::one_line;

use crate::args::{CheckArgs, Choice, Global, TableFormat};
use crate::environment::ProcessEnvironment;
use crate::failure::{self, Failure};
use crate::output;
use crate::prepare::{Prepared, examine};
use crate::project::Project;
use crate::purpose::Purpose;
use crate::reading::{self, ProjectError};

/// Reads the files, loads what they name on this machine, and says whether all of it is all right.
///
/// # Errors
/// When it is not, after the problems have been shown.
pub async fn run(global: &Global, args: &CheckArgs) -> Result<(), Failure> {
    let looked = look(global, args).await;
    match args.output {
        TableFormat::Text => {
            let (prepared, warnings) = looked.map_err(|error| error.show(global))?;
            prepared.project.tell_in_full(global);
            reading::show(global, &warnings);
            output::text(&summary(&prepared.project))
        }
        TableFormat::Json => match looked {
            Ok((prepared, mut files)) => {
                files.push(prepared.project.configuration.warnings);
                output::json(&records(&files)?)
            }
            Err(ProjectError::Files { files, exit_code }) => {
                output::json(&records(&files)?)?;
                Err(failure::shown(&files, exit_code))
            }
            Err(error @ (ProjectError::NoFile(_) | ProjectError::Other(_))) => Err(error.show(global)),
        },
    }
}

async fn look(global: &Global, args: &CheckArgs) -> Result<(Prepared, Vec<Diagnostics>), ProjectError> {
    let project = Project::read(global, &args.variables, &ProcessEnvironment)?;
    let choice = Choice { variables: args.variables.clone(), ..Choice::default() };
    examine(global, &choice, Purpose::Checking, project).await
}

/// The problems of several files as one list.
fn records(files: &[Diagnostics]) -> Result<Vec<Value>, Failure> {
    let records = files.iter().map(|file| serde_json::to_value(file).map_err(|error| Failure::Output(error.into())));
    let records = records.collect::<Result<Vec<Value>, Failure>>()?;
    let list = |value| match value {
        Value::Array(records) => records,
        other => vec![other],
    };
    Ok(records.into_iter().flat_map(list).collect())
}

fn summary(project: &Project) -> String {
    let tasks = &project.configuration.tasks;
    let mut text = format!("{}: no errors, {}\n", one_line(&project.file.display().to_string()), number_of(tasks.len()));
    let running = tasks.iter().map(|task| {
        let labels = if task.labels.is_empty() { String::new() } else { format!(" ({})", task.labels.join(", ")) };
        format!("{}{labels}{}", task.name, remark(task))
    });
    for line in running.chain(project.configuration.left_out.iter().map(left_out)) {
        let _ = writeln!(text, "  {}", one_line(&line));
    }
    text
}

fn remark(task: &Task) -> String {
    match &task.disposition {
        Disposition::Run => String::new(),
        Disposition::Manual => ": started by hand only, when `windlass run` names it".into(),
        Disposition::Skip => ": skipped, its `skip` is true".into(),
        Disposition::NotHere(reason) => format!(": does not run here, {reason}"),
    }
}

fn left_out(task: &LeftOut) -> String {
    format!("{}: skipped, its `only_if` is false: {}", task.full_name(), task.condition)
}

fn number_of(tasks: usize) -> String {
    match tasks {
        0 => "and no tasks".into(),
        1 => "1 task".into(),
        n => format!("{n} tasks"),
    }
}
