//! Text that a plugin gives windlass to show: bounded, and marked where it stands beside windlass' own.

use windlass_model::text;

/// The most bytes of one text of a plugin's in an error or a description.
const MAX: usize = 4 << 10;

/// A name, a path or a reference inside a sentence of windlass': on its line, and short enough that the sentence can be read.
pub(crate) fn name(name: &str) -> String {
    text::shortened(name, text::LONGEST_NAME).into_owned()
}

/// A text as far as it is shown; what is cut off is said.
pub(crate) fn bounded(text: &str) -> String {
    if text.len() <= MAX {
        return text.to_owned();
    }
    let end = (0..=MAX).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
    format!("{} … {} bytes more", &text[..end], text.len() - end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_characters_and_says_so() {
        assert_eq!(bounded("short"), "short");
        let long = "é".repeat(MAX);
        let cut = bounded(&format!("x{long}"));
        assert!(cut.len() < MAX + 40 && cut.ends_with(&format!("é … {} bytes more", MAX + 2)), "{}", &cut[cut.len() - 40..]);
    }

    #[test]
    fn a_name_stays_inside_its_sentence() {
        assert_eq!(name("a\n  help: b\u{1b}[2J"), "a   help: b\u{fffd}[2J");
        assert!(name(&"x".repeat(10_000)).ends_with("x … (9800 more bytes)"));
    }
}
