//! What differs between the outputs of two fingerprint scripts.

use std::collections::HashMap;

use serde::Serialize;

use crate::Fingerprint;

/// The most lines that are told.
const MOST: usize = 100;

/// What differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Lines that only one of both has, in their order.
    pub lines: Vec<Line>,
    /// How many more there are.
    pub more: usize,
    /// Whether both are compared to their ends. If not, what differs may come later.
    pub whole: bool,
}

/// A line that only one has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// It was there when the entry was stored.
    Old(String),
    /// It is there now.
    New(String),
}

impl Difference {
    /// Compares lines, wherever they stand.
    pub(super) fn of(old: &Fingerprint, new: &Fingerprint) -> Self {
        let (gone, come) = (only(&old.output, &new.output), only(&new.output, &old.output));
        let mut lines: Vec<Line> = gone.into_iter().map(Line::Old).chain(come.into_iter().map(Line::New)).collect();
        let more = lines.len().saturating_sub(MOST);
        lines.truncate(MOST);
        Self { lines, more, whole: old.whole && new.whole }
    }
}

/// The lines of the one that the other lacks, as many times as it lacks them.
fn only(these: &str, those: &str) -> Vec<String> {
    let mut there: HashMap<&str, usize> = HashMap::new();
    for line in those.lines() {
        *there.entry(line).or_default() += 1;
    }
    let mut alone = Vec::new();
    for line in these.lines() {
        match there.get_mut(line) {
            Some(count) if *count > 0 => *count -= 1,
            _ => alone.push(line.to_owned()),
        }
    }
    alone
}
