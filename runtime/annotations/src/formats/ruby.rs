//! RSpec and RuboCop.

use serde::Deserialize;
use windlass_model::event::Level;

use super::{Number, Text, json};
use crate::finding::{Finding, Findings};

#[derive(Deserialize)]
struct Specs {
    examples: Vec<Example>,
}

#[derive(Deserialize)]
struct Example {
    #[serde(default)]
    full_description: Text,
    status: String,
    #[serde(default)]
    file_path: Text,
    #[serde(default)]
    line_number: Number,
    exception: Option<Exception>,
}

#[derive(Deserialize)]
struct Exception {
    #[serde(default)]
    message: Text,
    #[serde(default)]
    backtrace: Option<Vec<String>>,
}

pub(super) fn rspec(text: &str, findings: &mut Findings<'_>) -> Result<(), String> {
    let specs: Specs = json(text)?;
    for example in specs.examples.into_iter().filter(|example| example.status == "failed") {
        let exception = example.exception;
        let trace = exception.as_ref().and_then(|exception| exception.backtrace.as_ref()).map(|lines| lines.join("\n"));
        let finding = Finding {
            path: example.file_path.given(),
            line: example.line_number.0,
            title: example.full_description.0,
            message: exception.map(|exception| exception.message.0).unwrap_or_default(),
            trace: trace.unwrap_or_default(),
            ..Finding::default()
        };
        findings.add(Level::Error, finding);
    }
    Ok(())
}

#[derive(Deserialize)]
struct Offenses {
    files: Vec<File>,
}

#[derive(Deserialize)]
struct File {
    path: String,
    offenses: Vec<Offense>,
}

#[derive(Deserialize)]
struct Offense {
    #[serde(default)]
    severity: Text,
    message: String,
    #[serde(default)]
    cop_name: Text,
    location: Location,
}

#[derive(Deserialize)]
struct Location {
    #[serde(default)]
    start_line: Number,
    #[serde(default)]
    start_column: Number,
    #[serde(default)]
    last_line: Number,
    #[serde(default)]
    last_column: Number,
}

pub(super) fn rubocop(text: &str, findings: &mut Findings<'_>) -> Result<(), String> {
    let offenses: Offenses = json(text)?;
    for File { path, offenses } in offenses.files {
        for Offense { severity, message, cop_name, location } in offenses {
            let level = match severity.0.as_str() {
                "error" | "fatal" => Level::Error,
                "info" => Level::Info,
                // A convention is one.
                _ => Level::Warning,
            };
            let finding = Finding {
                path: Some(path.clone()),
                line: location.start_line.0,
                column: location.start_column.0,
                end_line: location.last_line.0,
                end_column: location.last_column.0,
                title: cop_name.0,
                message,
                ..Finding::default()
            };
            findings.add(level, finding);
        }
    }
    Ok(())
}
