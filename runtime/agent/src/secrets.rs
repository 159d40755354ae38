//! The secrets that the container was given, and what masks them. They are in this memory and nowhere else.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use windlass_agent_protocol::SecretName;
use windlass_agent_protocol::message::Secret;
use windlass_redact::Patterns;

use crate::sync::lock;

/// Every secret, by name.
#[derive(Debug)]
pub struct Secrets {
    state: Mutex<State>,
}

struct State {
    values: BTreeMap<SecretName, Vec<u8>>,
    /// Whatever a secret ever looked like; it is never taken back.
    patterns: Arc<Patterns>,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

impl Default for Secrets {
    /// None.
    fn default() -> Self {
        Self { state: Mutex::new(State { values: BTreeMap::new(), patterns: Arc::default() }) }
    }
}

impl Secrets {
    /// Adds or replaces secrets. They are masked from now on, and so are the values that they replace.
    pub fn put(&self, secrets: Vec<(SecretName, Secret)>) {
        let mut state = lock(&self.state);
        state.patterns = Arc::new(state.patterns.with(secrets.iter().map(|(_, Secret(value))| value)));
        state.values.extend(secrets.into_iter().map(|(name, Secret(value))| (name, value)));
    }

    /// The value of a secret.
    #[must_use]
    pub fn value(&self, name: &SecretName) -> Option<Vec<u8>> {
        lock(&self.state).values.get(name).cloned()
    }

    /// What finds the secrets known by now.
    #[must_use]
    pub fn patterns(&self) -> Arc<Patterns> {
        Arc::clone(&lock(&self.state).patterns)
    }

    /// A message without secrets.
    #[must_use]
    pub fn mask(&self, text: &str) -> String {
        self.patterns().text(text).into_owned()
    }
}
