//! Text that a plugin gives windlass to show: bounded, and marked where it stands beside windlass' own.

/// The most bytes of one text of a plugin's in an error or a description.
const MAX: usize = 4 << 10;

/// The most bytes of a name or a path inside a sentence of windlass'.
const MAX_NAME: usize = 256;

/// A text as far as it is shown; what is cut off is said.
pub(crate) fn bounded(text: &str) -> String {
    cut(text, MAX)
}

/// A name inside a sentence, as far as it is shown.
pub(crate) fn name(text: &str) -> String {
    cut(text, MAX_NAME)
}

fn cut(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let end = (0..=most).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
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
}
