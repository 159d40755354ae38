//! The few colours in use.

use std::fmt;

use anstyle::{AnsiColor, Effects, Style};

/// Whether text is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Palette {
    /// No escape sequences: `NO_COLOR` is set, or nobody looks.
    Plain,
    /// The sixteen colours that every terminal has, in the user's own shades.
    Colour,
}

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Good,
    Bad,
    Notice,
    Strong,
    Faint,
}

impl Palette {
    /// A text that shows itself in a tone.
    pub(crate) fn paint<T: fmt::Display>(self, tone: Tone, text: T) -> Painted<T> {
        let colour = |colour: AnsiColor| colour.on_default().effects(Effects::BOLD);
        let style = match (self, tone) {
            (Self::Plain, _) => Style::new(),
            (Self::Colour, Tone::Good) => colour(AnsiColor::Green),
            (Self::Colour, Tone::Bad) => colour(AnsiColor::Red),
            (Self::Colour, Tone::Notice) => colour(AnsiColor::Yellow),
            (Self::Colour, Tone::Strong) => Style::new().bold(),
            (Self::Colour, Tone::Faint) => Style::new().dimmed(),
        };
        Painted { style, text }
    }
}

/// A text in a style.
pub(crate) struct Painted<T> {
    style: Style,
    text: T,
}

impl<T: fmt::Display> fmt::Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{:#}", self.style, self.text, self.style)
    }
}
