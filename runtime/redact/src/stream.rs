//! Masking in a stream whose chunks may end inside a secret.

use crate::MASK;
use crate::patterns::Patterns;

/// What is held back of one stream: the bytes that may be the beginning of a secret.
#[derive(Debug, Default)]
pub struct MaskedStream {
    held: Vec<u8>,
    /// So many of the first held bytes belong to a secret whose mask was handed on already.
    covered: usize,
}

impl MaskedStream {
    /// Takes a chunk. `None` when it can be handed on as it is.
    pub fn push(&mut self, patterns: &Patterns, chunk: &[u8]) -> Option<Vec<u8>> {
        if self.held.is_empty() {
            let undecided = patterns.undecided(chunk);
            if undecided == 0 && patterns.find(chunk).is_empty() {
                return None;
            }
            return Some(self.release(patterns, chunk, undecided));
        }
        let mut data = std::mem::take(&mut self.held);
        data.extend_from_slice(chunk);
        let undecided = patterns.undecided(&data);
        Some(self.release(patterns, &data, undecided))
    }

    /// The stream ended: what was held back was no secret, or is masked as far as it is one.
    pub fn finish(&mut self, patterns: &Patterns) -> Vec<u8> {
        let data = std::mem::take(&mut self.held);
        self.release(patterns, &data, 0)
    }

    /// Hands on all of `data` but the last `undecided` bytes, masked.
    fn release(&mut self, patterns: &Patterns, data: &[u8], undecided: usize) -> Vec<u8> {
        let end = data.len() - undecided;
        let mut masked = Vec::with_capacity(data.len());
        // A secret that a chunk before ended in goes on here, so that its end needs no second mask.
        let mut shown = std::mem::take(&mut self.covered);
        for found in patterns.find(data) {
            if found.start >= end {
                break;
            }
            if found.start >= shown {
                masked.extend_from_slice(&data[shown..found.start]);
                masked.extend_from_slice(MASK.as_bytes());
            }
            shown = shown.max(found.end);
        }
        if shown < end {
            masked.extend_from_slice(&data[shown..end]);
        }
        self.covered = shown.saturating_sub(end);
        self.held.extend_from_slice(&data[end..]);
        masked
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn masked(patterns: &Patterns, chunks: &[&[u8]]) -> Vec<u8> {
        let mut stream = MaskedStream::default();
        let mut shown = Vec::new();
        for chunk in chunks {
            shown.extend(stream.push(patterns, chunk).unwrap_or_else(|| chunk.to_vec()));
        }
        shown.extend(stream.finish(patterns));
        shown
    }

    #[test]
    fn a_secret_split_over_chunks_is_masked() {
        let patterns = Patterns::of(&[b"opensesame".to_vec()]);
        let shown = masked(&patterns, &[b"say open", b"ses", b"ame now, op"]);
        assert_eq!(String::from_utf8(shown).unwrap(), format!("say {MASK} now, op"));
    }

    #[test]
    fn only_what_may_become_a_secret_waits() {
        let patterns = Patterns::of(&[b"opensesame".to_vec()]);
        let mut stream = MaskedStream::default();
        assert_eq!(stream.push(&patterns, b"nothing like it"), None);
        assert_eq!(stream.push(&patterns, b"nothing like op").as_deref(), Some(&b"nothing like "[..]));
        assert_eq!(stream.push(&patterns, b"era").as_deref(), Some(&b"opera"[..]));
    }

    #[test]
    fn secrets_that_overlap_are_masked_to_the_last_byte() {
        let patterns = Patterns::of(&[b"abcdef".to_vec(), b"defghi".to_vec()]);
        for cut in 0..11 {
            let (left, right) = b"<abcdefghi>".split_at(cut);
            let shown = String::from_utf8(masked(&patterns, &[left, right])).unwrap();
            assert_eq!(shown, format!("<{MASK}>"), "cut at {cut}");
        }
    }

    proptest! {
        /// An alphabet of two letters makes secrets overlap, repeat and begin one another all the time.
        #[test]
        fn cutting_a_stream_changes_nothing(
            secrets in proptest::collection::vec("[ab]{4,7}", 1..5),
            chunks in proptest::collection::vec("[abc]{0,9}", 0..12),
        ) {
            let secrets: Vec<_> = secrets.into_iter().map(String::into_bytes).collect();
            let patterns = Patterns::of(&secrets);
            let whole = chunks.concat().into_bytes();
            let pieces: Vec<_> = chunks.iter().map(String::as_bytes).collect();
            let shown = masked(&patterns, &pieces);
            prop_assert_eq!(&shown, &patterns.mask(&whole).unwrap_or(whole));
            for secret in secrets {
                prop_assert_eq!(shown.windows(secret.len()).find(|window| *window == secret), None);
            }
        }

        #[test]
        fn no_byte_outside_of_secrets_is_lost(
            words in proptest::collection::vec("[a-z ]{0,12}", 1..20),
            cuts in proptest::collection::vec(1usize..9, 1..30),
        ) {
            let patterns = Patterns::of(&[b"0123456789".to_vec()]);
            let text = words.join("0123456789");
            let mut rest = text.as_bytes();
            let mut pieces = Vec::new();
            for cut in cuts.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (piece, after) = rest.split_at((*cut).min(rest.len()));
                pieces.push(piece);
                rest = after;
            }
            let shown = String::from_utf8(masked(&patterns, &pieces)).unwrap();
            prop_assert_eq!(shown, words.join(MASK));
        }
    }
}
