//! Diagnostics as a person reads them: message, source line, caret, help.

use super::{Diagnostic, Diagnostics, Severity};
use crate::source::{Position, Span};
use annotate_snippets::{AnnotationKind, Element, Group, Level, Renderer, Snippet};
use windlass_model::text::one_line;

/// Whether the text may carry terminal colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// No escape sequences.
    Plain,
    /// ANSI colours.
    Colored,
}

/// A place, what it is for, and what is said of it.
type Mark<'a> = (Span, AnnotationKind, Option<&'a str>);

/// The longest stretch of source shown for one problem, in bytes. A caret in the middle of a one-line megabyte helps nobody.
const SHOWN: usize = 4096;

impl Diagnostics {
    /// All problems as text, a blank line between them and a newline at the end.
    ///
    /// `width` is the terminal's, in columns; long source lines are trimmed to it.
    pub fn render(&self, style: Style, width: Option<usize>) -> String {
        let renderer = match style {
            Style::Plain => Renderer::plain(),
            Style::Colored => Renderer::styled(),
        };
        let renderer = renderer.term_width(width.unwrap_or(140));
        let mut out = String::new();
        let file = one_line(self.file());
        for diagnostic in &self.list {
            if !out.is_empty() {
                out.push('\n');
            }
            out.push_str(&self.render_one(diagnostic, &renderer));
            out.push('\n');
        }
        if self.dropped > 0 {
            out.push_str(&format!("\n… and {} more problems in {file}\n", self.dropped));
        }
        out
    }

    fn render_one(&self, diagnostic: &Diagnostic, renderer: &Renderer) -> String {
        let file = &one_line(self.file_of(diagnostic));
        let other = diagnostic.related.as_ref().map(|(span, _)| one_line(self.document.name_at(span.start)));
        let (message, parts) = match &diagnostic.listed {
            Some((heading, parts)) => (one_line(heading), parts.as_slice()),
            None => (one_line(&diagnostic.message), &[][..]),
        };
        let parts: Vec<_> = parts.iter().map(|part| format!("- {}", one_line(part))).collect();
        let help: Vec<_> = diagnostic.help.iter().map(|help| lines_of(help)).collect();
        let level = match diagnostic.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
            Severity::Note => Level::NOTE,
        };
        let title = level.primary_title(message.as_ref()).id(diagnostic.code.name());
        let mut elements: Vec<Element<'_>> = Vec::new();
        match diagnostic.span {
            Some(span) if self.is_hidden(diagnostic, span) => {
                elements.push(hidden(self.document.position(span.start), file).into())
            }
            Some(span) => elements.extend(self.snippets(diagnostic, (file, other.as_deref().unwrap_or(file)), span)),
            None => elements.push(annotate_snippets::Origin::path(&**file).into()),
        }
        for part in &parts {
            elements.push(Level::NOTE.no_name().message(part.as_str()).into());
        }
        for help in &help {
            elements.push(Level::HELP.message(help.as_str()).into());
        }
        renderer.render(&[Group::with_title(title).elements(elements)])
    }

    /// Whether what would be shown may hold a secret: by what this problem says, or by what another one says of a line among those.
    fn is_hidden(&self, diagnostic: &Diagnostic, span: Span) -> bool {
        let places = [Some(span), diagnostic.related.as_ref().map(|(span, _)| *span)];
        let starts = || places.iter().flatten().map(|place| place.start);
        let shown = self.document.whole_lines(starts().min().unwrap_or_default(), starts().max().unwrap_or_default());
        let mut secret = self.list.iter().filter(|other| other.hides_source).filter_map(|other| other.span);
        diagnostic.hides_source || secret.any(|secret| (shown.start..=shown.end).contains(&secret.start))
    }

    /// The place, and the related one, each in its text.
    fn snippets<'a>(&'a self, diagnostic: &'a Diagnostic, (file, other): (&'a str, &'a str), span: Span) -> Vec<Element<'a>> {
        let mut marks = vec![(span, AnnotationKind::Primary, diagnostic.label.as_deref())];
        if let Some((related, label)) = &diagnostic.related {
            marks.push((*related, AnnotationKind::Context, Some(label.as_str())));
            if self.document.part(related.start) != self.document.part(span.start) {
                let (place, related) = marks.split_at(1);
                return [(file, place), (other, related)].map(|(file, marks)| self.excerpt(marks, file).into()).into();
            }
        }
        let first = marks.iter().map(|mark| mark.0.start).min().unwrap_or_default();
        let last = marks.iter().map(|mark| mark.0.start).max().unwrap_or_default();
        let window = self.document.whole_lines(first, last);
        if window.range().len() <= SHOWN {
            return vec![self.snippet(window, file, &marks).into()];
        }
        // Too far apart for one excerpt (or one enormous line): only the place itself.
        vec![self.excerpt(marks.get(..1).unwrap_or_default(), file).into()]
    }

    /// The line of one mark, cut to size.
    fn excerpt<'a>(&'a self, marks: &[Mark<'a>], file: &'a str) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
        let at = marks.first().map_or(0, |mark| mark.0.start);
        self.snippet(self.clip(self.document.whole_lines(at, at), at), file, marks)
    }

    /// At most [`SHOWN`] bytes of `line` around `at`, on character boundaries.
    fn clip(&self, line: Span, at: u32) -> Span {
        if line.range().len() <= SHOWN {
            return line;
        }
        let text = self.document.text();
        let mut start = (at as usize).saturating_sub(SHOWN / 2).max(line.start as usize);
        let mut end = (start + SHOWN).min(line.end as usize);
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        Span::new(start, end)
    }

    fn snippet<'a>(&'a self, window: Span, file: &'a str, marks: &[Mark<'a>]) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
        let text = self.document.slice(window);
        let local = |offset: u32| {
            let mut at = (offset.saturating_sub(window.start) as usize).min(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let annotations = marks.iter().map(|(span, kind, label)| {
            let start = local(span.start);
            // One line per mark: a mark over a whole block hides the point.
            let line_end = text.get(start..).and_then(|rest| rest.find('\n')).map_or(text.len(), |length| start + length);
            kind.span(start..local(span.end).clamp(start, line_end.max(start))).label(*label)
        });
        Snippet::source(text).line_start(self.document.position(window.start).line).path(file).annotations(annotations)
    }
}

/// The place of a problem, with nothing of what stands there.
fn hidden(position: Position, file: &str) -> Snippet<'_, annotate_snippets::Annotation<'_>> {
    let before = " ".repeat(position.column.saturating_sub(1).min(SHOWN));
    let mark =
        AnnotationKind::Primary.span(before.len()..before.len() + '…'.len_utf8()).label("not shown: this line may hold a secret");
    Snippet::source(format!("{before}…")).line_start(position.line).path(file).annotation(mark)
}

/// A suggestion, which may show lines to write; each of them stays one.
fn lines_of(help: &str) -> String {
    help.lines().map(one_line).collect::<Vec<_>>().join("\n")
}
