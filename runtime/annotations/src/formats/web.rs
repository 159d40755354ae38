//! ESLint and Qodana.

use serde::Deserialize;
use windlass_model::event::Level;

use super::{Number, Text, json, level};
use crate::finding::{Finding, Findings};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    file_path: String,
    messages: Vec<Message>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    #[serde(default)]
    rule_id: Text,
    #[serde(default)]
    severity: Number,
    message: String,
    #[serde(default)]
    line: Number,
    #[serde(default)]
    column: Number,
    #[serde(default)]
    end_line: Number,
    #[serde(default)]
    end_column: Number,
}

pub(super) fn eslint(text: &str, findings: &mut Findings<'_>) -> Result<(), String> {
    let files: Vec<File> = json(text)?;
    for file in files {
        for message in file.messages {
            let level = if message.severity.0 == 1 { Level::Warning } else { Level::Error };
            let finding = Finding {
                path: Some(file.file_path.clone()),
                line: message.line.0,
                column: message.column.0,
                end_line: message.end_line.0,
                // It is the first one behind.
                end_column: message.end_column.0.saturating_sub(1),
                title: message.rule_id.0,
                message: message.message,
                ..Finding::default()
            };
            findings.add(level, finding);
        }
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Qodana {
    list_problem: Vec<Problem>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Problem {
    #[serde(default, rename = "type")]
    kind: Text,
    #[serde(default)]
    severity: Text,
    comment: String,
    #[serde(default)]
    sources: Vec<Source>,
}

#[derive(Deserialize)]
struct Source {
    path: String,
    #[serde(default)]
    line: Number,
    #[serde(default)]
    offset: Number,
}

pub(super) fn qodana(text: &str, findings: &mut Findings<'_>) -> Result<(), String> {
    let report: Qodana = json(text)?;
    for Problem { kind, severity, comment, sources } in report.list_problem {
        for Source { path, line, offset } in sources {
            let (title, message) = (kind.0.clone(), comment.clone());
            let finding = Finding { path: Some(path), line: line.0, column: offset.0, title, message, ..Finding::default() };
            findings.add(level(&severity.0), finding);
        }
    }
    Ok(())
}
