//! Reports of tests and linters as remarks on lines of files.
//!
//! Pure: bytes in, [`Annotation`](windlass_model::result::Annotation)s out. A report comes out of a container, and is held to bounds: its size,
//! the depth of what is in it, the number of remarks, the length of each. XML is read without its entities: only the five that every document has
//! are known, so that none can grow.

mod finding;
mod format;
mod formats;
mod place;
mod xml;

pub use finding::{MOST, Report};
pub use format::Format;
pub use place::Places;

use finding::Findings;

/// The most bytes of a report.
pub const LARGEST: u64 = 32 << 20;

/// Why a file is no report of its format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAReport {
    /// It is larger than any.
    #[error("it has more than {} MiB", LARGEST >> 20)]
    TooLarge,
    /// It is no text.
    #[error("it is not UTF-8")]
    NotText,
    /// It is written otherwise.
    #[error("{0}")]
    Malformed(String),
}

/// Reads a report. `path` is its own, from the project's root: what has no other place is remarked there.
///
/// # Errors
/// When it is no report of this format, with where and why.
pub fn read(format: Format, path: &str, report: &[u8], places: &dyn Places) -> Result<Report, NotAReport> {
    if report.len() as u64 > LARGEST {
        return Err(NotAReport::TooLarge);
    }
    let text = std::str::from_utf8(report).map_err(|_| NotAReport::NotText)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut findings = Findings::new(path, places);
    formats::read(format, text, &mut findings).map_err(NotAReport::Malformed)?;
    Ok(findings.into_report())
}

#[cfg(test)]
mod tests;
