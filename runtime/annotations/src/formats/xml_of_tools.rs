//! XML that one tool alone writes.

use windlass_model::event::Level;

use crate::finding::{Finding, Findings};
use crate::xml::{Element, Part, walk};

/// Android's lint.
pub(super) fn android_lint(text: &str, findings: &mut Findings<'_>) -> Result<(), String> {
    only("issues", text, |around, element| {
        let Some(issue) = around.iter().rev().find(|outer| outer.name == "issue").filter(|_| element.name == "location") else {
            return;
        };
        let finding = Finding {
            path: element.given("file"),
            line: element.number("line"),
            column: element.number("column"),
            title: [issue.get("id"), issue.get("summary")]
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join(": "),
            message: issue.get("message").to_owned(),
            at: issue.line,
            ..Finding::default()
        };
        findings.add(super::level(issue.get("severity")), finding);
    })
}

/// Boost.Test.
pub(super) fn boost(text: &str, findings: &mut Findings<'_>) -> Result<(), String> {
    only("TestLog", text, |around, element| {
        let level = match element.name.as_str() {
            "Error" | "FatalError" | "Exception" => Level::Error,
            "Warning" => Level::Warning,
            _ => return,
        };
        let case = around.iter().rev().find(|outer| outer.name == "TestCase");
        let case_of = |what: &str| case.map(|case| case.get(what).to_owned()).unwrap_or_default();
        // An exception knows no more than where its case stands.
        let own = element.given("file");
        let line = if own.is_some() { element.number("line") } else { case.map_or(0, |case| case.number("line")) };
        let path = own.or_else(|| case.and_then(|case| case.given("file")));
        let (title, message) = (case_of("name"), element.text.clone());
        findings.add(level, Finding { path, line, title, message, at: element.line, ..Finding::default() });
    })
}

/// Goes through a document whose outermost element has this name.
fn only(name: &str, text: &str, mut see: impl FnMut(&[Element], &Element)) -> Result<(), String> {
    let mut foreign = None;
    walk(text, |around, part| match part {
        Part::Begin(element) if around.is_empty() && element.name != name => {
            foreign = Some(format!("line {}: it begins with <{}> where <{name}> belongs", element.line, element.name));
        }
        Part::Begin(_) => {}
        Part::End(element) => see(around, element),
    })?;
    foreign.map_or(Ok(()), Err)
}
