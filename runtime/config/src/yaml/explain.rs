//! What a parser's error means in a file of this kind, and what to do.

use crate::diagnostics::{Code, Diagnostic};
use crate::source::{Document, Span};
use granit_parser::{ErrorKind, ScanError};

/// The diagnostic for text that is not YAML: a document's, or a beginning of it.
pub(super) fn scan_error(document: &Document, text: &str, error: &ScanError) -> Diagnostic {
    let at = error.marker().byte_offset().unwrap_or_default().min(text.len());
    let next = text.get(at..).and_then(|rest| rest.chars().next());
    let width = next.filter(|char| *char != '\n').map_or(0, char::len_utf8);
    let line = document.slice(document.whole_lines(Span::new(at, at).start, Span::new(at, at).start));
    let problem = Diagnostic::error(Code::Syntax, Span::new(at, at + width), format!("not YAML: {}", error.info()));
    match help(error.kind(), line) {
        Some(help) => problem.help(help),
        None => problem,
    }
}

fn help(kind: &ErrorKind, line: &str) -> Option<&'static str> {
    if line.contains(": !") {
        return Some("a value that starts with `!` is a YAML tag; quote the expression: `skip: \"!changesInclude('docs/*')\"`");
    }
    if line.contains("ENCRYPTED[") && line.contains('{') {
        return Some("inside `{…}` brackets have a meaning; quote the value: `{NAME: \"ENCRYPTED[…]\"}`");
    }
    match kind {
        ErrorKind::MappingValueNotAllowed => {
            Some("text that holds `: ` needs quotes, or a block: write `|` and the text on the next line, indented")
        }
        ErrorKind::UnknownAnchor => Some("an anchor (`&name`) has to come before the alias (`*name`) that uses it"),
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabInPlainScalar => Some("YAML is indented with spaces only"),
        ErrorKind::RecursionLimitExceeded => Some("a file may nest maps and lists 64 levels deep"),
        ErrorKind::UnexpectedCharacter { .. } => Some("text cannot start with this character; quote it"),
        ErrorKind::UnclosedQuotedScalar => Some("the quote that opens this text is never closed"),
        ErrorKind::SimpleKeyExpected | ErrorKind::ExpectedBlockMappingKey => {
            Some("is a `:` missing, or is the line indented differently from the ones above?")
        }
        _ => None,
    }
}

/// The diagnostic for a tag that means nothing here. Mostly it is an expression that wants quotes.
pub(super) fn tag(tag: &str, span: Span) -> Diagnostic {
    let problem = Diagnostic::error(Code::UnexpectedTag, span, format!("YAML reads `{tag}` as a tag, not as text"));
    let quoted = tag.replace('"', "\\\"");
    if tag.contains('(') || tag.contains('$') {
        problem.help(format!("quote the expression: \"{quoted}\""))
    } else {
        problem.help(format!("quote the value if `!` belongs to it: \"{quoted}\""))
    }
}
