//! What begins with `$` or a backtick.

use super::{Lexer, Parts, unclosed};
use crate::refusal::Refusal;
use crate::word::Part;

pub(crate) const COMMAND: &str = "is a command's output, which only a shell can tell";
const FORM: &str = "is more than a variable's name, which has no typed form";
const SPECIAL: &str = "is a value of the shell's own, which has no typed form";

impl Lexer<'_> {
    pub(super) fn expansion(&mut self, parts: &mut Parts, quoted: bool) -> Result<(), Refusal> {
        let (start, rest) = (self.at, self.rest());
        if rest.starts_with('`') {
            self.at = self.closing_backtick(start)?;
            parts.opaque(start..self.at, COMMAND);
            return Ok(());
        }
        let after = rest.get(1..).unwrap_or_default();
        if after.starts_with('(') {
            self.at = self.closing(start, start + 1, '(', ')')?;
            parts.opaque(start..self.at, COMMAND);
        } else if let Some(inside) = after.strip_prefix('{') {
            let length = name_length(inside);
            if length > 0 && inside.get(length..).is_some_and(|rest| rest.starts_with('}')) {
                self.at += length + 3;
                let name = inside.get(..length).unwrap_or_default().to_owned();
                parts.0.push(Part::Variable { name, quoted, braces: true });
            } else {
                self.at = self.closing(start, start + 1, '{', '}')?;
                parts.opaque(start..self.at, FORM);
            }
        } else if name_length(after) > 0 {
            let length = name_length(after);
            self.at += length + 1;
            let name = after.get(..length).unwrap_or_default().to_owned();
            parts.0.push(Part::Variable { name, quoted, braces: false });
        } else if !quoted && after.starts_with(['\'', '"']) {
            self.at += 2;
            parts.opaque(start..self.at, "begins a quotation of bash's own, which has no typed form");
        } else if after.starts_with(|c: char| c.is_ascii_digit() || "@*#?-$!".contains(c)) {
            self.at += 2;
            parts.opaque(start..self.at, SPECIAL);
        } else {
            self.at += 1;
            parts.literal('$', quoted);
        }
        Ok(())
    }

    fn closing_backtick(&self, start: usize) -> Result<usize, Refusal> {
        let mut escaped = false;
        for (at, char) in self.rest().char_indices().skip(1) {
            match char {
                '`' if !escaped => return Ok(start + at + 1),
                _ => escaped = char == '\\' && !escaped,
            }
        }
        Err(unclosed(start))
    }

    /// The end of a bracketed construct whose bracket stands at `open`. Brackets in quotes do not count.
    fn closing(&self, start: usize, open: usize, opening: char, closing: char) -> Result<usize, Refusal> {
        let (mut depth, mut quote, mut escaped) = (0_usize, None, false);
        for (at, char) in self.text.get(open..).unwrap_or_default().char_indices() {
            match char {
                _ if escaped => escaped = false,
                '\\' if quote != Some('\'') => escaped = true,
                '\'' | '"' if quote == Some(char) => quote = None,
                '\'' | '"' if quote.is_none() => quote = Some(char),
                _ if quote.is_some() => {}
                _ if char == opening => depth += 1,
                _ if char == closing && depth == 1 => return Ok(open + at + 1),
                _ if char == closing => depth -= 1,
                _ => {}
            }
        }
        Err(unclosed(start))
    }
}

/// How much of the start of a text can be a variable's name.
pub(crate) fn name_length(text: &str) -> usize {
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return 0;
    }
    text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len())
}
