//! YAML as this language needs it: entries in order, repeated keys kept, scalars as text, every part with its place.
//!
//! A tree of maps and numbers would lose what decides here: `3.10` is text, `matrix` may be written twice, and what stands
//! above `<<` counts more than what stands below it.

mod build;
mod decode;
mod explain;
mod json;
mod limits;
mod merge;
mod parse;
mod rules;

pub(crate) use decode::decode;
pub(crate) use json::typed;
pub(crate) use limits::Limits;
pub(crate) use parse::parse;
pub(crate) use rules::{Meeting, Rules};

use crate::source::Span;
use std::rc::Rc;

/// A value and its place. Aliases share their target, so a node's place is where it was written, not where it is used.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub span: Span,
    pub value: Value,
    pub size: Size,
}

#[derive(Debug, Clone)]
pub(crate) enum Value {
    Text(Text),
    List(Vec<Rc<Node>>),
    Map(Vec<Entry>),
}

/// A scalar: its text as YAML gives it, without any guess at a type.
#[derive(Debug, Clone)]
pub(crate) struct Text {
    pub text: Rc<str>,
    pub style: TextStyle,
}

/// How a scalar is written, as far as it matters to someone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextStyle {
    /// Nothing at all behind the key.
    Absent,
    /// Without quotes; line breaks fold to spaces.
    Plain,
    /// `'…'` or `"…"`.
    Quoted,
    /// `|`
    Literal,
    /// `>`; line breaks fold to spaces.
    Folded,
}

/// One `key: value`.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub key: Key,
    pub value: Rc<Node>,
    pub origin: Origin,
}

#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub text: Rc<str>,
    pub span: Span,
}

/// How an entry came into its map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// It is written there.
    Written,
    /// `<<` brought it.
    Merged,
    /// A matrix put it in its place.
    Matrix,
}

/// What a node comes to when all aliases in it are written out.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Size {
    /// Nodes and, in units of [`Size::TEXT_UNIT`] bytes, text.
    pub weight: u64,
    /// Levels of nesting.
    pub depth: u32,
    /// Whether some map in it has a `matrix`.
    pub has_matrix: bool,
}

impl Size {
    const TEXT_UNIT: usize = 32;

    fn of_text(text: &str) -> Self {
        Self { weight: 1 + (text.len() / Self::TEXT_UNIT) as u64, depth: 1, has_matrix: false }
    }

    fn of_children<'a>(children: impl Iterator<Item = &'a Rc<Node>>) -> Self {
        let mut size = Self { weight: 1, depth: 1, has_matrix: false };
        for child in children {
            size.weight = size.weight.saturating_add(child.size.weight);
            size.depth = size.depth.max(child.size.depth.saturating_add(1));
            size.has_matrix |= child.size.has_matrix;
        }
        size
    }
}

impl Node {
    pub(crate) fn text(text: &str, style: TextStyle, span: Span) -> Self {
        Self { span, size: Size::of_text(text), value: Value::Text(Text { text: text.into(), style }) }
    }

    pub(crate) fn list(items: Vec<Rc<Node>>, span: Span) -> Self {
        Self { span, size: Size::of_children(items.iter()), value: Value::List(items) }
    }

    pub(crate) fn map(entries: Vec<Entry>, span: Span) -> Self {
        let mut size = Size::of_children(entries.iter().map(|entry| &entry.value));
        size.has_matrix |= entries.iter().any(|entry| &*entry.key.text == "matrix");
        Self { span, size, value: Value::Map(entries) }
    }

    pub(crate) fn as_text(&self) -> Option<&Text> {
        match &self.value {
            Value::Text(text) => Some(text),
            Value::List(_) | Value::Map(_) => None,
        }
    }

    pub(crate) fn as_map(&self) -> Option<&[Entry]> {
        match &self.value {
            Value::Map(entries) => Some(entries),
            Value::List(_) | Value::Text(_) => None,
        }
    }

    pub(crate) fn as_list(&self) -> Option<&[Rc<Node>]> {
        match &self.value {
            Value::List(items) => Some(items),
            Value::Map(_) | Value::Text(_) => None,
        }
    }

    /// Whether nothing is written where a value could be.
    pub(crate) fn is_absent(&self) -> bool {
        self.as_text().is_some_and(|text| text.style == TextStyle::Absent)
    }

    /// Whether it is nothing, or one of the words by which YAML says so.
    pub(crate) fn is_null(&self) -> bool {
        self.as_text().is_some_and(|text| match text.style {
            TextStyle::Absent => true,
            TextStyle::Plain => matches!(&*text.text, "~" | "null" | "Null" | "NULL"),
            _ => false,
        })
    }

    /// What a person would call it.
    pub(crate) fn describe(&self) -> &'static str {
        match &self.value {
            Value::Text(text) if text.style == TextStyle::Absent => "nothing",
            Value::Text(_) => "text",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
        }
    }
}
