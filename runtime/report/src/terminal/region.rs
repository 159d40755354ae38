//! The part of a terminal that is drawn again and again.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr as _;

/// The last lines above the cursor, which belong to us.
pub(super) struct Region<W> {
    out: W,
    drawn: Vec<Line>,
}

/// A line that was drawn, or is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// With its colours.
    pub(super) text: String,
    /// Columns that it takes.
    pub(super) width: usize,
}

impl Line {
    /// A line without colours.
    #[cfg(test)]
    pub(super) fn plain(text: &str) -> Self {
        Self { text: text.to_owned(), width: text.width() }
    }

    /// A line made of a text and the same text painted.
    pub(super) fn new(text: &str, painted: String) -> Self {
        Self { text: painted, width: text.width() }
    }
}

impl<W: Write> Region<W> {
    pub(super) fn new(out: W) -> Self {
        Self { out, drawn: Vec::new() }
    }

    /// Replaces the live lines, putting `permanent` above them for good. One write per picture, so that no half of one is seen.
    pub(super) fn draw(&mut self, permanent: &str, live: Vec<Line>, columns: usize) -> io::Result<()> {
        if permanent.is_empty() && live == self.drawn {
            return Ok(());
        }
        let mut picture = String::new();
        let rows = self.rows(columns);
        if rows > 0 {
            // Up to the first live line, then clear from there to the end of the screen.
            picture.push_str(&format!("\x1b[{rows}A\r\x1b[J"));
        }
        picture.push_str(permanent);
        for line in &live {
            picture.push_str(&line.text);
            picture.push('\n');
        }
        self.drawn = live;
        self.out.write_all(picture.as_bytes())?;
        self.out.flush()
    }

    /// Rows that the lines take now: a window made narrower since has wrapped them.
    fn rows(&self, columns: usize) -> usize {
        self.drawn.iter().map(|line| line.width.div_ceil(columns.max(1)).max(1)).sum()
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZero;

    use super::*;

    #[test]
    fn permanent_lines_stay_above_what_is_redrawn() {
        let mut screen = vt100::Parser::new(NonZero::new(6).unwrap(), NonZero::new(20).unwrap(), 0);
        let mut region = Region::new(Vec::new());
        region.draw("", vec![Line::plain("one"), Line::plain("two")], 20).unwrap();
        region.draw("kept\n", vec![Line::plain("three")], 20).unwrap();
        region.draw("kept too\n", vec![Line::plain("four")], 20).unwrap();
        region.draw("", Vec::new(), 20).unwrap();
        // The terminal's own driver adds the carriage returns.
        screen.process(String::from_utf8(region.out).unwrap().replace('\n', "\r\n").as_bytes());
        assert_eq!(screen.screen().contents(), "kept\nkept too");
    }

    #[test]
    fn the_same_picture_is_not_sent_again() {
        let mut region = Region::new(Vec::new());
        region.draw("", vec![Line::plain("one")], 20).unwrap();
        let sent = region.out.len();
        region.draw("", vec![Line::plain("one")], 20).unwrap();
        assert_eq!(region.out.len(), sent);
    }
}
