//! SwiftFormat, and logs of Xcode as XCLogParser writes them.

use serde::Deserialize;
use windlass_model::event::Level;

use super::{Number, Text, json, json_lines};
use crate::finding::{Finding, Findings};
use crate::place::of_address;

#[derive(Deserialize)]
struct Change {
    file: String,
    #[serde(default)]
    line: Number,
    #[serde(default)]
    reason: Text,
    #[serde(default)]
    rule_id: Text,
}

/// One list for each time that it was called.
pub(super) fn swiftformat(text: &str, findings: &mut Findings<'_>) -> Result<(), String> {
    json_lines(text, |changes: Vec<Change>, at| {
        for Change { file, line, reason, rule_id } in changes {
            let finding =
                Finding { path: Some(file), line: line.0, title: rule_id.0, message: reason.0, at, ..Finding::default() };
            findings.add(Level::Warning, finding);
        }
    })
}

#[derive(Deserialize)]
struct Step {
    #[serde(default)]
    errors: Vec<Entry>,
    #[serde(default)]
    warnings: Vec<Entry>,
    #[serde(default)]
    notes: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    #[serde(default)]
    title: Text,
    #[serde(default)]
    detail: Text,
    #[serde(default, rename = "documentURL")]
    document: Text,
    #[serde(default)]
    starting_line_number: Number,
    #[serde(default)]
    ending_line_number: Number,
    #[serde(default)]
    starting_column_number: Number,
    #[serde(default)]
    ending_column_number: Number,
}

pub(super) fn xclogparser(text: &str, findings: &mut Findings<'_>) -> Result<(), String> {
    let steps: Vec<Step> = json(text)?;
    for Step { errors, warnings, notes } in steps {
        for (level, entries) in [(Level::Error, errors), (Level::Warning, warnings), (Level::Info, notes)] {
            // What is about no file is about the build, which tells it itself.
            for entry in entries.into_iter().filter(|entry| !entry.document.0.is_empty()) {
                let finding = Finding {
                    path: Some(of_address(&entry.document.0)),
                    line: entry.starting_line_number.0,
                    end_line: entry.ending_line_number.0,
                    column: entry.starting_column_number.0,
                    end_column: entry.ending_column_number.0,
                    title: entry.title.0,
                    message: entry.detail.0,
                    ..Finding::default()
                };
                findings.add(level, finding);
            }
        }
    }
    Ok(())
}
