//! Variables that are still to be given.

use std::cell::RefCell;
use windlass_model::task::UndefinedVariable;

/// The variables that fields of one task refer to and nothing defines, each once.
#[derive(Debug, Default)]
pub(super) struct Undefined(RefCell<Vec<UndefinedVariable>>);

impl Undefined {
    pub(super) fn add(&self, new: UndefinedVariable) {
        let mut variables = self.0.borrow_mut();
        if !variables.iter().any(|variable| variable.name == new.name) {
            variables.push(new);
        }
    }

    /// In the order of the lines that refer to them.
    pub(super) fn into_inner(self) -> Vec<UndefinedVariable> {
        let mut variables = self.0.into_inner();
        variables.sort_by_key(|variable| variable.line);
        variables
    }
}
