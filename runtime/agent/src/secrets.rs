//! The secrets that the container was given, and what masks them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};

use windlass_agent_protocol::message::{Call, Request};
use windlass_agent_protocol::{SecretName, frame};

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

    /// Takes secrets from a stream of [`Request::PutSecret`] until it ends. Container engines have no volume that holds
    /// secrets in memory, so there they come on standard input, before anything can be asked of the agent.
    ///
    /// # Errors
    /// When the stream breaks, or holds anything else.
    pub fn receive(&self, stream: &mut impl io::Read) -> io::Result<()> {
        while let Some(call) = frame::read::<Call>(stream)? {
            let Request::PutSecret { name, value } = call.request else {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "only secrets are taken here"));
            };
            self.put(name, value.0);
        }
        Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;
    use windlass_agent_protocol::message::Secret;

    fn empty() -> io::Result<Secrets> {
        Secrets::load(Path::new("/no/such/directory"))
    }

    fn frames(requests: Vec<Request>) -> Result<Vec<u8>, frame::FrameError> {
        let mut bytes = Vec::new();
        for (number, request) in (1..).zip(requests) {
            bytes.extend(frame::encode(&Call { number, request })?);
        }
        Ok(bytes)
    }

    #[test]
    fn secrets_of_a_stream_are_kept_and_masked() -> Result<(), Box<dyn std::error::Error>> {
        let secrets = empty()?;
        let put =
            |name: &str, value: &str| SecretName::new(name).map(|name| Request::PutSecret { name, value: Secret(value.into()) });
        let stream = frames(vec![put("A", "first secret")?, put("B", "second secret")?])?;
        secrets.receive(&mut stream.as_slice())?;
        assert_eq!(secrets.value(&SecretName::new("A")?), Some(b"first secret".to_vec()));
        assert_eq!(secrets.mask("a second secret!"), format!("a {}!", windlass_agent_protocol::MASK));
        Ok(())
    }

    #[test]
    fn anything_but_whole_secrets_is_refused() -> Result<(), Box<dyn std::error::Error>> {
        let other = frames(vec![Request::Ping])?;
        assert!(empty()?.receive(&mut other.as_slice()).is_err());
        let torn = other.get(..other.len() - 1).unwrap_or_default();
        assert!(empty()?.receive(&mut &*torn).is_err());
        Ok(())
    }
}
