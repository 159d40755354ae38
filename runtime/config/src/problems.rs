//! Where every stage leaves what it finds wrong, so that one run of the reader reports all of it.

use crate::diagnostics::{Diagnostic, Diagnostics};
use std::cell::RefCell;

/// The problems found so far.
#[derive(Debug)]
pub(crate) struct Problems(RefCell<Diagnostics>);

impl Problems {
    pub(crate) fn new(diagnostics: Diagnostics) -> Self {
        Self(RefCell::new(diagnostics))
    }

    pub(crate) fn push(&self, problem: Diagnostic) {
        self.0.borrow_mut().push(problem);
    }

    pub(crate) fn into_inner(self) -> Diagnostics {
        self.0.into_inner()
    }
}
