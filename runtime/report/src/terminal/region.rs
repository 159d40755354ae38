//! The part of a terminal that is drawn again and again.
//!
//! Between two pictures the cursor stands at the beginning of its first line. A window that becomes lower then loses what is below the cursor,
//! as every terminal does, and puts nothing of it into its history; and whatever the terminal made of the lines meanwhile, all of it is below
//! the cursor and cleared from there. A window that becomes narrower is another matter: terminals that wrap anew what is too long for it (tmux)
//! may push lines out at the top before anybody is asked.

use std::io::{self, Write};

use super::Size;

/// The lines from the cursor down, which belong to us.
pub(super) struct Region<W> {
    out: W,
    drawn: Vec<String>,
    size: Option<Size>,
}

impl<W: Write> Region<W> {
    pub(super) fn new(out: W) -> Self {
        Self { out, drawn: Vec::new(), size: None }
    }

    /// Replaces the live lines, putting `permanent` above them for good. One write per picture, so that no half of one is seen. A live line is
    /// narrower than the terminal, and there are fewer than it has rows.
    pub(super) fn draw(&mut self, permanent: &str, live: Vec<String>, size: Size) -> io::Result<()> {
        if permanent.is_empty() && live == self.drawn && self.size == Some(size) {
            return Ok(());
        }
        let mut picture = String::new();
        if !self.drawn.is_empty() {
            // A key that somebody typed may have moved the cursor along its line.
            picture.push('\r');
            if !permanent.is_empty() || live.is_empty() {
                picture.push_str("\x1b[J");
            }
        }
        picture.push_str(permanent);
        // What is drawn over needs no clearing before, which would flicker.
        let lines: Vec<_> = live.iter().map(|line| format!("{line}\x1b[K")).collect();
        picture.push_str(&lines.join("\n"));
        if !live.is_empty() {
            picture.push_str("\x1b[J");
            if live.len() > 1 {
                picture.push_str(&format!("\x1b[{}A", live.len() - 1));
            }
            picture.push('\r');
        }
        (self.drawn, self.size) = (live, Some(size));
        self.out.write_all(picture.as_bytes())?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZero;

    use super::*;

    const SIZE: Size = Size { columns: 20, rows: 6 };

    fn lines(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|&text| text.to_owned()).collect()
    }

    #[test]
    fn permanent_lines_stay_above_what_is_redrawn() {
        let mut screen = vt100::Parser::new(NonZero::new(6).unwrap(), NonZero::new(20).unwrap(), 0);
        let mut region = Region::new(Vec::new());
        region.draw("", lines(&["one", "two"]), SIZE).unwrap();
        region.draw("kept\n", lines(&["three"]), SIZE).unwrap();
        region.draw("kept too\n", lines(&["four", "five"]), SIZE).unwrap();
        region.draw("", lines(&["6"]), SIZE).unwrap();
        // The terminal's own driver adds the carriage returns.
        screen.process(String::from_utf8(region.out.clone()).unwrap().replace('\n', "\r\n").as_bytes());
        assert_eq!(screen.screen().contents(), "kept\nkept too\n6");
        let drawn = region.out.len();
        region.draw("", Vec::new(), SIZE).unwrap();
        screen.process(&region.out[drawn..]);
        assert_eq!(screen.screen().contents(), "kept\nkept too");
    }

    /// A window whose size changed shows something else than what was drawn, also when that is the same.
    #[test]
    fn the_same_picture_is_sent_again_only_to_a_window_of_another_size() {
        let mut region = Region::new(Vec::new());
        region.draw("", lines(&["one"]), SIZE).unwrap();
        let sent = region.out.len();
        region.draw("", lines(&["one"]), SIZE).unwrap();
        assert_eq!(region.out.len(), sent);
        region.draw("", lines(&["one"]), Size { columns: 10, ..SIZE }).unwrap();
        assert!(region.out.len() > sent);
    }
}
