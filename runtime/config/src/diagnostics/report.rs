//! Diagnostics as a machine reads them.

use super::{Code, Diagnostic, Diagnostics, Severity};
use serde::ser::{Serialize, SerializeSeq, Serializer};

/// One problem in the machine-readable form. Lines and columns start at 1, columns and lengths count characters;
/// all three are absent for a problem of the whole file.
#[derive(serde::Serialize)]
struct Record<'a> {
    code: Code,
    severity: Severity,
    file: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    length: Option<usize>,
    message: &'a str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    help: &'a [String],
}

impl Diagnostics {
    fn record<'a>(&'a self, diagnostic: &'a Diagnostic) -> Record<'a> {
        let position = diagnostic.span.map(|span| self.document.position(span.start));
        Record {
            code: diagnostic.code,
            severity: diagnostic.severity,
            file: self.file_of(diagnostic),
            line: position.map(|position| position.line),
            column: position.map(|position| position.column),
            length: diagnostic.span.map(|span| self.document.slice(span).chars().count()),
            message: &diagnostic.message,
            help: &diagnostic.help,
        }
    }
}

impl Serialize for Diagnostics {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.list.len()))?;
        for diagnostic in &self.list {
            list.serialize_element(&self.record(diagnostic))?;
        }
        list.end()
    }
}
