//! Masking in a stream whose chunks may end inside a secret.
//!
//! A byte is covered if it belongs to an occurrence of a form of a secret; occurrences may overlap. Each longest run of covered bytes becomes
//! one [`MASK`]. That depends on the whole stream only, not on how it arrives: a byte is held back as long as it may still turn out to be the
//! beginning of a secret, and no longer.

use crate::MASK;
use crate::patterns::Patterns;

/// What is held back of one stream: the bytes that may be the beginning of a secret.
#[derive(Debug, Default)]
pub struct MaskedStream {
    held: Vec<u8>,
    /// So many of the first held bytes belong to a secret whose mask was handed on already.
    covered: usize,
    /// What was handed on last is a mask.
    after_mask: bool,
}

impl MaskedStream {
    /// Takes a chunk. `None` when it can be handed on as it is.
    pub fn push(&mut self, patterns: &Patterns, chunk: &[u8]) -> Option<Vec<u8>> {
        if self.held.is_empty() {
            let undecided = patterns.undecided(chunk);
            if undecided == 0 && patterns.find(chunk).is_empty() {
                self.after_mask &= chunk.is_empty();
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
        let mut masked = Vec::with_capacity(end);
        let mut runs = Vec::new();
        // A secret that a chunk before ended in goes on here.
        if self.covered > 0 {
            runs.push(0..self.covered);
        }
        patterns.find_more(data, &mut runs);
        let (mut shown, mut covered) = (0, 0);
        for run in runs.into_iter().take_while(|run| run.start < end) {
            masked.extend_from_slice(&data[shown..run.start]);
            if run.start > 0 || !self.after_mask {
                masked.extend_from_slice(MASK.as_bytes());
            }
            shown = run.end.min(end);
            covered = run.end - shown;
        }
        masked.extend_from_slice(&data[shown..end]);
        if end > 0 {
            self.after_mask = shown == end;
            self.covered = covered;
        }
        self.held.extend_from_slice(&data[end..]);
        masked
    }
}
