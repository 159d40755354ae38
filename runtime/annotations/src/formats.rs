//! What each format says.

mod checkstyle;
mod cirrus;
mod flutter;
mod golangci;
mod junit;
mod ruby;
mod sarif;
mod swift;
mod web;
mod xml_of_tools;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use windlass_model::event::Level;

use crate::Format;
use crate::finding::Findings;

/// Reads a report of a format.
pub(crate) fn read(format: Format, text: &str, findings: &mut Findings<'_>) -> Result<(), String> {
    match format {
        Format::AndroidLint => xml_of_tools::android_lint(text, findings),
        Format::Boost => xml_of_tools::boost(text, findings),
        Format::Buf => cirrus::buf(text, findings),
        Format::Checkstyle => checkstyle::read(text, findings),
        Format::Cirrus => cirrus::read(text, findings),
        Format::Eslint => web::eslint(text, findings),
        Format::Flutter => flutter::read(text, findings),
        Format::Golangci => golangci::read(text, findings),
        Format::Junit => junit::read(text, findings),
        Format::Qodana => web::qodana(text, findings),
        Format::Rspec => ruby::rspec(text, findings),
        Format::Rubocop => ruby::rubocop(text, findings),
        Format::Sarif => sarif::read(text, findings),
        Format::SwiftFormat => swift::swiftformat(text, findings),
        Format::XcLogParser => swift::xclogparser(text, findings),
    }
}

/// One JSON document. How deep it goes is bounded by whoever reads it, and what is not asked for is passed over.
fn json<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

/// JSON documents one after the other, as lines or not, each with the line in which it ends.
fn json_lines<T: DeserializeOwned>(text: &str, mut see: impl FnMut(T, u32)) -> Result<(), String> {
    let mut line = 1;
    let mut seen = 0;
    let mut documents = serde_json::Deserializer::from_str(text).into_iter::<T>();
    while let Some(document) = documents.next() {
        let document = document.map_err(|error| error.to_string())?;
        let passed = text.as_bytes().get(seen..documents.byte_offset()).unwrap_or_default();
        line += u32::try_from(passed.iter().filter(|byte| **byte == b'\n').count()).unwrap_or(0);
        seen = documents.byte_offset();
        see(document, line);
    }
    Ok(())
}

/// A number that may be left out, null, or less than what is counted.
#[derive(Debug, Clone, Copy, Default)]
struct Number(u32);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = Option::<serde_json::Number>::deserialize(deserializer)?;
        let whole = number.and_then(|number| number.as_u64()).and_then(|number| u32::try_from(number).ok());
        Ok(Self(whole.unwrap_or(0)))
    }
}

/// A text that may be left out or null.
#[derive(Debug, Clone, Default)]
struct Text(String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(Option::<String>::deserialize(deserializer)?.unwrap_or_default()))
    }
}

impl Text {
    fn given(self) -> Option<String> {
        Some(self.0).filter(|text| !text.is_empty())
    }
}

/// The words of linters for how serious something is.
fn level(word: &str) -> Level {
    match word.to_ascii_lowercase().as_str() {
        "error" | "fatal" | "failure" | "critical" | "blocker" => Level::Error,
        "info" | "notice" | "note" | "none" | "information" | "informational" | "hint" | "ignore" | "low" => Level::Info,
        _ => Level::Warning,
    }
}
