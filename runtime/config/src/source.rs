//! The text of one file, and how byte offsets in it become lines and columns.

use std::sync::Arc;

/// A file as it was read: its name for messages, and its bytes, which need not be valid text.
#[derive(Debug, Clone)]
pub struct Source {
    /// The name shown in diagnostics, usually the path as the user typed it.
    pub name: String,
    /// The content of the file.
    pub text: Vec<u8>,
}

impl Source {
    /// A source from its display name and its content.
    pub fn new(name: impl Into<String>, text: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), text: text.into() }
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
#[derive(Debug, Clone)]
pub(crate) struct Document(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    name: String,
    text: String,
    line_starts: Vec<u32>,
}

/// A place in a file as a person counts: both numbers start at 1, columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    pub line: usize,
    pub column: usize,
}

impl Document {
    pub(crate) fn new(name: String, text: String) -> Self {
        let line_starts =
            std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| Span::new(at + 1, at + 1).start)).collect();
        Self(Arc::new(Inner { name, text, line_starts }))
    }

    pub(crate) fn name(&self) -> &str {
        &self.0.name
    }

    pub(crate) fn text(&self) -> &str {
        &self.0.text
    }

    /// The text under a span; empty when the span does not fall on character boundaries.
    pub(crate) fn slice(&self, span: Span) -> &str {
        self.0.text.get(span.range()).unwrap_or_default()
    }

    /// The position of a byte offset. Offsets past the end are the end.
    pub(crate) fn position(&self, offset: u32) -> Position {
        let line = self.line(offset);
        let start = self.0.line_starts.get(line - 1).copied().unwrap_or_default();
        let before = self.prefix(start, offset);
        Position { line, column: before.chars().count() + 1 }
    }

    /// The one-based line of a byte offset.
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
}
