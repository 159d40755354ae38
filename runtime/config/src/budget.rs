//! Work that one file may cost beyond reading it once. A few bytes of variables or patterns can ask for any amount of it.

use std::cell::Cell;
use std::rc::Rc;

/// What is left. One unit is about one byte moved or one step of a pattern, so the whole takes well under a second.
#[derive(Debug, Clone)]
pub(crate) struct Budget(Rc<Cell<u64>>);

impl Budget {
    const WHOLE: u64 = 64 * 1024 * 1024;

    pub(crate) fn new() -> Self {
        Self(Rc::new(Cell::new(Self::WHOLE)))
    }

    /// Takes units away; `false` when they are not there.
    #[must_use]
    pub(crate) fn spend(&self, units: usize) -> bool {
        let rest = self.0.get().checked_sub(units as u64);
        self.0.set(rest.unwrap_or(0));
        rest.is_some()
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self::new()
    }
}
