//! JSON lines of the language's own, and those of buf, which are alike.

use serde::Deserialize;

use super::{Number, Text, json_lines, level};
use crate::finding::{Finding, Findings};

#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    level: Text,
    #[serde(default, rename = "type")]
    kind: Text,
    message: String,
    #[serde(default)]
    raw_details: Text,
    #[serde(default)]
    path: Text,
    #[serde(default)]
    start_line: Number,
    #[serde(default)]
    end_line: Number,
    #[serde(default)]
    start_column: Number,
    #[serde(default)]
    end_column: Number,
}

impl Line {
    fn finding(self, at: u32) -> Finding {
        let details = self.raw_details.0;
        let message = if details.is_empty() { self.message } else { format!("{}\n{details}", self.message) };
        Finding {
            path: self.path.given(),
            line: self.start_line.0,
            end_line: self.end_line.0,
            column: self.start_column.0,
            end_column: self.end_column.0,
            title: self.kind.0,
            message,
            trace: details,
            at,
        }
    }
}

pub(super) fn read(text: &str, findings: &mut Findings<'_>) -> Result<(), String> {
    json_lines(text, |line: Line, at| findings.add(level(&line.level.0), line.finding(at)))
}

/// What buf's lint finds is never less than an error.
pub(super) fn buf(text: &str, findings: &mut Findings<'_>) -> Result<(), String> {
    json_lines(text, |line: Line, at| findings.add(windlass_model::event::Level::Error, line.finding(at)))
}
