//! What keeps plugins from making tasks, with its place in the settings.

use windlass_config::{Code, Diagnostics, Message, Severity};
use windlass_engine::planner::GeneratorError;
use windlass_engine::ports::plugin::PluginError;

use crate::failure;
use crate::problems::{self, Wrong};
use crate::reading::ProjectError;
use crate::voices::{Generator, Layer};

/// What is wrong with an entry of settings, and whose matter it is.
pub(super) struct Problem {
    pub(super) wrong: Wrong,
    pub(super) exit_code: u8,
}

/// The problems of each settings file, if there are any.
pub(super) fn told(wrong: Vec<(Generator<'_>, Problem)>) -> Option<ProjectError> {
    // What is the file's matter comes before what is a plugin's.
    let exit_code = wrong.iter().map(|(_, problem)| problem.exit_code).min()?;
    let mut layers: Vec<(&Layer, Vec<Wrong>)> = Vec::new();
    for (generator, problem) in wrong {
        match layers.iter_mut().find(|(layer, _)| layer.file == generator.layer.file) {
            Some((_, problems)) => problems.push(problem.wrong),
            None => layers.push((generator.layer, vec![problem.wrong])),
        }
    }
    let files: Vec<Diagnostics> = layers.into_iter().filter_map(|(layer, wrong)| problems::of_settings(layer, wrong)).collect();
    Some(ProjectError::Files { files, exit_code })
}

/// The problems of a plugin: each field that it refuses has its own place.
pub(super) fn of_plugin(generator: Generator<'_>, error: &PluginError) -> Vec<Problem> {
    let (exit_code, help) = (failure::plugin_exit_code(error), failure::help_of_plugin(error));
    let problem = |part: String, message: String| {
        let (code, setting) = (problems::code_of(error), generator.setting(&part));
        Problem {
            wrong: Wrong { severity: Severity::Error, code, setting, message: message.into(), help: help.clone() },
            exit_code,
        }
    };
    match error {
        PluginError::Unsupported { plugin, field, reason, also } => {
            let all = std::iter::once((field, reason)).chain(also.iter().map(|(field, reason)| (field, reason)));
            let one = |(field, reason): (&String, &String)| {
                let part = if field == "with" { field.clone() } else { format!("with.{field}") };
                problem(part, format!("{plugin} cannot do this: {field}: {reason}"))
            };
            all.map(one).collect()
        }
        error => vec![problem("uses".to_owned(), failure::causes(error))],
    }
}

/// Why it may not make tasks.
pub(super) fn refused(generator: Generator<'_>, error: &GeneratorError) -> Problem {
    let (code, exit_code, help) = match error {
        GeneratorError::Kind { .. } => {
            (Code::UnknownPlugin, 2, vec!["windlass plugin inspect shows what a plugin is for".into()])
        }
        GeneratorError::Policy { help, .. } => (Code::Policy, 2, help.clone()),
        GeneratorError::Denied(refusal) => (Code::NotGranted, 4, failure::help_of_refusal(refusal)),
    };
    let setting = generator.setting("uses");
    let message = Message::from(failure::causes(error));
    let message = match error {
        GeneratorError::Denied(refusal) => match refusal.denials.as_slice() {
            [denial] => message.listed(denial.heading(), denial.lines()),
            _ => message,
        },
        GeneratorError::Kind { .. } | GeneratorError::Policy { .. } => message,
    };
    Problem { wrong: Wrong { severity: Severity::Error, code, setting, message, help }, exit_code }
}
