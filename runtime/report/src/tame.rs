//! What a program wrote, for a terminal that is not its own: letters and colours stay, all that acts on the screen goes.

use anstyle_parse::{Params, Parser, Perform};
use windlass_model::text::shown;

use crate::palette::Palette;

/// Ends a sequence, and does nothing where there is none.
const CANCEL: u8 = 0x18;

/// Bytes that one sequence may have. A title or an image that is longer is none.
const LONGEST: usize = 4096;

/// Bytes of colours that are in force at once. What sets more sets it in vain.
const COLOURS: usize = 256;

/// Puts the colours back.
const RESET: &[u8] = b"\x1b[0m";

/// The filter of one stream. It remembers a sequence that is not complete, wherever the output was cut.
pub(crate) struct Tame {
    parser: Parser,
    shown: Shown,
    /// Bytes of a sequence that has no end yet.
    unfinished: usize,
}

impl Tame {
    /// Lets colours through if the palette has some.
    pub(crate) fn new(palette: Palette) -> Self {
        let shown = Shown { colours: palette == Palette::Colour, ..Shown::default() };
        Self { parser: Parser::default(), shown, unfinished: 0 }
    }

    /// What is shown of the next part of a line. It begins in the colours that the stream is in, and leaves none behind.
    pub(crate) fn piece(&mut self, bytes: &[u8], ended: bool) -> &[u8] {
        self.shown.text.clear();
        self.shown.text.extend_from_slice(&self.shown.in_force);
        for &byte in bytes {
            self.take(byte);
        }
        if ended {
            // A title without end would swallow all that follows.
            self.take(CANCEL);
            self.unfinished = 0;
        }
        if !self.shown.in_force.is_empty() {
            self.shown.text.extend_from_slice(RESET);
        }
        &self.shown.text
    }

    fn take(&mut self, byte: u8) {
        self.shown.complete = false;
        self.parser.advance(&mut self.shown, byte);
        self.unfinished = if self.shown.complete { 0 } else { self.unfinished + 1 };
        if self.unfinished > LONGEST {
            self.parser.advance(&mut self.shown, CANCEL);
            self.unfinished = 0;
        }
    }
}

/// What a terminal would do.
#[derive(Default)]
struct Shown {
    text: Vec<u8>,
    colours: bool,
    /// The sequences that made the colours of now.
    in_force: Vec<u8>,
    /// The last byte was the end of something.
    complete: bool,
}

impl Perform for Shown {
    fn print(&mut self, c: char) {
        self.complete = true;
        if !c.is_control() {
            self.text.extend_from_slice(shown(c).encode_utf8(&mut [0; 4]).as_bytes());
        }
    }

    fn execute(&mut self, byte: u8) {
        self.complete = true;
        if byte == b'\t' {
            self.text.push(byte);
        }
    }

    fn csi_dispatch(&mut self, params: &Params, intermediates: &[u8], ignore: bool, action: u8) {
        self.complete = true;
        if !self.colours || action != b'm' || ignore || !intermediates.is_empty() {
            return;
        }
        let param = |sub: &[u16]| sub.iter().map(u16::to_string).collect::<Vec<_>>().join(":");
        let params: Vec<_> = params.iter().map(param).collect();
        let sequence = format!("\x1b[{}m", params.join(";"));
        if params.iter().all(|param| matches!(param.as_str(), "" | "0")) {
            self.in_force.clear();
        } else if self.in_force.len() + sequence.len() <= COLOURS {
            self.in_force.extend_from_slice(sequence.as_bytes());
        } else {
            return;
        }
        self.text.extend_from_slice(sequence.as_bytes());
    }

    fn esc_dispatch(&mut self, _: &[u8], _: bool, _: u8) {
        self.complete = true;
    }

    fn osc_dispatch(&mut self, _: &[&[u8]], _: bool) {
        self.complete = true;
    }

    fn unhook(&mut self) {
        self.complete = true;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tamed(palette: Palette, pieces: &[&[u8]]) -> String {
        let mut tame = Tame::new(palette);
        let last = pieces.len().saturating_sub(1);
        let shown = pieces.iter().enumerate().map(|(n, piece)| tame.piece(piece, n == last).to_vec());
        String::from_utf8(shown.collect::<Vec<_>>().concat()).unwrap()
    }

    /// Proves for each kind of sequence that acts on a screen that nothing of it is left, wherever it is cut in two.
    #[test]
    fn what_acts_on_the_screen_goes_wherever_it_is_cut() {
        let acts: [&[u8]; 14] = [
            b"\x1b[2J",
            b"\x1b[10A",
            b"\x1b[3;4H",
            b"\x1b[K",
            b"\x1b[?1049h",
            b"\x1b[?25l",
            b"\x1b[>4;1m",
            b"\x1b]0;title\x07",
            b"\x1b]52;c;ZXZpbA==\x1b\\",
            b"\x1bPq#0;2;0;0;0\x1b\\",
            b"\x1b_private\x1b\\",
            b"\x1bc",
            b"\x1b(0",
            b"\x08\x07\x0e",
        ];
        for sequence in acts {
            for cut in 0..=sequence.len() {
                let (first, second) = sequence.split_at(cut);
                let shown = tamed(Palette::Colour, &[&[b"a", first].concat(), &[second, b"\tb"].concat()]);
                assert_eq!(shown, "a\tb", "{:?} cut at {cut}", String::from_utf8_lossy(sequence));
            }
        }
    }

    #[test]
    fn colours_stay_if_they_are_wanted_and_end_with_the_line() {
        let line: &[u8] = b"\x1b[1;31mred\x1b[0m and \x1b[38:5:208morange";
        let mut tame = Tame::new(Palette::Colour);
        assert_eq!(tame.piece(line, true), b"\x1b[1;31mred\x1b[0m and \x1b[38:5:208morange\x1b[0m");
        assert_eq!(tame.piece(b"still", true), b"\x1b[38:5:208mstill\x1b[0m");
        assert_eq!(tame.piece(b"\x1b[mplain", true), b"\x1b[38:5:208m\x1b[0mplain");
        assert_eq!(tame.piece(b"plain", true), b"plain");
        assert_eq!(tamed(Palette::Plain, &[line]), "red and orange");
    }

    #[test]
    fn a_sequence_without_end_hides_neither_the_next_line_nor_all_of_its_own() {
        let mut tame = Tame::new(Palette::Colour);
        assert_eq!(tame.piece(b"a\x1b]0;no end", true), b"a");
        assert_eq!(tame.piece(b"seen", true), b"seen");
        let endless = [b"\x1b]0;".as_slice(), &[b'x'; 3 * LONGEST]].concat();
        assert!(tame.piece(&endless, false).len() > LONGEST);
    }

    proptest! {
        /// Letters of any script pass, and where the output was cut changes nothing of them.
        #[test]
        fn text_passes_however_it_was_cut(text in "[a-z \u{e9}\u{4e00}\u{1f600}]{0,20}", at in 0usize..80) {
            let cut = at.min(text.len());
            let (first, second) = text.as_bytes().split_at(cut);
            prop_assert_eq!(tamed(Palette::Colour, &[first, second]), text);
        }
    }
}
