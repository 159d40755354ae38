//! `windlass check`.

use std::fmt::Write as _;

use serde_json::Value;
use windlass_config::{Diagnostics, Severity};
use windlass_model::task::{Disposition, LeftOut, Task};
use windlass_model::text::one_line;

use crate::args::{CheckArgs, Choice, Global, PluginChoice, SecretOptions, TableFormat};
use crate::environment::ProcessEnvironment;
use crate::failure::{self, Failure};
use crate::generated::How;
use crate::output;
use crate::plugins::bundled::Bundled;
use crate::prepare::{Prepared, examine, with_the_rest};
use crate::problems::by_file;
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
            for note in prepared.project.bundled.notes(&prepared.plugins.source().with_settings()) {
                output::line(&format!("note: {note}"));
            }
            reading::show(global, &warnings);
            let more = warnings.iter().chain([&prepared.project.configuration.warnings]);
            let number = more.flatten().filter(|problem| problem.severity() == Severity::Warning).count();
            output::text(&summary(&prepared.project, number))
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

/// Looks for all that is wrong, also where the files have errors: of the rest of them, what it names is loaded all the same.
async fn look(global: &Global, args: &CheckArgs) -> Result<(Prepared, Vec<Diagnostics>), ProjectError> {
    let bundled = Bundled::find(global, &args.plugins, &ProcessEnvironment).await?;
    let options = (&args.variables, &SecretOptions::default());
    let (project, wrong) = Project::read_with(global, options, bundled, How::looking(&args.plugins)).await?;
    let plugins = PluginChoice { given: args.plugins.clone(), ..PluginChoice::default() };
    let choice = Choice { variables: args.variables.clone(), plugins, ..Choice::default() };
    if !wrong.is_empty() {
        return Err(with_the_rest(global, &choice, project, wrong).await);
    }
    let (task_file, warnings) = (project.source.name.clone(), project.configuration.warnings.clone());
    let examined = examine(global, &choice, Purpose::Checking, project).await;
    examined.map_err(|error| match error {
        ProjectError::Files { files, exit_code } => {
            let files = by_file([warnings].into_iter().chain(files), &task_file);
            ProjectError::Files { files, exit_code }
        }
        error @ (ProjectError::NoFile(_) | ProjectError::Other(_)) => error,
    })
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

fn summary(project: &Project, warnings: usize) -> String {
    let tasks = &project.configuration.tasks;
    let warnings = match warnings {
        0 => String::new(),
        1 => "1 warning, ".into(),
        n => format!("{n} warnings, "),
    };
    let tasks_there = number_of(tasks.len());
    let mut text = format!("{}: no errors, {warnings}{tasks_there}\n", one_line(&project.title()));
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
