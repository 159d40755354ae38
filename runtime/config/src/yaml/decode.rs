//! Bytes to text: the checks that come before YAML.

use super::Limits;
use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use crate::source::{Document, Source, Span};

/// The text of a source.
///
/// # Errors
/// When it is too large, not UTF-8, or holds a NUL.
pub(crate) fn decode(source: &Source, limits: &Limits) -> Result<Document, Diagnostics> {
    if source.text.len() > limits.bytes {
        let message =
            format!("the file has {} bytes, more than the {} that a configuration may have", source.text.len(), limits.bytes);
        let problem = Diagnostic::file(Code::TooLarge, message).help("is this the right file?");
        return Err(fail(Document::new(source.name.clone(), String::new()), problem));
    }
    match std::str::from_utf8(&source.text) {
        Ok(text) => {
            let document = Document::new(source.name.clone(), text.to_owned());
            match text.find('\0') {
                Some(at) => {
                    let problem =
                        Diagnostic::error(Code::NotText, Span::new(at, at + 1), "the file holds a NUL byte, so it is not text");
                    Err(fail(document, problem))
                }
                None => Ok(document),
            }
        }
        Err(error) => Err(not_utf8(source, error.valid_up_to())),
    }
}

fn not_utf8(source: &Source, at: usize) -> Diagnostics {
    let lossy = String::from_utf8_lossy(&source.text).into_owned();
    let document = Document::new(source.name.clone(), lossy);
    let byte = source.text.get(at).copied().unwrap_or_default();
    let span = Span::new(at, at + char::REPLACEMENT_CHARACTER.len_utf8());
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
