//! golangci-lint.

use serde::Deserialize;

use super::{Number, Text, json, level};
use crate::finding::{Finding, Findings};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Document {
    /// It is null where nothing was found.
    issues: Option<Vec<Issue>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Issue {
    #[serde(default)]
    from_linter: Text,
    text: String,
    #[serde(default)]
    severity: Text,
    pos: Position,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Position {
    filename: String,
    #[serde(default)]
    line: Number,
    #[serde(default)]
    column: Number,
}

pub(super) fn read(text: &str, findings: &mut Findings<'_>) -> Result<(), String> {
    let document: Document = json(text)?;
    for issue in document.issues.into_iter().flatten() {
        let level = issue.severity.given().map_or(windlass_model::event::Level::Error, |severity| level(&severity));
        let finding = Finding {
            path: Some(issue.pos.filename),
            line: issue.pos.line.0,
            column: issue.pos.column.0,
            title: issue.from_linter.0,
            message: issue.text,
            ..Finding::default()
        };
        findings.add(level, finding);
    }
    Ok(())
}
