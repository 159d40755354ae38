//! XML, held to bounds: no entity but the five that every document has, no depth without an end, no attribute without number.

use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesStart, Event};

/// How deep elements may lie in each other.
const DEEPEST: usize = 64;

/// How many attributes one element may have.
const ATTRIBUTES: usize = 64;

/// The most bytes of text in one element that are kept: more than a message holds.
const TEXT: usize = 64 << 10;

/// What comes in a document.
pub(crate) enum Part<'a> {
    /// An element begins.
    Begin(&'a Element),
    /// An element ends, with the text in it that lies in no other.
    End(&'a Element),
}

/// An element.
pub(crate) struct Element {
    /// Its name, without a prefix.
    pub(crate) name: String,
    /// The line in which its name stands, counted from 1.
    pub(crate) line: u32,
    /// The text in it so far.
    pub(crate) text: String,
    attributes: Vec<(String, String)>,
}

impl Element {
    /// The value of an attribute; empty when it has none.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.attributes.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// The same, of those that have one.
    pub(crate) fn given(&self, name: &str) -> Option<String> {
        Some(self.get(name)).filter(|value| !value.is_empty()).map(str::to_owned)
    }

    /// The same as a number; 0 when it is none.
    pub(crate) fn number(&self, name: &str) -> u32 {
        self.get(name).trim().parse().unwrap_or(0)
    }
}

/// Goes through a document. `see` gets the elements around it, outermost first, the element itself last.
///
/// # Errors
/// When it is no document, or goes beyond the bounds, with the line.
pub(crate) fn walk(text: &str, mut see: impl FnMut(&[Element], Part<'_>)) -> Result<(), String> {
    let mut reader = Reader::from_str(text);
    let mut lines = Lines { text, at: 0, line: 1 };
    let mut open: Vec<Element> = Vec::new();
    let mut any = false;
    loop {
        let line = lines.at(reader.buffer_position());
        let wrong = |what: String| format!("line {line}: {what}");
        match reader.read_event().map_err(|error| wrong(error.to_string()))? {
            Event::Start(start) => {
                any = true;
                let element = element(&start, line).map_err(wrong)?;
                open.push(element);
                if open.len() > DEEPEST {
                    return Err(wrong(format!("elements lie more than {DEEPEST} deep in each other")));
                }
                if let Some((this, around)) = open.split_last() {
                    see(around, Part::Begin(this));
                }
            }
            Event::Empty(start) => {
                any = true;
                let element = element(&start, line).map_err(wrong)?;
                see(&open, Part::Begin(&element));
                see(&open, Part::End(&element));
            }
            Event::End(_) => {
                if let Some(element) = open.pop() {
                    see(&open, Part::End(&element));
                }
            }
            Event::Text(text) => push(&mut open, &text.xml10_content()),
            Event::CData(text) => push(&mut open, &text.xml10_content()),
            Event::GeneralRef(reference) => {
                let name = reference.xml10_content();
                match reference.resolve_char_ref().map_err(|error| wrong(error.to_string()))? {
                    Some(char) => push(&mut open, char.encode_utf8(&mut [0; 4])),
                    None => {
                        let known = resolve_xml_entity(&name);
                        push(&mut open, known.ok_or_else(|| wrong(format!("the entity `{name}` is not known")))?);
                    }
                }
            }
            // What it declares is never looked at: an entity of it is one that is not known.
            Event::DocType(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof if !open.is_empty() => return Err(wrong("it ends in the middle of an element".to_owned())),
            Event::Eof if !any => return Err(wrong("it has no element".to_owned())),
            Event::Eof => return Ok(()),
        }
    }
}

fn push(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        let room = TEXT.saturating_sub(element.text.len());
        let end = (0..=room.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        element.text.push_str(&text[..end]);
    }
}

fn element(start: &BytesStart<'_>, line: u32) -> Result<Element, String> {
    let mut attributes = Vec::new();
    // Looking for two of one name takes time that grows with the square of their number.
    for attribute in start.attributes().with_checks(false) {
        let attribute = attribute.map_err(|error| error.to_string())?;
        if attributes.len() == ATTRIBUTES {
            return Err(format!("an element has more than {ATTRIBUTES} attributes"));
        }
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| error.to_string())?;
        attributes.push((attribute.key.local_name().as_ref().to_owned(), value.into_owned()));
    }
    let name = start.local_name().as_ref().to_owned();
    Ok(Element { name, line, text: String::new(), attributes })
}

/// Lines, counted once from the beginning to the end.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: u32,
}

impl Lines<'_> {
    fn at(&mut self, position: u64) -> u32 {
        let position = usize::try_from(position).unwrap_or(usize::MAX).min(self.text.len());
        let passed = self.text.as_bytes().get(self.at..position).unwrap_or_default();
        let ends = passed.iter().filter(|byte| **byte == b'\n').count();
        self.line = self.line.saturating_add(u32::try_from(ends).unwrap_or(u32::MAX));
        self.at = position.max(self.at);
        self.line
    }
}
