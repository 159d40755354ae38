//! One script to the text of its typed steps, comments kept.

use super::layout::Layout;
use super::select::rest_of_line;
use super::shares::Amount;
use super::{Edit, Uses, write};
use crate::lower::ScriptConversion;
use crate::source::{Document, Span};

/// What stands in the place of a script. A comment stands before the step of the command that it stood at.
pub(super) fn edit(document: &Document, layout: &Layout, script: &ScriptConversion, uses: &Uses, share: &[Amount]) -> Edit {
    let key = script.written.key.span;
    let entry = layout.entries.get(&key.start).map_or(key, |entry| entry.span);
    let span = Span::new(entry.start as usize, rest_of_line(document, entry).end as usize);
    let line = document.whole_lines(key.start, key.start);
    let margin = " ".repeat(document.slice(Span::new(line.start as usize, key.start as usize)).chars().count());
    let mut comments = comments(document, layout, script, span);
    let mut lines = Vec::new();
    for (name, request, command) in &script.steps {
        let last = document.line(command.end.saturating_sub(1).max(command.start));
        let here = comments.iter().take_while(|(at, _)| document.line(*at) <= last).count();
        lines.extend(comments.drain(..here).map(|(_, text)| text));
        lines.extend(write::step(name, request, uses, share));
    }
    lines.extend(comments.into_iter().map(|(_, text)| text));
    if lines.is_empty() {
        // Nothing is left of it: its line goes, too.
        let end = document.text().len().min(line_end(document, span) as usize + 1);
        return Edit { span: Span::new(line.start as usize, end), text: String::new() };
    }
    Edit { span, text: lines.join(&format!("\n{margin}")) }
}

fn line_end(document: &Document, span: Span) -> u32 {
    document.whole_lines(span.end, span.end).end
}

/// The comments in a range, YAML's and those of the shell, in order.
fn comments(document: &Document, layout: &Layout, script: &ScriptConversion, span: Span) -> Vec<(u32, String)> {
    let within = |comment: &&Span| comment.start >= span.start && comment.end <= span.end;
    let yaml = layout.comments.iter().filter(within).map(|comment| (comment.start, document.slice(*comment).to_owned()));
    let shell = script.comments.iter().map(|(at, text)| (at.start, text.clone()));
    let mut all: Vec<(u32, String)> = yaml.chain(shell).collect();
    all.sort_by_key(|(at, _)| *at);
    all
}

/// One line: what became of a script.
pub(super) fn told(document: &Document, script: &ScriptConversion, uses: &Uses) -> String {
    let key = &script.written.key;
    let line = document.line(key.span.start);
    let steps: Vec<String> =
        script.steps.iter().map(|(name, request, _)| format!("{name}_step ({})", uses.of(write::kind(request)))).collect();
    let became = if steps.is_empty() { "nothing that has an effect, and is gone".to_owned() } else { steps.join(", ") };
    format!("{}:{line}: {} became {became}", document.name(), key.text)
}
