//! `windlass check`.

use std::fmt::Write as _;

use windlass_model::task::{Disposition, Task};
use windlass_model::text::one_line;

use crate::args::{CheckArgs, Global, TableFormat};
use crate::environment::ProcessEnvironment;
use crate::failure::{self, Failure};
use crate::output;
use crate::project::{Project, ProjectError};

/// Reads the file and says whether it is all right.
///
/// # Errors
/// When it is not, after its problems have been shown.
pub fn run(global: &Global, args: &CheckArgs) -> Result<(), Failure> {
    match args.output {
        TableFormat::Text => {
            let project = Project::examine(global, &args.variables, &ProcessEnvironment)?;
            output::text(&summary(&project))
        }
        TableFormat::Json => match Project::read(global, &args.variables, &ProcessEnvironment) {
            Ok(project) => output::json(&project.configuration.warnings),
            Err(ProjectError::File(diagnostics)) => {
                output::json(&diagnostics)?;
                Err(failure::shown(&diagnostics))
            }
            Err(error @ (ProjectError::NoFile(_) | ProjectError::Other(_))) => Err(error.show(global)),
        },
    }
}

fn summary(project: &Project) -> String {
    let tasks = &project.configuration.tasks;
    let mut text = format!("{}: no errors, {}\n", one_line(&project.file.display().to_string()), number_of(tasks.len()));
    for task in tasks {
        let labels = if task.labels.is_empty() { String::new() } else { format!(" ({})", task.labels.join(", ")) };
        let line = format!("{}{labels}{}", task.name, remark(task));
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

fn number_of(tasks: usize) -> String {
    match tasks {
        0 => "and no tasks".into(),
        1 => "1 task".into(),
        n => format!("{n} tasks"),
    }
}
