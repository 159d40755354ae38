//! Bytes of a program's output as one harmless line of text.

use std::borrow::Cow;

use unicode_width::UnicodeWidthChar as _;
use windlass_model::event::CacheOutcome;
use windlass_model::result::Annotation;
pub(crate) use windlass_model::text::one_line;
use windlass_model::text::{shortened, shown, size};

/// Characters of a message that [`brief`] shows.
const BRIEF: usize = 400;

/// What a terminal shows of a line in the end: a carriage return that is not the line's end starts it anew.
/// The flag says whether something before was overwritten.
pub(crate) fn visible(line: &[u8]) -> (&[u8], bool) {
    let kept = line.iter().rposition(|&byte| byte != b'\r').map_or(0, |last| last + 1);
    let line = &line[..kept];
    match memchr::memrchr(b'\r', line) {
        Some(at) => (&line[at + 1..], true),
        None => (line, false),
    }
}

/// A line of a program's output without escape sequences and control characters, so that it cannot move a cursor or change colours.
pub(crate) fn harmless(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let mut clean = String::with_capacity(text.len());
    for part in anstream::adapter::strip_str(&text) {
        for c in part.chars() {
            match c {
                '\t' => clean.push_str("    "),
                c if c.is_control() => {}
                c => clean.push(shown(c)),
            }
        }
    }
    clean
}

/// A remark on lines of a file, with their place: `src/main.rs:7: unused: it is never read`.
pub(crate) fn in_one_line(annotation: &Annotation) -> String {
    let title = annotation.title.as_deref().map(|title| format!("{}: ", one_line(title))).unwrap_or_default();
    format!("{}: {title}{}", one_line(&annotation.place()), one_line(&annotation.message))
}

/// A message that was shown in full before, or is to be read at a glance: its beginning, if it is long.
pub(crate) fn brief(message: &str) -> Cow<'_, str> {
    shortened(message, BRIEF)
}

/// As much of a text as fits into so many terminal columns; `~` stands for what does not.
pub(crate) fn fit(text: &str, columns: usize) -> String {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        let width = c.width().unwrap_or(0);
        if used + width > columns {
            return shorten(text, at, used, columns);
        }
        used += width;
    }
    text.to_owned()
}

/// The text up to `at`, with its last columns given up for the mark.
fn shorten(text: &str, at: usize, mut used: usize, columns: usize) -> String {
    let mut kept = text[..at].to_owned();
    if columns == 0 {
        return kept;
    }
    while used + 1 > columns {
        let Some(c) = kept.pop() else { break };
        used -= c.width().unwrap_or(0);
    }
    kept.push('~');
    kept
}

/// So many files of so many bytes.
pub(crate) fn files(count: u64, bytes: u64) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} file{plural}, {}", size(bytes))
}

/// How a cache fared.
pub(crate) fn cache_in_words(cache: &str, outcome: &CacheOutcome) -> String {
    let cache = one_line(cache);
    match outcome {
        CacheOutcome::Restored { entries, size: bytes, fetched } => {
            format!("restored {cache}: {} ({} from the store)", files(*entries, *bytes), size(*fetched))
        }
        CacheOutcome::RestoredOther { from, entries, size: bytes, fetched } => {
            let from = one_line(from);
            format!("restored {cache} from the older {from}: {} ({} from the store)", files(*entries, *bytes), size(*fetched))
        }
        CacheOutcome::Missed { why } => format!("{cache} starts empty: {}", one_line(why)),
        CacheOutcome::Stored { entries, size: bytes, sent } => {
            format!("stored {cache}: {} ({} to the store)", files(*entries, *bytes), size(*sent))
        }
        CacheOutcome::NotStored { why } => format!("{cache} was not stored: {}", one_line(why)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_width::UnicodeWidthStr as _;

    use super::*;

    #[test]
    fn a_progress_bar_leaves_its_last_state() {
        assert_eq!(visible(b"10%\r50%\r100%"), (&b"100%"[..], true));
        assert_eq!(visible(b"100%\r"), (&b"100%"[..], false));
        assert_eq!(visible(b"dos line\r"), (&b"dos line"[..], false));
        assert_eq!(visible(b"\r\r"), (&b""[..], false));
    }

    #[test]
    fn escape_sequences_and_control_characters_do_not_reach_a_terminal() {
        assert_eq!(harmless(b"\x1b[31mred\x1b[0m\x07\x1b]0;title\x07 \tend"), "red     end");
        assert_eq!(harmless(b"\xff"), "\u{fffd}");
        assert_eq!(harmless("a\u{202e}b".as_bytes()), "a\u{fffd}b");
    }

    proptest! {
        #[test]
        fn a_fitted_text_never_exceeds_its_columns(text in "\\PC{0,40}", columns in 0usize..30) {
            // Widths of single characters, as `fit` counts them: never less than what joined characters take.
            let width: usize = fit(&text, columns).chars().map(|c| c.width().unwrap_or(0)).sum();
            prop_assert!(width <= columns);
        }

        #[test]
        fn a_text_that_fits_is_left_alone(text in "[a-z\u{4e00}-\u{4e10}]{0,20}") {
            prop_assert_eq!(fit(&text, text.width()), text);
        }
    }
}
