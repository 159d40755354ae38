//! What to look for, and where it is.

use std::collections::BTreeSet;
use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD, Engine as _};

use super::MASK;

/// Bytes a secret must have to be masked; as in the agent.
pub const SHORTEST_MASKED: usize = 4;

/// Letters of base64 that are worth a pattern: fewer, which stand for five bytes, would be found by accident.
const SHORTEST_ENCODED: usize = 7;

/// Bytes of patterns up to which the search is made for speed; it takes some 500 bytes of memory for each.
const LARGEST_DFA: usize = 32 * 1024;

/// All forms of all secrets.
#[derive(Default)]
pub struct Patterns {
    search: Option<Search>,
}

struct Search {
    automaton: AhoCorasick,
    /// Sorted, so that those with a common beginning stand together.
    patterns: Vec<Vec<u8>>,
    longest: usize,
    beginnings: Beginnings,
}

impl Patterns {
    /// The patterns of these values.
    pub fn of(secrets: &[Vec<u8>]) -> Self {
        let mut patterns = BTreeSet::new();
        for secret in secrets {
            add_forms(secret, &mut patterns);
        }
        let patterns: Vec<_> = patterns.into_iter().collect();
        let longest = patterns.iter().map(Vec::len).max().unwrap_or(0);
        // Overlapping matches need the standard semantics. The only failure is more patterns than 32 bits count.
        let fits_dfa = patterns.iter().map(Vec::len).sum::<usize>() <= LARGEST_DFA;
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .kind(fits_dfa.then_some(AhoCorasickKind::DFA))
            .build(&patterns)
            .ok();
        let beginnings = Beginnings::of(&patterns);
        let search = automaton.filter(|_| longest > 0);
        Self { search: search.map(|automaton| Search { automaton, patterns, longest, beginnings }) }
    }

    /// The bytes with every secret replaced; `None` when there is none.
    pub fn mask(&self, data: &[u8]) -> Option<Vec<u8>> {
        let found = self.find(data);
        if found.is_empty() {
            return None;
        }
        let mut masked = Vec::with_capacity(data.len());
        let mut shown = 0;
        for range in found {
            masked.extend_from_slice(&data[shown..range.start]);
            masked.extend_from_slice(MASK.as_bytes());
            shown = range.end;
        }
        masked.extend_from_slice(&data[shown..]);
        Some(masked)
    }

    /// Where secrets are: ranges in order that do not overlap. Secrets that only touch stay apart, so that a mask does not depend on
    /// where a chunk ended.
    pub fn find(&self, data: &[u8]) -> Vec<Range<usize>> {
        let Some(Search { automaton, .. }) = &self.search else { return Vec::new() };
        // One pass that only asks whether there is any is several times faster, and nearly always enough.
        if !automaton.is_match(data) {
            return Vec::new();
        }
        let mut found: Vec<Range<usize>> = automaton.find_overlapping_iter(data).map(|found| found.range()).collect();
        found.sort_unstable_by_key(|range| range.start);
        found.dedup_by(|next, kept| {
            let joined = next.start < kept.end;
            if joined {
                kept.end = kept.end.max(next.end);
            }
            joined
        });
        found
    }

    /// How many bytes at the end may be the beginning of a secret.
    pub fn undecided(&self, data: &[u8]) -> usize {
        let Some(search) = &self.search else { return 0 };
        let end = &data[data.len() - data.len().min(search.longest - 1)..];
        let begins = |&start: &usize| search.beginnings.possible(&end[start..]) && search.begins_one(&end[start..]);
        (0..end.len()).find(begins).map_or(0, |start| end.len() - start)
    }
}

impl Search {
    /// Whether a pattern begins with these bytes and goes on.
    fn begins_one(&self, beginning: &[u8]) -> bool {
        let at = self.patterns.partition_point(|pattern| pattern.as_slice() <= beginning);
        self.patterns.get(at).is_some_and(|pattern| pattern.starts_with(beginning))
    }
}

/// The first two bytes of every pattern, to dismiss nearly every place in a text at once: a key file makes patterns of
/// thousands of bytes, and so many places may be the beginning of one at the end of each chunk.
struct Beginnings {
    first: [bool; 256],
    pairs: Vec<bool>,
}

impl Beginnings {
    fn of(patterns: &[Vec<u8>]) -> Self {
        let mut beginnings = Self { first: [false; 256], pairs: vec![false; 1 << 16] };
        for pattern in patterns {
            if let [first, second, ..] = pattern[..] {
                beginnings.first[usize::from(first)] = true;
                beginnings.pairs[usize::from(u16::from_be_bytes([first, second]))] = true;
            }
        }
        beginnings
    }

    fn possible(&self, text: &[u8]) -> bool {
        match *text {
            [] => false,
            [only] => self.first[usize::from(only)],
            [first, second, ..] => self.pairs[usize::from(u16::from_be_bytes([first, second]))],
        }
    }
}

/// The forms in which tools print a secret.
fn add_forms(secret: &[u8], patterns: &mut BTreeSet<Vec<u8>>) {
    let trimmed = secret.trim_ascii();
    let lines = secret.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
    for plain in [secret, trimmed].into_iter().chain(lines) {
        if plain.len() >= SHORTEST_MASKED {
            patterns.insert(plain.to_vec());
            add_json(plain, patterns);
        }
    }
    for plain in [secret, trimmed] {
        if plain.len() >= SHORTEST_MASKED {
            add_base64(plain, patterns);
        }
    }
}

/// The inside of the JSON string, where that differs.
fn add_json(plain: &[u8], patterns: &mut BTreeSet<Vec<u8>>) {
    let quoted = std::str::from_utf8(plain).ok().and_then(|text| serde_json::to_string(text).ok());
    if let Some(inside) = quoted.as_deref().and_then(|quoted| quoted.get(1..quoted.len() - 1)) {
        patterns.insert(inside.as_bytes().to_vec());
    }
}

/// Base64 of the secret, also inside that of a longer text: three bytes make four letters, so there are three ways in which the
/// secret can lie in them, and the letters at its edges depend on its neighbours.
fn add_base64(plain: &[u8], patterns: &mut BTreeSet<Vec<u8>>) {
    for before in 0..3 {
        let mut text = vec![0; before];
        text.extend_from_slice(plain);
        let bits = 8 * text.len();
        let own = (8 * before).div_ceil(6)..bits / 6;
        for encoded in [BASE64_STANDARD_NO_PAD.encode(&text), BASE64_URL_SAFE_NO_PAD.encode(&text)] {
            if let Some(own) = encoded.as_bytes().get(own.clone()).filter(|own| own.len() >= SHORTEST_ENCODED) {
                patterns.insert(own.to_vec());
            }
        }
    }
}
