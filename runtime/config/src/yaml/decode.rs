//! Bytes to text: the checks that come before YAML.

use super::Limits;
use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use crate::source::{Document, Source, Span};

/// The text of a source.
///
/// # Errors
/// When it is too large, not UTF-8, or holds a NUL.
pub(crate) fn decode(source: &Source, limits: &Limits) -> Result<Document, Diagnostics> {
    let mut texts: Vec<(String, String)> = Vec::new();
    let mut size = 0;
    for one in source.texts() {
        size += one.text.len();
        if size > limits.bytes {
            let alone = size == one.text.len();
            let what = if alone { "the file has" } else { "with those before it, the text has" };
            let message = format!("{what} {size} bytes, more than the {} that a configuration may have", limits.bytes);
            let problem = Diagnostic::file(Code::TooLarge, message);
            let problem = if alone { problem.help("is this the right file?") } else { problem };
            return Err(fail(Document::new(one.name.clone(), String::new()), problem));
        }
        // The break before each text but the first.
        let base = texts.iter().map(|(_, text)| text.len() + 1).sum::<usize>();
        let text = match std::str::from_utf8(&one.text) {
            Ok(text) => text,
            Err(error) => return Err(not_utf8(texts, one, base, error.valid_up_to())),
        };
        texts.push((one.name.clone(), text.to_owned()));
        if let Some(at) = text.find('\0') {
            let span = Span::new(base + at, base + at + 1);
            let problem = Diagnostic::error(Code::NotText, span, "the file holds a NUL byte, so it is not text");
            return Err(fail(Document::of(texts), problem));
        }
    }
    Ok(Document::of(texts))
}

fn not_utf8(mut before: Vec<(String, String)>, source: &Source, base: usize, at: usize) -> Diagnostics {
    before.push((source.name.clone(), String::from_utf8_lossy(&source.text).into_owned()));
    let document = Document::of(before);
    let byte = source.text.get(at).copied().unwrap_or_default();
    let span = Span::new(base + at, base + at + char::REPLACEMENT_CHARACTER.len_utf8());
    let problem = Diagnostic::error(Code::NotText, span, format!("byte 0x{byte:02x} is not UTF-8"));
    let problem = match source.text.get(..2) {
        Some([0xff, 0xfe] | [0xfe, 0xff]) => problem.help("the file looks like UTF-16; save it as UTF-8"),
        _ => problem.help("save the file as UTF-8"),
    };
    fail(document, problem)
}

fn fail(document: Document, problem: Diagnostic) -> Diagnostics {
    let mut problems = Diagnostics::new(document);
    problems.push(problem);
    problems
}
