//! A row before it is fitted and painted.

use unicode_width::UnicodeWidthStr as _;

use crate::palette::{Palette, Tone};
use crate::text::fit;

/// Texts beside one another, each in its tone.
#[derive(Debug, Clone)]
pub(super) struct Row(Vec<(Option<Tone>, String)>);

impl Row {
    /// A text in one tone.
    pub(super) fn of(tone: Tone, text: String) -> Self {
        Self(vec![(Some(tone), text)])
    }

    /// The same, with another text behind it.
    pub(super) fn and(mut self, tone: Option<Tone>, text: impl Into<String>) -> Self {
        self.0.push((tone, text.into()));
        self
    }

    /// As much of it as these columns take, painted.
    pub(super) fn line(self, columns: usize, palette: Palette) -> String {
        let mut line = String::new();
        let mut left = columns;
        for (tone, text) in self.0 {
            let fitted = fit(&text, left);
            left = left.saturating_sub(fitted.width());
            match tone {
                Some(tone) => line.push_str(&palette.paint(tone, &fitted).to_string()),
                None => line.push_str(&fitted),
            }
            if fitted != text {
                break;
            }
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_ends_the_row_wherever_it_stands() {
        let row = || Row::of(Tone::Strong, "one".to_owned()).and(None, " two").and(Some(Tone::Faint), " three");
        for (columns, line) in [(20, "one two three"), (9, "one two ~"), (7, "one two"), (5, "one ~"), (1, "~"), (0, "")] {
            assert_eq!(row().line(columns, Palette::Plain), line, "{columns}");
        }
    }
}
