//! The lines of a script, from any of the shapes a script may have.

use super::read::Reader;
use crate::diagnostics::{Code, Diagnostic};
use crate::yaml::{Entry, Node, TextStyle, Value};

impl Reader<'_> {
    /// The lines of the one file that a script instruction runs.
    pub(super) fn script(&self, entry: &Entry) -> Option<Vec<String>> {
        let mut lines = Vec::new();
        match &entry.value.value {
            Value::Text(_) if entry.value.is_absent() => {
                let message = format!("`{}` is empty, so it does nothing", entry.key.text);
                self.push(Diagnostic::warning(Code::Ignored, entry.key.span, message).help("write its commands, or remove it"));
                lines.push(String::new());
            }
            Value::Text(_) => self.script_item(&entry.value, &mut lines)?,
            Value::List(items) => {
                for item in items {
                    self.script_item(item, &mut lines)?;
                }
            }
            Value::Map(_) => {
                self.push(
                    Diagnostic::error(
                        Code::WrongType,
                        entry.key.span,
                        format!("`{}` takes commands, and this is a map", entry.key.text),
                    )
                    .help("write text or a list; a command that holds `: ` needs quotes around the whole of it"),
                );
                return None;
            }
        }
        Some(lines)
    }

    fn script_item(&self, item: &Node, lines: &mut Vec<String>) -> Option<()> {
        match &item.value {
            Value::Text(text) => {
                self.check_last_green(item, &text.text);
                if matches!(text.style, TextStyle::Plain | TextStyle::Folded) {
                    self.check_folding(item);
                }
                lines.extend(text.text.strip_suffix('\n').unwrap_or(&text.text).split('\n').map(str::to_owned));
                Some(())
            }
            Value::Map(entries) => {
                lines.push(self.unquoted_colon(item, entries)?);
                Some(())
            }
            Value::List(_) => {
                self.push(
                    Diagnostic::error(Code::WrongType, item.span, "a list is nested in the list of commands")
                        .help("put its commands into the list itself; a template list replaces a whole script: `<<: *template`"),
                );
                None
            }
        }
    }

    /// `- echo "a: b"` is a map to YAML; the command is put together again.
    fn unquoted_colon(&self, item: &Node, entries: &[Entry]) -> Option<String> {
        let [entry] = entries else {
            self.push(
                Diagnostic::error(Code::WrongType, item.span, "YAML reads this command as a map of several keys")
                    .help("quote the command, or write it after `|`"),
            );
            return None;
        };
        let key = &*entry.key.text;
        if key == "ps" {
            self.push(
                Diagnostic::error(Code::NotSupported, entry.key.span, "`ps` is PowerShell, which the containers here do not run")
                    .help("write the command for the container's shell, or call `pwsh -c '…'` yourself"),
            );
            return None;
        }
        match entry.value.as_text() {
            Some(text) if text.style == TextStyle::Absent => Some(format!("{key}:")),
            Some(text) => Some(format!("{key}: {}", text.text.trim_end_matches('\n'))),
            None => {
                self.push(
                    Diagnostic::error(Code::WrongType, entry.key.span, "YAML reads this command as a map")
                        .help("quote the command, or write it after `|`"),
                );
                None
            }
        }
    }

    /// On a first run nothing was green yet. An image tag made of the variable is empty then, which `docker pull` refuses.
    fn check_last_green(&self, item: &Node, text: &str) {
        const NAME: &str = "CIRRUS_LAST_GREEN_CHANGE";
        if self.scope.get(NAME).is_none() && text.contains(NAME) {
            let message = format!("`{NAME}` is empty: no earlier run is known to be green");
            let help = format!("the script has to live with that, or give a value: -e {NAME}=latest");
            self.push(Diagnostic::note(Code::EmptyVariable, item.span, message).help(help));
        }
    }

    /// In text without quotes, and after `>`, YAML joins lines with a space. A backslash before the break then escapes
    /// that space, and the shell sees a broken command.
    fn check_folding(&self, item: &Node) {
        let document = &self.lowering.document;
        let written = document.slice(item.span);
        let Some(at) = backslash_before_break(written) else {
            return;
        };
        let at = item.span.start as usize + at;
        self.push(
            Diagnostic::warning(
                Code::ScriptFolding,
                crate::source::Span::new(at, at + 1),
                "YAML joins these lines with a space, so this backslash escapes the space instead of the line break",
            )
            .help("remove the backslashes (the lines are joined anyway), or start the command with `|`"),
        );
    }
}

/// The first backslash that ends a line, apart from one at the very end, where nothing follows that it could break.
fn backslash_before_break(written: &str) -> Option<usize> {
    let written = written.trim_end();
    written
        .match_indices('\n')
        .map(|(at, _)| written.get(..at).unwrap_or_default().trim_end_matches([' ', '\t', '\r']))
        .find_map(|line| line.ends_with('\\').then(|| line.len() - 1))
}
