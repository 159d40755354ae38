//! What a report says, on its way to being a remark.

use windlass_model::event::Level;
use windlass_model::result::Annotation;
use windlass_model::text::one_line;

use crate::place::{self, Places};

/// The most remarks of one report; more are counted.
pub const MOST: usize = 1000;

/// What a report came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The remarks, in the order of the report.
    pub annotations: Vec<Annotation>,
    /// How many more there are.
    pub more: u64,
}

/// One thing that a report says.
#[derive(Debug, Default)]
pub(crate) struct Finding {
    /// The file, as the report names it.
    pub(crate) path: Option<String>,
    /// Counted from 1; 0 where the report has none.
    pub(crate) line: u32,
    pub(crate) end_line: u32,
    pub(crate) column: u32,
    pub(crate) end_column: u32,
    pub(crate) title: String,
    pub(crate) message: String,
    /// A text that may name a place, where the report says none.
    pub(crate) trace: String,
    /// Where in the report it stands, counted from 1.
    pub(crate) at: u32,
}

/// What a report says, so far.
pub(crate) struct Findings<'a> {
    report: String,
    pub(crate) places: &'a dyn Places,
    annotations: Vec<Annotation>,
    more: u64,
}

impl<'a> Findings<'a> {
    pub(crate) fn new(report: &str, places: &'a dyn Places) -> Self {
        Self { report: report.to_owned(), places, annotations: Vec::new(), more: 0 }
    }

    pub(crate) fn into_report(self) -> Report {
        Report { annotations: self.annotations, more: self.more }
    }

    /// Takes a finding.
    pub(crate) fn add(&mut self, level: Level, finding: Finding) {
        if self.annotations.len() == MOST {
            self.more += 1;
            return;
        }
        let (path, line, exact) = self.place(&finding);
        let some = |number: u32| Some(number).filter(|number| *number > 0 && exact);
        let end_line = some(finding.end_line).filter(|end| *end > line);
        let column = some(finding.column);
        let end_column = some(finding.end_column).filter(|end| end_line.is_some() || *end >= column.unwrap_or(1));
        let title = Some(cut(one_line(&finding.title).trim(), Annotation::LONGEST_TITLE)).filter(|title| !title.is_empty());
        let message = [&finding.message, &finding.title].into_iter().map(|text| text.trim()).find(|text| !text.is_empty());
        let message = cut(message.unwrap_or("no message"), Annotation::LONGEST);
        let annotation = Annotation { path, line, end_line, column, end_column, level, title, message };
        match annotation.checked() {
            Ok(annotation) => self.annotations.push(annotation),
            // Nothing a report holds makes one that is none; it would be counted.
            Err(_) => self.more += 1,
        }
    }

    /// The file and line, and whether the report itself says them.
    fn place(&self, finding: &Finding) -> (String, u32, bool) {
        if let Some(path) = finding.path.as_deref().filter(|path| !path.is_empty())
            && let Some(found) = self.places.known(path).or_else(|| self.places.likely(path))
        {
            let line = place::last_line_of(&finding.trace, path).unwrap_or(finding.line);
            return (found, line.max(1), true);
        }
        match place::guess(&finding.trace, self.places) {
            Some((path, line)) => (path, line, false),
            None => (self.report.clone(), finding.at.max(1), false),
        }
    }
}

/// As much of a text as fits, with a word that there was more.
fn cut(text: &str, longest: usize) -> String {
    const MORE: &str = " …";
    if text.len() <= longest {
        return text.to_owned();
    }
    let end = (0..=longest - MORE.len()).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    format!("{}{MORE}", &text[..end])
}
