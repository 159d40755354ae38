//! The secrets that the container was given, and what masks them. They are in this memory and nowhere else.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use windlass_agent_protocol::SecretName;
use windlass_agent_protocol::message::Secret;

use crate::mask::{Automaton, forms, mask_text};
use crate::sync::lock;

/// Every secret, by name.
#[derive(Debug)]
pub struct Secrets {
    state: Mutex<State>,
}

struct State {
    values: BTreeMap<SecretName, Vec<u8>>,
    /// Whatever a secret ever looked like; it is never taken back.
    forms: BTreeSet<Vec<u8>>,
    automaton: Arc<Automaton>,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

impl Default for Secrets {
    /// None.
    fn default() -> Self {
        let forms = BTreeSet::new();
        let automaton = Arc::new(Automaton::new(&forms));
        Self { state: Mutex::new(State { values: BTreeMap::new(), forms, automaton }) }
    }
}

impl Secrets {
    /// Adds or replaces secrets. They are masked from now on, and so are the values that they replace.
    pub fn put(&self, secrets: Vec<(SecretName, Secret)>) {
        let mut state = lock(&self.state);
        let before = state.forms.len();
        for (name, Secret(value)) in secrets {
            state.forms.extend(forms(&value));
            state.values.insert(name, value);
        }
        if state.forms.len() > before {
            state.automaton = Arc::new(Automaton::new(&state.forms));
        }
    }

    /// The value of a secret.
    #[must_use]
    pub fn value(&self, name: &SecretName) -> Option<Vec<u8>> {
        lock(&self.state).values.get(name).cloned()
    }

    /// What finds the secrets known by now.
    #[must_use]
    pub fn automaton(&self) -> Arc<Automaton> {
        Arc::clone(&lock(&self.state).automaton)
    }

    /// A message without secrets.
    #[must_use]
    pub fn mask(&self, text: &str) -> String {
        mask_text(&self.automaton(), text)
    }
}
