//! The end of a step's output, kept in bounded memory for the moment when it fails.

use crate::text::{harmless, visible};

/// Bytes that are kept at least, if a step wrote so many.
const KEPT: usize = 16 * 1024;

/// Characters of one line that are shown at most: a minified file must not push everything else off a screen.
const LONGEST_LINE: usize = 400;

/// The last bytes of a stream.
#[derive(Debug, Default)]
pub(crate) struct Tail {
    bytes: Vec<u8>,
    /// Bytes before these were dropped, so the first line may be a part of one.
    cut: bool,
}

impl Tail {
    /// Takes the next bytes. The cost is that of copying them, or less.
    pub(crate) fn push(&mut self, data: &[u8]) {
        let end = data.len().saturating_sub(KEPT);
        if end > 0 {
            self.bytes.clear();
            self.cut = true;
        }
        self.bytes.extend_from_slice(&data[end..]);
        // Cutting only every other KEPT bytes keeps the cost of moving the rest to the front constant per byte.
        if self.bytes.len() > 2 * KEPT {
            self.bytes.drain(..self.bytes.len() - KEPT);
            self.cut = true;
        }
    }

    /// Whether nothing was written.
    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The last lines that are not blank, oldest first, safe to show on a terminal.
    pub(crate) fn lines(&self, count: usize) -> Vec<String> {
        let mut lines = Vec::new();
        let mut rest = &self.bytes[..];
        while !rest.is_empty() && lines.len() < count {
            let start = memchr::memrchr(b'\n', rest).map_or(0, |at| at + 1);
            let whole = start > 0 || !self.cut;
            let line = harmless(visible(&rest[start..]).0);
            if !line.trim().is_empty() && (whole || lines.is_empty()) {
                lines.push(bounded(line));
            }
            rest = &rest[..start.saturating_sub(1)];
        }
        lines.reverse();
        lines
    }
}

fn bounded(mut line: String) -> String {
    if let Some((at, _)) = line.char_indices().nth(LONGEST_LINE) {
        line.truncate(at);
        line.push_str("...");
    }
    line
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_last_lines_are_kept_with_an_unfinished_one() {
        let mut tail = Tail::default();
        tail.push(b"one\ntwo\n\nthr");
        tail.push(b"ee");
        assert_eq!(tail.lines(2), ["two", "three"]);
        assert_eq!(tail.lines(9), ["one", "two", "three"]);
    }

    #[test]
    fn a_line_cut_by_the_limit_is_not_shown_as_if_it_were_whole() {
        let mut tail = Tail::default();
        for _ in 0..5 * KEPT {
            tail.push(b"0123456\n");
        }
        assert!(tail.bytes.len() <= 2 * KEPT);
        assert!(tail.lines(100_000).iter().all(|line| line == "0123456"));
    }

    #[test]
    fn one_endless_line_shows_a_bounded_part() {
        let mut tail = Tail::default();
        tail.push(&vec![b'x'; 10 * KEPT]);
        let lines = tail.lines(5);
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].len(), LONGEST_LINE + 3);
    }

    proptest! {
        #[test]
        fn how_output_was_cut_does_not_change_the_last_lines(
            chunks in proptest::collection::vec("[ab\n]{0,6}", 0..20),
        ) {
            let mut tail = Tail::default();
            for chunk in &chunks {
                tail.push(chunk.as_bytes());
            }
            let text = chunks.concat();
            let mut expected: Vec<_> = text.split('\n').filter(|line| !line.is_empty()).rev().take(4).collect();
            expected.reverse();
            prop_assert_eq!(tail.lines(4), expected);
        }
    }
}
