//! Where every stage leaves what it finds wrong, so that one run of the reader reports all of it.

use crate::diagnostics::{Diagnostic, Diagnostics};
use std::cell::{Cell, RefCell};
use windlass_model::nearest::nearest;

/// The problems found so far.
#[derive(Debug)]
pub(crate) struct Problems {
    found: RefCell<Diagnostics>,
    hints: Cell<u32>,
}

/// How many words are compared with others for "did you mean". It is the slowest thing here, and long lists of problems are cut anyway.
const HINTS: u32 = 300;

impl Problems {
    pub(crate) fn new(diagnostics: Diagnostics) -> Self {
        Self { found: RefCell::new(diagnostics), hints: Cell::new(HINTS) }
    }

    pub(crate) fn push(&self, problem: Diagnostic) {
        self.found.borrow_mut().push(problem);
    }

    /// The candidate that a wrong word is most likely a slip of.
    pub(crate) fn nearest<'a>(&self, word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
        let left = self.hints.get().checked_sub(1)?;
        self.hints.set(left);
        nearest(word, candidates)
    }

    pub(crate) fn into_inner(self) -> Diagnostics {
        self.found.into_inner()
    }
}
