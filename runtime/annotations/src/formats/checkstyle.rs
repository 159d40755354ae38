//! What Checkstyle and many other linters write.

use crate::finding::{Finding, Findings};
use crate::xml::{Part, walk};

pub(super) fn read(text: &str, findings: &mut Findings<'_>) -> Result<(), String> {
    let mut foreign = None;
    walk(text, |around, part| match part {
        Part::Begin(element) if around.is_empty() && element.name != "checkstyle" => {
            foreign = Some(format!("line {}: it begins with <{}> where <checkstyle> belongs", element.line, element.name));
        }
        Part::End(error) if error.name == "error" => {
            let path = around.iter().rev().find(|element| element.name == "file").and_then(|file| file.given("name"));
            let finding = Finding {
                path,
                line: error.number("line"),
                column: error.number("column"),
                title: error.get("source").to_owned(),
                message: error.get("message").to_owned(),
                at: error.line,
                ..Finding::default()
            };
            findings.add(super::level(error.get("severity")), finding);
        }
        Part::Begin(_) | Part::End(_) => {}
    })?;
    foreign.map_or(Ok(()), Err)
}
