//! A step's output cut into texts of bounded size, at line ends where there are any and never inside a character.

use std::io;
use std::time::Duration;

/// Bytes in one text at most.
const LARGEST: usize = 64 * 1024;

/// How long the beginning of a line waits for its end.
const PATIENCE: Duration = Duration::from_secs(2);

/// The unfinished line of one stream.
#[derive(Debug, Default)]
pub(crate) struct Chunks {
    held: Vec<u8>,
    since: Duration,
}

impl Chunks {
    /// Takes the next bytes and hands on all up to the last line end.
    pub(crate) fn push(&mut self, at: Duration, data: &[u8], mut show: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        let (lines, rest) = data.split_at(memchr::memrchr(b'\n', data).map_or(0, |end| end + 1));
        if !lines.is_empty() {
            if self.held.is_empty() {
                bounded(lines, &mut show)?;
            } else {
                self.held.extend_from_slice(lines);
                bounded(&self.held, &mut show)?;
                self.held.clear();
            }
            self.since = at;
        } else if self.held.is_empty() {
            self.since = at;
        }
        self.held.extend_from_slice(rest);
        if self.held.len() > LARGEST { self.release(show) } else { Ok(()) }
    }

    /// Hands on the beginning of a line that has waited long enough.
    pub(crate) fn idle(&mut self, at: Duration, show: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        if at.saturating_sub(self.since) < PATIENCE { Ok(()) } else { self.release(show) }
    }

    /// Hands on everything, an incomplete character included.
    pub(crate) fn finish(&mut self, mut show: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        bounded(&self.held, &mut show)?;
        self.held.clear();
        Ok(())
    }

    /// Hands on everything but an incomplete character at the end.
    fn release(&mut self, mut show: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        let end = complete(&self.held);
        bounded(&self.held[..end], &mut show)?;
        self.held.drain(..end);
        Ok(())
    }
}

fn bounded(mut data: &[u8], show: &mut impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
    while data.len() > LARGEST {
        let window = &data[..LARGEST];
        let cut = memchr::memrchr(b'\n', window).map_or_else(|| complete(window), |end| end + 1);
        show(&data[..cut])?;
        data = &data[cut..];
    }
    if data.is_empty() { Ok(()) } else { show(data) }
}

/// How many bytes there are without a UTF-8 sequence that only begins at the end. Bytes that are no UTF-8 anyway count as
/// complete, so the answer is within three bytes of the length.
fn complete(data: &[u8]) -> usize {
    for back in 1..=data.len().min(3) {
        let start = data.len() - back;
        let needed = match data[start] {
            0x80..=0xBF => continue,
            0xC2..=0xDF => 2,
            0xE0..=0xEF => 3,
            0xF0..=0xF4 => 4,
            _ => 1,
        };
        // Never everything: a cut must make progress.
        return if needed > back && start > 0 { start } else { data.len() };
    }
    data.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn collect(shown: &mut Vec<Vec<u8>>) -> impl FnMut(&[u8]) -> io::Result<()> {
        |text| {
            shown.push(text.to_vec());
            Ok(())
        }
    }

    fn all(pieces: &[&[u8]]) -> Vec<Vec<u8>> {
        let mut chunks = Chunks::default();
        let mut shown = Vec::new();
        for piece in pieces {
            chunks.push(Duration::ZERO, piece, collect(&mut shown)).unwrap();
        }
        chunks.finish(collect(&mut shown)).unwrap();
        shown
    }

    #[test]
    fn a_text_ends_where_a_line_ends() {
        assert_eq!(all(&[b"a\nb", b"c\nd"]), [b"a\n".to_vec(), b"bc\n".to_vec(), b"d".to_vec()]);
    }

    #[test]
    fn the_beginning_of_a_line_waits_for_its_end_but_not_for_ever() {
        let mut chunks = Chunks::default();
        let mut shown = Vec::new();
        let mut take = collect(&mut shown);
        chunks.push(Duration::from_secs(1), b"50%", &mut take).unwrap();
        chunks.idle(Duration::from_millis(2999), &mut take).unwrap();
        chunks.idle(Duration::from_secs(3), &mut take).unwrap();
        chunks.push(Duration::from_secs(4), b" 51%", &mut take).unwrap();
        chunks.idle(Duration::from_millis(5999), take).unwrap();
        assert_eq!(shown, [b"50%".to_vec()]);
    }

    proptest! {
        #[test]
        fn no_byte_is_lost_and_no_character_is_cut(
            text in "[a-z\u{e9}\u{4e00}\u{1f600}\n]{0,30}",
            times in 1usize..4000,
            cuts in proptest::collection::vec(0usize..200_000, 0..6),
        ) {
            let text = text.repeat(times);
            let bytes = text.as_bytes();
            let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.sort_unstable();
            cuts.push(bytes.len());
            let mut start = 0;
            let pieces: Vec<_> = cuts.into_iter().map(|cut| &bytes[std::mem::replace(&mut start, cut)..cut]).collect();
            let shown = all(&pieces);
            prop_assert_eq!(shown.concat(), bytes);
            for part in shown {
                prop_assert!(part.len() <= LARGEST + 3 && std::str::from_utf8(&part).is_ok());
            }
        }
    }
}
