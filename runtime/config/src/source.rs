//! The texts that tasks come from, and how byte offsets in them become lines and columns.

use std::sync::Arc;
use windlass_model::lines::Lines;

/// A file as it was read: its name for messages, and its bytes, which need not be valid text. Tasks may come from further texts that were
/// made beside it: all of them are read as one, and each problem is told with the name and the line of its own text.
#[derive(Debug, Clone)]
pub struct Source {
    /// The name shown in diagnostics, usually the path as the user typed it.
    pub name: String,
    /// The content of the file.
    pub text: Vec<u8>,
    further: Vec<Source>,
}

impl Source {
    /// A source from its display name and its content.
    pub fn new(name: impl Into<String>, text: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), text: text.into(), further: Vec::new() }
    }

    /// The same with further texts behind it, in this order.
    #[must_use]
    pub fn joined(mut self, further: impl IntoIterator<Item = Self>) -> Self {
        self.further.extend(further);
        self
    }

    /// The file alone.
    #[must_use]
    pub fn alone(&self) -> Self {
        Self::new(self.name.clone(), self.text.clone())
    }

    /// All of its texts as one, whatever is no text replaced.
    pub fn whole(&self) -> String {
        self.texts().map(|text| String::from_utf8_lossy(&text.text)).collect::<Vec<_>>().join("\n")
    }

    /// Which line of which text a line number of its tasks means.
    pub fn lines(&self) -> Lines {
        let mut lines = Lines::default();
        let mut next = 1;
        for text in self.texts() {
            if next > 1 {
                lines.push(text.name.clone(), next);
            }
            next += 1 + text.text.iter().filter(|byte| **byte == b'\n').count();
        }
        lines
    }

    /// All of its texts, the file first.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(&self.further)
    }
}

/// A range of bytes in the text of a file: `start..end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub(crate) struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub(crate) fn new(start: usize, end: usize) -> Self {
        let clamp = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Self { start: clamp(start), end: clamp(end.max(start)) }
    }

    pub(crate) fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    pub(crate) fn is_empty(self) -> bool {
        self.start == self.end
    }
}

/// Text that is known to be UTF-8, with an index of its lines. Shared by every diagnostic about it.
///
/// Several texts are one here, with a line break between them that is a part of the earlier one.
#[derive(Debug, Clone)]
pub(crate) struct Document(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    name: String,
    text: String,
    line_starts: Vec<u32>,
    lines: Lines,
    /// Where each text after the first one begins.
    starts: Vec<u32>,
}

/// A place in a file as a person counts: both numbers start at 1, columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    pub line: usize,
    pub column: usize,
}

impl Document {
    pub(crate) fn new(name: String, text: String) -> Self {
        Self::of([(name, text)])
    }

    /// Several texts as one. The first names the whole.
    pub(crate) fn of(texts: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut texts = texts.into_iter();
        let (name, mut text) = texts.next().unwrap_or_default();
        let (mut starts, mut lines) = (Vec::new(), Lines::default());
        for (further, more) in texts {
            text.push('\n');
            starts.push(Span::new(text.len(), text.len()).start);
            lines.push(further, 1 + text.matches('\n').count());
            text.push_str(&more);
        }
        let line_starts =
            std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| Span::new(at + 1, at + 1).start)).collect();
        Self(Arc::new(Inner { name, text, line_starts, lines, starts }))
    }

    /// The name of the first text.
    pub(crate) fn name(&self) -> &str {
        &self.0.name
    }

    pub(crate) fn text(&self) -> &str {
        &self.0.text
    }

    /// Where each text after the first one begins.
    pub(crate) fn starts(&self) -> &[u32] {
        &self.0.starts
    }

    /// Which of the texts a byte offset is in: 0 for the first one.
    pub(crate) fn part(&self, offset: u32) -> usize {
        self.0.starts.partition_point(|start| *start <= offset)
    }

    /// The name of the text that a byte offset is in.
    pub(crate) fn name_at(&self, offset: u32) -> &str {
        self.0.lines.place(self.line(offset)).0.unwrap_or(&self.0.name)
    }

    /// The text under a span; empty when the span does not fall on character boundaries.
    pub(crate) fn slice(&self, span: Span) -> &str {
        self.0.text.get(span.range()).unwrap_or_default()
    }

    /// The position of a byte offset in its own text. Offsets past the end are the end.
    pub(crate) fn position(&self, offset: u32) -> Position {
        let line = self.line(offset);
        let start = self.0.line_starts.get(line - 1).copied().unwrap_or_default();
        let before = self.prefix(start, offset);
        Position { line: self.0.lines.place(line).1, column: before.chars().count() + 1 }
    }

    /// The one-based line of a byte offset, counted through all texts.
    pub(crate) fn line(&self, offset: u32) -> usize {
        self.0.line_starts.partition_point(|start| *start <= offset).max(1)
    }

    /// The bytes from the start of the line that holds `from` to the end of the line that holds `to`.
    pub(crate) fn whole_lines(&self, from: u32, to: u32) -> Span {
        let (first, last) = (self.line(from), self.line(to));
        let start = self.0.line_starts.get(first - 1).copied().unwrap_or_default();
        let end = self.0.line_starts.get(last).map_or(self.0.text.len(), |next| *next as usize - 1);
        Span::new(start as usize, end)
    }

    fn prefix(&self, start: u32, offset: u32) -> &str {
        let mut end = (offset as usize).min(self.0.text.len());
        while !self.0.text.is_char_boundary(end) {
            end -= 1;
        }
        self.0.text.get(start as usize..end).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_not_bytes() {
        let document = Document::new("f".into(), "é: x\nab: ü!\n".into());
        let bang = document.text().find('!').map(|at| Span::new(at, at).start);
        let position = document.position(bang.unwrap_or_default());
        assert_eq!((position.line, position.column), (2, 6));
    }

    #[test]
    fn an_offset_past_the_end_is_the_end() {
        let document = Document::new("f".into(), "ab".into());
        assert_eq!(document.position(99).column, 3);
    }

    /// Each byte is in one text, at a line that this text has; the source counts as the document does.
    #[test]
    fn a_place_is_told_in_its_own_text() {
        for first in ["", "a: 1", "a: 1\n", "a: 1\n\n"] {
            let texts = [("f", first), ("g", "b: 2\nc: 3\n"), ("h", ""), ("i", "d: 4")];
            let document = Document::of(texts.map(|(name, text)| (name.to_owned(), text.to_owned())));
            let place = |what: &str| {
                let at = Span::new(document.text().find(what).expect("it"), 0).start;
                (document.name_at(at), document.position(at).line, document.part(at))
            };
            assert_eq!([place("b: 2"), place("3"), place("d")], [("g", 1, 1), ("g", 2, 1), ("i", 1, 3)], "{first:?}");
            let end = Span::new(first.len(), 0).start;
            assert_eq!((document.name_at(end), document.part(end)), ("f", 0), "the break between them is the earlier one's");
            let source = Source::new("f", first).joined(texts.iter().skip(1).map(|(name, text)| Source::new(*name, *text)));
            assert_eq!(source.lines(), document.0.lines);
        }
    }
}
