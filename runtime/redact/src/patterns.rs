//! What to look for, and where it is.
//!
//! A sorted list and binary search, where a library would have an automaton: automatons take from 20 to 500 bytes for each byte of a secret,
//! some take time that grows with its square, and none tells what the end of a text may begin. Here memory grows with the secrets alone, and
//! each byte of a text costs no more than a search in the list, whatever secrets and text are like.

use std::ops::Range;
use std::sync::Arc;

use super::MASK;
use crate::forms::{PIECE, SHORTEST_MASKED, forms};

/// All forms of all secrets.
#[derive(Clone)]
pub struct Patterns {
    /// Sorted, each once, of [`SHORTEST_MASKED`] to [`PIECE`] bytes.
    sorted: Vec<Arc<[u8]>>,
    /// For each, one more than the place of the longest other that it begins with; 0 for none.
    within: Vec<u32>,
    beginnings: Beginnings,
}

impl Default for Patterns {
    fn default() -> Self {
        Self::of_sorted(Vec::new())
    }
}

impl Patterns {
    /// The patterns of these values.
    pub fn of<V: AsRef<[u8]>>(values: impl IntoIterator<Item = V>) -> Self {
        Self::default().with(values)
    }

    /// These patterns, and those of more values.
    #[must_use]
    pub fn with<V: AsRef<[u8]>>(&self, values: impl IntoIterator<Item = V>) -> Self {
        let mut sorted = self.sorted.clone();
        for value in values {
            sorted.extend(forms(value.as_ref()).into_iter().map(Arc::from));
        }
        // Stable sorting takes what is sorted already as it is.
        sorted.sort();
        sorted.dedup();
        Self::of_sorted(sorted)
    }

    fn of_sorted(sorted: Vec<Arc<[u8]>>) -> Self {
        let mut within = Vec::with_capacity(sorted.len());
        let mut open: Vec<usize> = Vec::new();
        for (at, pattern) in sorted.iter().enumerate() {
            while open.pop_if(|shorter| !pattern.starts_with(&sorted[*shorter])).is_some() {}
            within.push(open.last().map_or(0, |shorter| u32::try_from(shorter + 1).unwrap_or(u32::MAX)));
            open.push(at);
        }
        let beginnings = Beginnings::of(&sorted);
        Self { sorted, within, beginnings }
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// The bytes with every secret replaced; `None` when there is none.
    pub fn mask(&self, data: &[u8]) -> Option<Vec<u8>> {
        let found = self.find(data);
        (!found.is_empty()).then(|| Self::replace(data, found))
    }

    /// The bytes with a mask in place of each of these ranges, which are in order and apart.
    pub(crate) fn replace(data: &[u8], found: Vec<Range<usize>>) -> Vec<u8> {
        let mut masked = Vec::with_capacity(data.len());
        let mut shown = 0;
        for range in found {
            masked.extend_from_slice(&data[shown..range.start]);
            masked.extend_from_slice(MASK.as_bytes());
            shown = range.end;
        }
        masked.extend_from_slice(&data[shown..]);
        masked
    }

    /// Where secrets are: ranges in order, apart from each other. Those that overlap or touch are one.
    pub fn find(&self, data: &[u8]) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        self.find_more(data, &mut found);
        found
    }

    /// Adds what is found to ranges that begin no later.
    pub(crate) fn find_more(&self, data: &[u8], found: &mut Vec<Range<usize>>) {
        if self.is_empty() {
            return;
        }
        for (start, beginning) in data.windows(SHORTEST_MASKED).enumerate() {
            if !self.beginnings.possible(beginning) {
                continue;
            }
            let length = self.longest_at(&data[start..]);
            if length == 0 {
                continue;
            }
            let end = start + length;
            match found.last_mut() {
                Some(last) if last.end >= start => last.end = last.end.max(end),
                _ => found.push(start..end),
            }
        }
    }

    /// The length of the longest pattern that a text begins with.
    fn longest_at(&self, text: &[u8]) -> usize {
        let text = &text[..text.len().min(PIECE)];
        // What the text begins with stands before it in the list; and whatever stands between begins with the same.
        let mut at = self.sorted.partition_point(|pattern| **pattern <= *text);
        let Some(nearest) = at.checked_sub(1).and_then(|at| self.sorted.get(at)) else { return 0 };
        let common = nearest.iter().zip(text).take_while(|(one, other)| one == other).count();
        while let Some(pattern) = at.checked_sub(1).and_then(|at| self.sorted.get(at)) {
            if pattern.len() <= common {
                return pattern.len();
            }
            at = self.within[at - 1] as usize;
        }
        0
    }

    /// How many bytes at the end may be the beginning of a secret; fewer than [`PIECE`].
    pub fn undecided(&self, data: &[u8]) -> usize {
        if self.is_empty() {
            return 0;
        }
        let end = &data[data.len() - data.len().min(PIECE - 1)..];
        (0..end.len()).find(|start| self.begins_one(&end[*start..])).map_or(0, |start| end.len() - start)
    }

    /// Whether a pattern begins with these bytes and goes on.
    fn begins_one(&self, beginning: &[u8]) -> bool {
        if beginning.get(..SHORTEST_MASKED).is_some_and(|first| !self.beginnings.possible(first)) {
            return false;
        }
        let at = self.sorted.partition_point(|pattern| **pattern <= *beginning);
        self.sorted.get(at).is_some_and(|pattern| pattern.starts_with(beginning))
    }
}

/// How many patterns there are, and nothing of them.
impl std::fmt::Debug for Patterns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Patterns").field("count", &self.sorted.len()).finish_non_exhaustive()
    }
}

/// The first bytes of all patterns, one bit each, to dismiss nearly every place in a text at once.
#[derive(Clone)]
struct Beginnings {
    bits: Vec<u64>,
    shift: u32,
}

impl Beginnings {
    fn of(patterns: &[Arc<[u8]>]) -> Self {
        // Sixteen bits for each, so that few places pass by chance; no more than fit into a processor's cache.
        let exponent = patterns.len().saturating_mul(16).next_power_of_two().clamp(1 << 12, 1 << 21).trailing_zeros();
        let mut beginnings = Self { bits: vec![0; 1 << (exponent - 6)], shift: 32 - exponent };
        for pattern in patterns {
            let bit = beginnings.bit(pattern);
            beginnings.bits[bit >> 6] |= 1 << (bit & 63);
        }
        beginnings
    }

    fn bit(&self, text: &[u8]) -> usize {
        let first = text.first_chunk().copied().unwrap_or_default();
        (u32::from_le_bytes(first).wrapping_mul(0x9E37_79B1) >> self.shift) as usize
    }

    fn possible(&self, text: &[u8]) -> bool {
        let bit = self.bit(text);
        self.bits[bit >> 6] >> (bit & 63) & 1 == 1
    }
}
