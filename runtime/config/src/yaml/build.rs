//! Parser events to a tree, with aliases and merges resolved as they come by.

use super::merge;
use super::rules::Rules;
use super::{Entry, Key, Limits, Node, Origin, TextStyle, explain};
use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use crate::source::{Document, Span};
use granit_parser::{Event, Options, Parser, ScalarStyle, Tag};
use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;

/// What reading came to.
pub(super) struct Built {
    /// `None` when there is nothing but comments, or nothing that could be read.
    pub(super) root: Option<Rc<Node>>,
    /// Something of a text goes on with what a text before it has begun.
    pub(super) goes_on: Option<Span>,
    /// Whether there is something that is not YAML, or too much of it.
    pub(super) failed: bool,
}

/// Reads one document of `text`, which is the document's or a beginning of it.
///
/// Problems are added to `problems`. The parser stops at the first thing that is not YAML, so then there is one.
pub(super) fn build(document: &Document, text: &str, limits: &Limits, rules: Rules, problems: &mut Diagnostics) -> Built {
    let mut options = Options::default();
    options.set_emit_comments(false);
    options.block_nesting_limit = limits.depth as usize;
    options.flow_nesting_limit = limits.depth as usize;
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut builder = Builder {
        document,
        goes_on: None,
        stack: Vec::new(),
        anchors: HashMap::new(),
        root: None,
        limits: *limits,
        rules,
        problems,
        stopped: false,
        second: None,
        seen: 0,
    };
    while let Some(next) = parser.next_event() {
        match next {
            Ok((event, span)) => builder.event(event, span),
            Err(error) => {
                builder.problems.push(explain::scan_error(document, text, &error));
                builder.stopped = true;
            }
        }
        if builder.stopped {
            return Built { root: None, goes_on: builder.goes_on, failed: true };
        }
    }
    Built { root: builder.root.filter(|root| !root.is_absent()), goes_on: None, failed: false }
}

/// A collection that is still open.
enum Open {
    List { anchor: usize, start: Span, items: Vec<Rc<Node>> },
    Map { anchor: usize, start: Span, entries: Vec<Entry>, key: Option<Key> },
}

impl Open {
    fn start(&self) -> Span {
        match self {
            Self::List { start, .. } | Self::Map { start, .. } => *start,
        }
    }
}

struct Builder<'a> {
    document: &'a Document,
    goes_on: Option<Span>,
    stack: Vec<Open>,
    anchors: HashMap<usize, Rc<Node>>,
    root: Option<Rc<Node>>,
    limits: Limits,
    rules: Rules,
    problems: &'a mut Diagnostics,
    stopped: bool,
    /// Where a second document starts. It is none while nothing stands in it: some close a file with `---`.
    second: Option<Span>,
    seen: u64,
}

