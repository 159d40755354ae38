//! Tasks as text: what a [`crate::Config`] plugin returns.

use std::fmt::Write as _;

/// A text as a value of YAML, in quotation marks: whatever is in it, it is read as this text, on one line.
pub fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            // What YAML takes for the end of a line, and what it refuses.
            _ if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}') => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(c));
            }
            _ => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    /// JSON is YAML, so a reader of JSON has to find the text, too.
    #[test]
    fn a_quoted_text_is_read_as_it_was() {
        for text in ["", "busybox:1", "yes", "a: b # c", "\"\\", "a\n  b\r\t\u{0}\u{7f}\u{85}\u{2028}\u{feff}", "\u{1f680}é"] {
            let quoted = quoted(text);
            let read: String = serde_json::from_str(&quoted).unwrap_or_else(|e| panic!("{quoted}: {e}"));
            assert_eq!(read, text);
            assert!(!quoted.chars().any(char::is_control), "{quoted}");
        }
    }
}
