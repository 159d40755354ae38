//! How far a pattern has got in a path.

use std::collections::BTreeSet;

use windlass_agent_protocol::glob::Step;

/// The places in a pattern that the path so far may have led to: `**` leads to several at once.
#[derive(Debug, Clone)]
pub(super) struct Places<'g> {
    steps: &'g [Step],
    /// Before which step; the number of steps is the end, a match.
    at: BTreeSet<usize>,
    /// Those that only `**` led to.
    by_any: BTreeSet<usize>,
}

impl<'g> Places<'g> {
    /// Where a walk begins.
    pub(super) fn first(steps: &'g [Step]) -> Self {
        Self::of(steps, BTreeSet::from([0]), BTreeSet::new())
    }

    fn of(steps: &'g [Step], at: BTreeSet<usize>, by_any: BTreeSet<usize>) -> Self {
        let mut places = Self { steps, at, by_any };
        // `**` stands for no directory, too; but at the end it stands for what is in a directory, and not for the directory.
        for place in 0..steps.len() {
            let last = place + 1 == steps.len();
            if steps[place] == Step::Any && !last {
                if places.at.contains(&place) {
                    places.at.insert(place + 1);
                }
                if places.by_any.contains(&place) {
                    places.by_any.insert(place + 1);
                }
            }
        }
        places
    }

    /// The places behind one more name.
    pub(super) fn after(&self, name: &[u8]) -> Self {
        let (mut at, mut by_any) = (BTreeSet::new(), BTreeSet::new());
        for place in self.at.union(&self.by_any).copied() {
            match self.steps.get(place) {
                Some(Step::Any) => {
                    by_any.insert(place);
                    if place + 1 == self.steps.len() {
                        by_any.insert(place + 1);
                    }
                }
                Some(Step::Name(known)) if known.as_bytes() == name => drop(at.insert(place + 1)),
                Some(Step::Like(like)) if like.matches(name) => drop(at.insert(place + 1)),
                _ => {}
            }
        }
        Self::of(self.steps, at, by_any)
    }

    /// The places that are left behind a link: a link to a file is one of the files that `**` stands for, a link to a directory none of its
    /// directories.
    pub(super) fn through_a_link(mut self) -> Self {
        let end = self.steps.len();
        self.by_any.retain(|place| *place == end);
        self
    }

    /// Whether no path that begins like this can match.
    pub(super) fn is_empty(&self) -> bool {
        self.at.is_empty() && self.by_any.is_empty()
    }

    /// Whether the path matches.
    pub(super) fn is_match(&self) -> bool {
        let end = self.steps.len();
        self.at.contains(&end) || self.by_any.contains(&end)
    }

    /// Whether the path matches by its own name.
    pub(super) fn is_named(&self) -> bool {
        self.at.contains(&self.steps.len()) && matches!(self.steps.last(), Some(Step::Name(_)))
    }

    /// Whether a longer path can match.
    pub(super) fn leads_on(&self) -> bool {
        self.at.union(&self.by_any).any(|place| *place < self.steps.len())
    }

    /// The names that can come next, where no others can.
    pub(super) fn names(&self) -> Option<Vec<&'g str>> {
        let steps = self.at.union(&self.by_any).filter_map(|place| self.steps.get(*place));
        let name = |step: &'g Step| match step {
            Step::Name(name) => Some(name.as_str()),
            Step::Any | Step::Like(_) => None,
        };
        steps.map(name).collect()
    }
}
