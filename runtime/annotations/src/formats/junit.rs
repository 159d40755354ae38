//! Tests that failed, as nearly every runner writes them; no two of them alike.

use windlass_model::event::Level;

use crate::finding::{Finding, Findings};
use crate::xml::{Element, Part, walk};

pub(super) fn read(text: &str, findings: &mut Findings<'_>) -> Result<(), String> {
    let mut foreign = None;
    walk(text, |around, part| match part {
        Part::Begin(element) if around.is_empty() && !matches!(element.name.as_str(), "testsuites" | "testsuite") => {
            foreign = Some(format!("line {}: it begins with <{}> where <testsuites> belongs", element.line, element.name));
        }
        Part::End(failure) if matches!(failure.name.as_str(), "failure" | "error") => {
            if let Some(case) = around.iter().rev().find(|element| element.name == "testcase") {
                findings.add(Level::Error, finding(failure, case, around, findings));
            }
        }
        Part::Begin(_) | Part::End(_) => {}
    })?;
    foreign.map_or(Ok(()), Err)
}

fn finding(failure: &Element, case: &Element, around: &[Element], findings: &Findings<'_>) -> Finding {
    let suites = || around.iter().rev().filter(|element| element.name == "testsuite");
    let trace = failure.text.clone();
    // Linters that write this format call each file a suite.
    let suite =
        || suites().map(|suite| suite.get("name")).find(|name| looks_like_a_file(name) && findings.places.known(name).is_some());
    let path =
        case.given("file").or_else(|| suites().find_map(|suite| suite.given("file"))).or_else(|| suite().map(str::to_owned));
    let (line, column) = match case.number("line") {
        0 => in_words(&trace),
        line => (line, case.number("column")),
    };
    let name =
        [case.get("classname"), case.get("name")].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(".");
    let message = [failure.get("message"), failure.text.trim()].into_iter().find(|text| !text.is_empty());
    let message = message.map_or_else(|| failure.get("type").to_owned(), str::to_owned);
    Finding { path, line, column, title: name, message, trace, at: case.line, ..Finding::default() }
}

fn looks_like_a_file(name: &str) -> bool {
    name.rsplit('/').next().is_some_and(|last| last.contains('.')) && !name.contains(char::is_whitespace)
}

/// `line 3, col 9, …`, as some linters begin.
fn in_words(text: &str) -> (u32, u32) {
    let number = |text: &str| text.split(|c: char| !c.is_ascii_digit()).next().and_then(|digits| digits.parse().ok());
    let Some(rest) = text.trim_start().strip_prefix("line ") else { return (0, 0) };
    let column = rest.split_once(", col ").and_then(|(_, column)| number(column));
    (number(rest).unwrap_or(0), column.unwrap_or(0))
}
