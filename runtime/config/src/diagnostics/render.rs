//! Diagnostics as a person reads them: message, source line, caret, help.

use super::{Diagnostic, Diagnostics, Severity};
use crate::source::Span;
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
            out.push_str(&self.render_one(diagnostic, &file, &renderer));
            out.push('\n');
        }
        if self.dropped > 0 {
            out.push_str(&format!("\n… and {} more problems in {file}\n", self.dropped));
        }
        out
    }

    fn render_one(&self, diagnostic: &Diagnostic, file: &str, renderer: &Renderer) -> String {
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
            Some(span) if diagnostic.hides_source => {
                let position = self.document.position(span.start);
                let origin = annotate_snippets::Origin::path(file).line(position.line).char_column(position.column);
                elements.push(origin.into());
            }
            Some(span) => elements.extend(self.snippets(diagnostic, file, span)),
            None => elements.push(annotate_snippets::Origin::path(file).into()),
        }
        for part in &parts {
            elements.push(Level::NOTE.no_name().message(part.as_str()).into());
        }
        for help in &help {
            elements.push(Level::HELP.message(help.as_str()).into());
        }
        renderer.render(&[Group::with_title(title).elements(elements)])
    }

    fn snippets<'a>(&'a self, diagnostic: &'a Diagnostic, file: &'a str, span: Span) -> Vec<Element<'a>> {
        let mut marks = vec![(span, AnnotationKind::Primary, diagnostic.label.as_deref())];
        if let Some((span, label)) = &diagnostic.related {
            marks.push((*span, AnnotationKind::Context, Some(label.as_str())));
        }
        let first = marks.iter().map(|mark| mark.0.start).min().unwrap_or_default();
        let last = marks.iter().map(|mark| mark.0.start).max().unwrap_or_default();
        let window = self.document.whole_lines(first, last);
        if window.range().len() <= SHOWN {
            return vec![self.snippet(window, file, &marks).into()];
        }
        // Too far apart for one excerpt (or one enormous line): only the place itself, cut to size.
        let line = self.document.whole_lines(span.start, span.start);
        let window = self.clip(line, span.start);
        vec![self.snippet(window, file, marks.get(..1).unwrap_or_default()).into()]
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

    fn snippet<'a>(
        &'a self,
        window: Span,
        file: &'a str,
        marks: &[(Span, AnnotationKind, Option<&'a str>)],
    ) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
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

/// A suggestion, which may show lines to write; each of them stays one.
fn lines_of(help: &str) -> String {
    help.lines().map(one_line).collect::<Vec<_>>().join("\n")
}
