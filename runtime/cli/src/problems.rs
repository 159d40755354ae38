//! What is wrong with the files of a project beyond their reading: every problem at once, each with its place.

use std::path::Path;

use windlass_config::{Code, Diagnostics, Findings, Message, Place, Severity, Source};
use windlass_engine::planner::{Located, PlanError, PlanErrors, Refusal};
use windlass_engine::ports::plugin::PluginError;

use crate::failure;
use crate::project::Project;
use crate::reading::ProjectError;
use crate::voices::Layer;

/// A problem of a settings file.
pub struct Wrong {
    /// How bad it is.
    pub severity: Severity,
    /// Its kind.
    pub code: Code,
    /// The path of the setting from the root of the file.
    pub setting: String,
    /// What is wrong, in one line.
    pub message: Message,
    /// What to do.
    pub help: Vec<String>,
}

/// The problems of a settings file, with their places in it.
pub fn of_settings(layer: &Layer, wrong: impl IntoIterator<Item = Wrong>) -> Option<Diagnostics> {
    let mut findings = Findings::of(&layer.source())?;
    for Wrong { severity, code, setting, message, help } in wrong {
        findings.push(severity, code, Place::Root(&setting), message, help);
    }
    Some(findings.into_diagnostics()).filter(|found| !found.is_empty())
}

/// Where a setting stands, as `FILE:LINE:COLUMN`; the file alone where it cannot be found.
pub fn place_of(layer: &Layer, setting: &str) -> String {
    place_in(&layer.file, &layer.source(), Place::Root(setting))
}

fn place_in(file: &Path, source: &Source, place: Place<'_>) -> String {
    match Findings::of(source).map(|findings| findings.position(place)) {
        Some((line, column)) => format!("{}:{line}:{column}", file.display()),
        None => file.display().to_string(),
    }
}

/// The problems of each file together, those of the task file last.
pub fn by_file(all: impl Iterator<Item = Diagnostics>, task_file: &str) -> Vec<Diagnostics> {
    let mut files: Vec<Diagnostics> = Vec::new();
    for one in all {
        match files.iter().position(|known| known.file() == one.file()) {
            Some(at) => {
                let known = files.remove(at);
                files.insert(at, known.and(one));
            }
            None => files.push(one),
        }
    }
    files.sort_by_key(|file| file.file() == task_file);
    files
}

/// Why there is no plan, with the places in the task file. What is about no place of the file stays as it is.
pub fn of_plan(project: &Project, errors: PlanErrors) -> ProjectError {
    let findings = errors.iter().all(|located| located.line.is_some()).then(|| Findings::of(&project.source)).flatten();
    let Some(mut findings) = findings else { return ProjectError::Other(errors.into()) };
    for located in errors.iter() {
        add(&mut findings, located);
    }
    // What is the file's matter comes before what is a plugin's.
    let exit_code = errors.iter().map(|located| failure::plan_exit_code(&located.error)).min().unwrap_or(2);
    ProjectError::Files { files: vec![findings.into_diagnostics()], exit_code }
}

fn add(findings: &mut Findings, located: &Located) {
    let line = located.line.unwrap_or(1);
    let field = match &located.error {
        PlanError::Plugin { source, .. } => field(source),
        PlanError::Denied(refusal) => return add_denials(findings, refusal, &failure::help_of_plan(&located.error)),
        PlanError::Selection(_)
        | PlanError::Scripts { .. }
        | PlanError::Step { .. }
        | PlanError::Policy { .. }
        | PlanError::Environment { .. }
        | PlanError::Conflict { .. } => None,
    };
    let place = field.as_deref().map_or(Place::Line(line), |field| Place::Below(line, field));
    let message = failure::causes(&located.error);
    findings.push(Severity::Error, code(&located.error), place, message, failure::help_of_plan(&located.error));
}

/// Each plugin that may not do something, at the first of its steps. What to do is one answer to all, so it is told with the last.
fn add_denials(findings: &mut Findings, refusal: &Refusal, help: &[String]) {
    let last = refusal.denials.iter().enumerate().max_by_key(|(_, denial)| denial.line).map(|(at, _)| at);
    for (at, denial) in refusal.denials.iter().enumerate() {
        let help = if Some(at) == last { help.to_vec() } else { Vec::new() };
        let message = Message::from(denial.to_string()).listed(denial.heading(), denial.lines());
        findings.push(Severity::Error, Code::NotGranted, Place::Line(denial.line), message, help);
    }
}

/// The part of a step that a plugin's error is about.
fn field(error: &PluginError) -> Option<String> {
    match error {
        PluginError::Unsupported { field, .. } if field == "with" => Some("with".to_owned()),
        PluginError::Unsupported { field, .. } => Some(format!("with.{field}")),
        PluginError::NotFound { .. } | PluginError::Unloadable { .. } => Some("uses".to_owned()),
        PluginError::Failed { .. }
        | PluginError::Invalid { .. }
        | PluginError::Denied { .. }
        | PluginError::Trapped { .. }
        | PluginError::Cancelled
        | PluginError::Infrastructure { .. } => None,
    }
}

/// The kind of a problem of a plugin.
pub fn code_of(error: &PluginError) -> Code {
    match error {
        PluginError::NotFound { .. } | PluginError::Unloadable { .. } => Code::UnknownPlugin,
        _ => Code::PluginRequest,
    }
}

fn code(error: &PlanError) -> Code {
    match error {
        PlanError::Plugin { source, .. } => code_of(source),
        PlanError::Denied(_) => Code::NotGranted,
        PlanError::Policy { .. } => Code::Policy,
        PlanError::Selection(_) => Code::UnknownTask,
        PlanError::Scripts { .. } | PlanError::Step { .. } | PlanError::Environment { .. } | PlanError::Conflict { .. } => {
            Code::NotPlanned
        }
    }
}
