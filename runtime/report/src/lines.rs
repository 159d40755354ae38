//! Whole lines out of the pieces in which a step's output arrives.

use std::io;
use std::time::Duration;

use crate::text::visible;

/// A line longer than this is shown in parts, so that its memory is bounded.
const LONGEST_HELD: usize = 64 * 1024;

/// How long the beginning of a line waits for its end before it is shown: a prompt that nobody answers must be seen.
const PATIENCE: Duration = Duration::from_secs(2);

/// The unfinished line of one stream.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    partial: Vec<u8>,
    since: Duration,
}

/// A part of a line to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Piece<'a> {
    /// Its bytes, without line end.
    pub(crate) bytes: &'a [u8],
    /// It replaces what was shown of its line so far.
    pub(crate) restarted: bool,
    /// The line ends here.
    pub(crate) ended: bool,
}

impl<'a> Piece<'a> {
    fn new(line: &'a [u8], ended: bool) -> Self {
        let (bytes, restarted) = visible(line);
        Self { bytes, restarted, ended }
    }
}

impl Lines {
    /// Takes the next bytes and hands on every line that is complete now.
    pub(crate) fn push(
        &mut self,
        at: Duration,
        mut data: &[u8],
        mut show: impl FnMut(Piece<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        if !self.partial.is_empty() {
            let Some(end) = memchr::memchr(b'\n', data) else { return self.hold(data, show) };
            self.partial.extend_from_slice(&data[..end]);
            show(Piece::new(&self.partial, true))?;
            self.partial.clear();
            data = &data[end + 1..];
        }
        let mut start = 0;
        for end in memchr::memchr_iter(b'\n', data) {
            show(Piece::new(&data[start..end], true))?;
            start = end + 1;
        }
        self.since = at;
        self.hold(&data[start..], show)
    }

    /// Shows the beginning of a line that has waited long enough.
    pub(crate) fn idle(&mut self, at: Duration, show: impl FnMut(Piece<'_>) -> io::Result<()>) -> io::Result<()> {
        if at.saturating_sub(self.since) < PATIENCE { Ok(()) } else { self.finish(show) }
    }

    /// Shows what is held, whatever it is.
    pub(crate) fn finish(&mut self, mut show: impl FnMut(Piece<'_>) -> io::Result<()>) -> io::Result<()> {
        let piece = Piece::new(&self.partial, false);
        if !piece.bytes.is_empty() {
            show(piece)?;
        }
        // What comes after a carriage return replaces what was just shown, unless it is the line's end.
        let returned = self.partial.last() == Some(&b'\r');
        self.partial.clear();
        if returned {
            self.partial.push(b'\r');
        }
        Ok(())
    }

    fn hold(&mut self, data: &[u8], show: impl FnMut(Piece<'_>) -> io::Result<()>) -> io::Result<()> {
        self.partial.extend_from_slice(data);
        if self.partial.len() <= LONGEST_HELD {
            return Ok(());
        }
        self.drop_overwritten();
        if self.partial.len() <= LONGEST_HELD { Ok(()) } else { self.finish(show) }
    }

    /// Forgets the states of a progress bar that later ones replaced. A carriage return at the very end stays: the next byte
    /// says whether it was the line's end.
    fn drop_overwritten(&mut self) {
        let body = self.partial.iter().rposition(|&byte| byte != b'\r').map_or(0, |last| last + 1);
        if let Some(at) = memchr::memrchr(b'\r', &self.partial[..body]) {
            // The carriage return itself stays, as the sign that the line began anew.
            self.partial.drain(..at);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(lines: &mut Lines, at: u64, data: &[u8]) -> Vec<(String, bool)> {
        let mut pieces = Vec::new();
        let collect = |piece: Piece<'_>| {
            pieces.push((String::from_utf8_lossy(piece.bytes).into_owned(), piece.ended));
            Ok(())
        };
        lines.push(Duration::from_millis(at), data, collect).unwrap();
        pieces
    }

    #[test]
    fn the_beginning_of_a_line_waits_for_its_end_but_not_for_ever() {
        let mut lines = Lines::default();
        assert_eq!(shown(&mut lines, 0, b"a\nPassword: "), [("a".to_owned(), true)]);
        let mut pieces = Vec::new();
        for at in [100, 1999, 2000, 9000] {
            let collect = |piece: Piece<'_>| {
                pieces.push((at, piece.bytes.to_vec(), piece.ended));
                Ok(())
            };
            lines.idle(Duration::from_millis(at), collect).unwrap();
        }
        assert_eq!(pieces, [(2000, b"Password: ".to_vec(), false)]);
    }

    #[test]
    fn a_progress_bar_without_end_takes_bounded_memory_and_leaves_its_last_state() {
        let mut lines = Lines::default();
        for percent in 0..100_000 {
            assert_eq!(shown(&mut lines, 0, format!("{percent:>40}%\r").as_bytes()), []);
            assert!(lines.partial.len() <= LONGEST_HELD);
        }
        assert_eq!(shown(&mut lines, 0, b"done\n"), [("done".to_owned(), true)]);
    }

    #[test]
    fn a_line_without_end_is_shown_in_parts_that_lose_nothing() {
        let mut lines = Lines::default();
        let mut total = 0;
        for _ in 0..100 {
            total += shown(&mut lines, 0, &[b'x'; 4096]).iter().map(|(text, _)| text.len()).sum::<usize>();
            assert!(lines.partial.len() <= LONGEST_HELD);
        }
        total += shown(&mut lines, 0, b"\n").iter().map(|(text, _)| text.len()).sum::<usize>();
        assert_eq!(total, 100 * 4096);
    }

    proptest! {
        #[test]
        fn lines_do_not_depend_on_where_the_output_was_cut(chunks in proptest::collection::vec("[ab\r\n]{0,5}", 0..20)) {
            let mut cut = Lines::default();
            let mut whole = Lines::default();
            let pieces: Vec<_> = chunks.iter().flat_map(|chunk| shown(&mut cut, 0, chunk.as_bytes())).collect();
            prop_assert_eq!(pieces, shown(&mut whole, 0, chunks.concat().as_bytes()));
        }
    }
}
