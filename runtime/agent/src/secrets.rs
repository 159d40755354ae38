//! The secrets that the container was given, and what masks them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};

use windlass_agent_protocol::SecretName;

use crate::mask::{Automaton, SHORTEST, forms, mask_text};
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

impl Secrets {
    /// Reads the files of a directory; one that is not there holds no secrets. Names that begin with a dot are the
    /// kubelet's book-keeping.
    ///
    /// # Errors
    /// When a file cannot be read. Going on without it would show the secret.
    pub fn load(directory: &Path) -> io::Result<Self> {
        let mut values = BTreeMap::new();
        let entries = match fs::read_dir(directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            entries => Some(entries?),
        };
        for entry in entries.into_iter().flatten() {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let Ok(name) = SecretName::new(name) else {
                continue;
            };
            // Through the link: the kubelet's files are links.
            if fs::metadata(entry.path())?.is_file() {
                values.insert(name, fs::read(entry.path())?);
            }
        }
        let forms: BTreeSet<_> = values.values().flat_map(|value| forms(value)).collect();
        let automaton = Arc::new(Automaton::new(&forms));
        Ok(Self { state: Mutex::new(State { values, forms, automaton }) })
    }

    /// Adds or replaces a secret. It is masked from now on, and so is the value that it replaces.
    pub fn put(&self, name: SecretName, value: Vec<u8>) {
        let mut state = lock(&self.state);
        let before = state.forms.len();
        state.forms.extend(forms(&value));
        state.values.insert(name, value);
        if state.forms.len() > before {
            state.automaton = Arc::new(Automaton::new(&state.forms));
        }
    }

    /// The value of a secret.
    #[must_use]
    pub fn value(&self, name: &SecretName) -> Option<Vec<u8>> {
        lock(&self.state).values.get(name).cloned()
    }

    /// The names of all, and of those too short to be masked.
    #[must_use]
    pub fn names(&self) -> (Vec<SecretName>, Vec<SecretName>) {
        let state = lock(&self.state);
        let all = state.values.keys().cloned().collect();
        let short =
            state.values.iter().filter(|(_, value)| value.trim_ascii().len() < SHORTEST).map(|(name, _)| name.clone()).collect();
        (all, short)
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
