//! Secrets kept out of every text that leaves windlass. The agent masks with this at the source, and the host everything that it shows.
//!
//! There is one [`Redactor`] for the host's process. Whoever comes to know a secret adds it before anything can be done with it; whatever writes
//! asks it at the moment of writing, so that a text which was queued before a secret was known is masked all the same.

mod forms;
mod patterns;
mod search;
mod stream;
mod text;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

pub use forms::{SHORTEST_MASKED, is_masked};
pub use patterns::Patterns;
pub use search::Search;
pub use stream::MaskedStream;

/// What stands where a secret stood.
pub const MASK: &str = "HIDDEN-BY-WINDLASS";

/// The secrets that are known, as everything that shows text knows them. Clones share them.
#[derive(Clone, Default)]
pub struct Redactor {
    secrets: Arc<RwLock<Secrets>>,
}

#[derive(Default)]
struct Secrets {
    values: BTreeSet<Vec<u8>>,
    patterns: Arc<Patterns>,
}

impl Redactor {
    /// One that knows no secret yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Masks these values from now on, each also line by line, as a JSON string and in base64. Those of fewer than
    /// [`SHORTEST_MASKED`] bytes are left alone: they would be found everywhere.
    pub fn add<V: AsRef<[u8]>>(&self, values: impl IntoIterator<Item = V>) {
        let mut secrets = self.secrets.write().unwrap_or_else(PoisonError::into_inner);
        let unknown = |value: &V| !secrets.values.contains(value.as_ref());
        let new: BTreeSet<Vec<u8>> = values.into_iter().filter(unknown).map(|value| value.as_ref().to_vec()).collect();
        if !new.is_empty() {
            secrets.patterns = Arc::new(secrets.patterns.with(&new));
            secrets.values.extend(new);
        }
    }

    /// A complete text without secrets, as [`Patterns::text`].
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.patterns().text(text)
    }

    /// What to look for now.
    pub fn patterns(&self) -> Arc<Patterns> {
        Arc::clone(&self.secrets.read().unwrap_or_else(PoisonError::into_inner).patterns)
    }
}

/// Shows how many there are, and nothing of them.
impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.secrets.read().unwrap_or_else(PoisonError::into_inner).values.len();
        f.debug_struct("Redactor").field("secrets", &count).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
