//! Replaces secrets in a stream, wherever the stream is cut into chunks.
//!
//! A byte is covered if it belongs to an occurrence of a [form](forms) of a secret; occurrences may overlap. Each
//! longest run of covered bytes becomes one [`MASK`]. That depends on the whole stream only, not on how it arrives:
//! a byte is held back as long as it may still turn out to be the beginning of a secret, and no longer.

mod automaton;
mod forms;

use std::ops::Range;
use std::sync::Arc;

use windlass_agent_protocol::MASK;

pub use automaton::{Automaton, State};
pub use forms::{SHORTEST, forms};

/// A stream on its way through an [`Automaton`].
#[derive(Debug)]
pub struct Masking {
    automaton: Arc<Automaton>,
    state: State,
    /// The bytes held back.
    held: Vec<u8>,
    /// The covered parts of `held`, in order, apart from each other.
    covered: Vec<Range<usize>>,
    /// Whether the last byte before `held` was covered.
    after_mask: bool,
}

impl Masking {
    /// The beginning of a stream.
    #[must_use]
    pub fn new(automaton: Arc<Automaton>) -> Self {
        Self { automaton, state: State::START, held: Vec::new(), covered: Vec::new(), after_mask: false }
    }

    /// From here on, looks for other secrets, also in what is held back.
    pub fn switch(&mut self, automaton: &Arc<Automaton>) {
        if Arc::ptr_eq(automaton, &self.automaton) {
            return;
        }
        self.automaton = Arc::clone(automaton);
        self.state = State::START;
        self.scan(0);
    }

    /// Takes the next bytes, and appends to `out` what is certain now.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let from = self.held.len();
        self.held.extend_from_slice(bytes);
        self.scan(from);
        let certain = self.held.len().saturating_sub(self.automaton.depth(self.state));
        self.release(certain, out);
    }

    /// Ends the stream: appends all that was held back.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        self.release(self.held.len(), out);
        self.state = State::START;
    }

    /// Finds the secrets that end in `held[from..]`.
    fn scan(&mut self, from: usize) {
        let covered = &mut self.covered;
        self.state = self.automaton.run(self.state, &self.held[from..], |end, length| {
            let end = from + end;
            cover(covered, end.saturating_sub(length)..end);
        });
    }

    /// Lets the first `count` held bytes go.
    fn release(&mut self, count: usize, out: &mut Vec<u8>) {
        let mut place = 0;
        for part in &self.covered {
            if part.start >= count {
                break;
            }
            out.extend_from_slice(&self.held[place..part.start]);
            if part.start > 0 || !self.after_mask {
                out.extend_from_slice(MASK.as_bytes());
            }
            place = part.end.min(count);
        }
        out.extend_from_slice(&self.held[place..count]);
        if count > 0 {
            self.after_mask = self.covered.iter().any(|part| part.contains(&(count - 1)));
        }
        self.held.drain(..count);
        self.covered.retain_mut(|part| {
            *part = part.start.saturating_sub(count)..part.end.saturating_sub(count);
            part.start < part.end
        });
    }
}

/// Adds a part that ends no earlier than those before it.
fn cover(covered: &mut Vec<Range<usize>>, mut part: Range<usize>) {
    while let Some(last) = covered.pop_if(|last| last.end >= part.start) {
        part = last.start.min(part.start)..part.end.max(last.end);
    }
    covered.push(part);
}

/// Masks a text that is complete.
#[must_use]
pub fn mask_text(automaton: &Arc<Automaton>, text: &str) -> String {
    let mut masking = Masking::new(Arc::clone(automaton));
    let mut out = Vec::new();
    masking.push(text.as_bytes(), &mut out);
    masking.finish(&mut out);
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests;
