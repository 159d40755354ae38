//! Whether a stream holds a secret, where its bytes are not to be changed.

use crate::patterns::Patterns;

/// A search in a stream whose chunks may end inside a secret.
#[derive(Debug, Default)]
pub struct Search {
    /// The end of what came so far, as far as it may be the beginning of a secret.
    held: Vec<u8>,
    found: bool,
}

impl Search {
    /// Takes the next chunk.
    pub fn push(&mut self, patterns: &Patterns, chunk: &[u8]) {
        if self.found || patterns.is_empty() {
            return;
        }
        if !self.held.is_empty() {
            // A form is shorter than two chunks: what begins in the one before ends in this one, or goes on in the next.
            self.held.extend_from_slice(chunk);
            let whole = std::mem::take(&mut self.held);
            self.look(patterns, &whole);
        } else {
            self.look(patterns, chunk);
        }
    }

    fn look(&mut self, patterns: &Patterns, data: &[u8]) {
        self.found = !patterns.find(data).is_empty();
        self.held = data[data.len() - patterns.undecided(data)..].to_vec();
    }

    /// Whether there was one.
    pub fn found(&self) -> bool {
        self.found
    }
}
