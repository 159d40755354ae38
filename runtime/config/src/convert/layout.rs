//! Where the parts of a file begin and end in its text, aliases and comments included, which a tree of values does not keep.

use crate::source::{Document, Span};
use granit_parser::{Event, Options, Parser};
use std::collections::HashMap;

/// The places of a file's parts.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// Each entry of a map, by where its key begins.
    pub entries: HashMap<u32, Part>,
    /// The comments.
    pub comments: Vec<Span>,
    /// Anchored values, by the parser's number.
    anchors: HashMap<usize, Span>,
    /// Aliases: the number they name, and where they stand.
    aliases: Vec<(usize, u32)>,
}

/// A value in the text.
#[derive(Debug, Clone, Default)]
pub(super) struct Part {
    pub key: String,
    /// From the key, or the value itself in a list, to the end of the value.
    pub span: Span,
    /// The items, when it is a list; the entries, when it is a map.
    pub children: Vec<Part>,
    /// The text, when it is one.
    pub text: String,
}

enum Open {
    List { start: u32, anchor: usize, items: Vec<Part> },
    Map { start: u32, anchor: usize, entries: Vec<Part>, key: Option<Part> },
}

impl Layout {
    /// Reads the layout of a file that is known to be good YAML.
    pub(super) fn of(document: &Document) -> Self {
        let mut options = Options::default();
        options.set_emit_comments(true);
        let parser = Parser::new_from_str_with_options(document.text(), options);
        let mut layout = Self::default();
        let mut stack = Vec::new();
        for (event, span) in parser.map_while(Result::ok) {
            let range = span.byte_range().unwrap_or_default();
            let span = trimmed(document, Span::new(range.start, range.end));
            match event {
                Event::Comment(..) => layout.comments.push(span),
                Event::Scalar(text, _, anchor, _) => {
                    let part = Part { span, text: text.to_string(), ..Part::default() };
                    layout.done(&mut stack, part, anchor);
                }
                Event::Alias(id) => {
                    layout.aliases.push((id, span.start));
                    layout.done(&mut stack, Part { span, ..Part::default() }, 0);
                }
                Event::SequenceStart(_, anchor, _) => stack.push(Open::List { start: span.start, anchor, items: Vec::new() }),
                Event::MappingStart(_, anchor, _) => {
                    stack.push(Open::Map { start: span.start, anchor, entries: Vec::new(), key: None });
                }
                Event::SequenceEnd | Event::MappingEnd => layout.close(&mut stack, document, span),
                _ => {}
            }
        }
        layout
    }

    fn close(&mut self, stack: &mut Vec<Open>, document: &Document, end: Span) {
        let (start, anchor, children) = match stack.pop() {
            Some(Open::List { start, anchor, items }) => (start, anchor, items),
            Some(Open::Map { start, anchor, entries, .. }) => (start, anchor, entries),
            None => return,
        };
        // A collection in brackets ends with its bracket, any other with its last part.
        let bracket = document.slice(end).ends_with([']', '}']);
        let last = children.last().map_or(start, |child| child.span.end);
        let end = if bracket { end.end } else { last };
        let start = children.first().map_or(start, |child| start.min(child.span.start));
        let span = Span::new(start as usize, end as usize);
        self.done(stack, Part { span, children, ..Part::default() }, anchor);
    }

    fn done(&mut self, stack: &mut [Open], part: Part, anchor: usize) {
        if anchor != 0 {
            self.anchors.insert(anchor, part.span);
        }
        match stack.last_mut() {
            None => {}
            Some(Open::List { items, .. }) => items.push(part),
            Some(Open::Map { entries, key, .. }) => match key.take() {
                None => *key = Some(part),
                Some(name) => {
                    let end = part.span.end.max(name.span.end);
                    let span = Span::new(name.span.start as usize, end as usize);
                    let entry = Part { key: name.text, span, ..part };
                    self.entries.insert(span.start, entry.clone());
                    entries.push(entry);
                }
            },
        }
    }

    /// Whether something in this entry is anchored and used outside of it.
    pub(super) fn is_used_elsewhere(&self, range: Span) -> bool {
        let outside = |at: u32| at < range.start || at >= range.end;
        // An anchored map begins where its first entry does, with the key; what is in the entry begins behind that.
        let within = |span: &Span| span.start > range.start && span.start < range.end;
        self.aliases.iter().any(|(id, at)| outside(*at) && self.anchors.get(id).is_some_and(within))
    }

    /// Whether this range is part of an anchored value that an alias repeats.
    pub(super) fn is_repeated(&self, range: Span) -> bool {
        let around = |span: &Span| span.start <= range.start && span.end >= range.end;
        self.aliases.iter().any(|(id, _)| self.anchors.get(id).is_some_and(around))
    }
}

/// Without the line breaks and spaces that the parser counts to a block.
fn trimmed(document: &Document, span: Span) -> Span {
    let length = document.slice(span).trim_end().len();
    Span::new(span.start as usize, span.start as usize + length)
}