impl Builder<'_> {
    fn event(&mut self, event: Event<'_>, place: granit_parser::Span) {
        let span = span_of(&place);
        if let Some(start) = self.second {
            if adds(&event, span) {
                self.stop(
                    Diagnostic::error(Code::Syntax, start, "a second YAML document starts here")
                        .help("one file holds one document; remove the `---`, or put the rest in a file of its own"),
                );
            }
            return;
        }
        if let Some(place) = adds(&event, span).then(|| self.across(span)).flatten() {
            self.goes_on = Some(place);
            self.stopped = true;
            return;
        }
        if matches!(event, Event::SequenceEnd | Event::MappingEnd) && self.is_closed_elsewhere(span) {
            self.goes_on = Some(span);
            self.stopped = true;
            return;
        }
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let node = match self.check_tag(tag.as_ref(), &place) {
                    // Reported; from here on it is the text that was meant.
                    Some((tag, at)) if text.is_empty() || span.is_empty() => Node::text(&tag, TextStyle::Quoted, at),
                    _ => scalar(&text, style, span),
                };
                self.add(node, anchor);
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.check_tag(tag.as_ref(), &place);
                self.stack.push(Open::List { anchor, start: span, items: Vec::new() });
            }
            Event::MappingStart(_, anchor, tag) => {
                self.check_tag(tag.as_ref(), &place);
                self.stack.push(Open::Map { anchor, start: span, entries: Vec::new(), key: None });
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            Event::Alias(id) => self.alias(id, span),
            Event::DocumentStart(..) if self.root.is_some() => self.second = Some(span),
            _ => {}
        }
    }

    /// Where something of a text goes on with what a text before it has begun. Only the keys of the root may stand in several.
    fn across(&self, span: Span) -> Option<Span> {
        let starts = self.document.starts();
        if starts.is_empty() {
            return None;
        }
        let part = self.document.part(span.start);
        let within = match self.stack.as_slice() {
            [] => None,
            // The key of the root that it is the value of.
            [Open::Map { key, .. }] => key.as_ref().map(|key| key.span),
            [.., open] => Some(open.start()),
        };
        if within.is_some_and(|within| self.document.part(within.start) != part) {
            return Some(span);
        }
        let beyond = starts.get(part).map(|next| Span::new(*next as usize, span.end.max(*next) as usize))?;
        let (text, at) = (self.document.slice(beyond), beyond.start as usize);
        (!text.trim().is_empty()).then(|| Span::new(at + text.len() - text.trim_start().len(), at + text.trim_end().len()))
    }

    /// Whether a collection in brackets is closed in another text than it was opened in. Any other ends without a sign of its own.
    fn is_closed_elsewhere(&self, span: Span) -> bool {
        let (true, Some(open)) = (!self.document.starts().is_empty(), self.stack.last()) else { return false };
        let is_sign = self.document.text().get(span.range().start..).is_some_and(|rest| rest.starts_with(['}', ']']));
        is_sign && self.document.part(open.start().start) != self.document.part(span.start)
    }

    fn close(&mut self) {
        match self.stack.pop() {
            Some(Open::List { anchor, start, items }) => {
                let span = visible(start, items.first().map(|first| first.span));
                self.add(Node::list(items, span), anchor);
            }
            Some(Open::Map { anchor, start, entries, .. }) => {
                let span = visible(start, entries.first().map(|first| first.key.span));
                let under = match self.stack.last() {
                    Some(Open::Map { key, .. }) => key.as_ref().map(|key| &*key.text),
                    _ => None,
                };
                let node = merge::flatten(entries, span, under, self.rules, self.problems);
                self.add(node, anchor);
            }
            None => {}
        }
    }

    fn alias(&mut self, id: usize, span: Span) {
        match self.anchors.get(&id) {
            Some(target) => self.place(Rc::clone(target), span),
            None => self.stop(
                Diagnostic::error(Code::Syntax, span, "this alias is inside the anchor that it names")
                    .help("a value cannot contain itself"),
            ),
        }
    }

    fn add(&mut self, node: Node, anchor: usize) {
        let node = Rc::new(node);
        if anchor != 0 {
            self.anchors.insert(anchor, Rc::clone(&node));
        }
        let span = node.span;
        self.place(node, span);
    }

    /// Puts a finished node where it belongs. `used` is where it stands, which for an alias is not where it was written.
    fn place(&mut self, node: Rc<Node>, used: Span) {
        self.seen += 1;
        if self.seen.max(node.size.weight) > self.limits.weight || node.size.depth > self.limits.depth {
            self.stop(
                Diagnostic::error(Code::TooMuchExpansion, used, "with its aliases expanded, the file is too large")
                    .label("grows beyond the limit here")
                    .help(format!(
                        "a file may expand to {} values, nested {} levels deep",
                        self.limits.weight, self.limits.depth
                    )),
            );
            return;
        }
        match self.stack.last_mut() {
            None => self.root = Some(node),
            Some(Open::List { .. }) if self.rules.drops_nulls && node.is_null() => {}
            Some(Open::List { items, .. }) => items.push(node),
            Some(Open::Map { entries, key, .. }) => match key.take() {
                Some(key) => entries.push(Entry { key, value: node, origin: Origin::Written }),
                None => match node.as_text() {
                    Some(text) => *key = Some(Key { text: Rc::clone(&text.text), span: used }),
                    None => {
                        let what = node.describe();
                        self.stop(
                            Diagnostic::error(Code::Syntax, used, format!("{what} cannot be a key"))
                                .help("quote text that starts with `[` or `{`"),
                        );
                    }
                },
            },
        }
    }

    /// Reports a tag that means nothing here, and returns it with its place.
    fn check_tag(&mut self, tag: Option<&Cow<'_, Tag>>, place: &granit_parser::Span) -> Option<(String, Span)> {
        let tag = tag.filter(|tag| !tag.is_yaml_core_schema())?.original();
        let span = place.tag_span().map_or_else(|| span_of(place), |tag| span_of(&tag));
        self.problems.push(explain::tag(&tag, span));
        Some((tag, span))
    }

    fn stop(&mut self, problem: Diagnostic) {
        self.problems.push(problem);
        self.stopped = true;
    }
}

/// Whether an event puts something into its document.
fn adds(event: &Event<'_>, span: Span) -> bool {
    match event {
        Event::Scalar(_, style, ..) => !(matches!(style, ScalarStyle::Plain) && span.is_empty()),
        Event::SequenceStart(..) | Event::MappingStart(..) | Event::Alias(_) => true,
        _ => false,
    }
}

/// The place of a collection: its bracket, or its first item where there is none.
fn visible(start: Span, first: Option<Span>) -> Span {
    if start.is_empty() { first.unwrap_or(start) } else { start }
}

fn scalar(text: &str, style: ScalarStyle, span: Span) -> Node {
    let style = match style {
        // The parser writes `~` for a value that is not there; the empty span tells it from a written one.
        ScalarStyle::Plain if span.is_empty() => return Node::text("", TextStyle::Absent, span),
        ScalarStyle::Plain => TextStyle::Plain,
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => TextStyle::Quoted,
        ScalarStyle::Literal => TextStyle::Literal,
        ScalarStyle::Folded => TextStyle::Folded,
    };
    Node::text(text, style, span)
}

fn span_of(span: &granit_parser::Span) -> Span {
    span.byte_range().map_or_else(Span::default, |range| Span::new(range.start, range.end))
}
