//! A store in memory, that fails as a test wants it to.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

use async_trait::async_trait;
use windlass_mover_client::Depot;
use windlass_mover_client::protocol::{Answer, Ask, Blob, PIECE, Sha256};

/// What is done about a question before it is answered; an answer of its own is given instead of the depot's.
type Before = Box<dyn FnMut(usize, &Ask) -> Option<Answer> + Send>;

/// Keeps blobs.
#[derive(Default)]
pub(crate) struct Shelf {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    blobs: HashMap<Sha256, Vec<u8>>,
    partial: HashMap<Sha256, Vec<u8>>,
    asked: usize,
    /// Bytes that were written.
    written: u64,
    before: Option<Before>,
}

impl Shelf {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// From now on, this is done about each question first; they are counted from 0.
    pub(crate) fn before(&self, before: impl FnMut(usize, &Ask) -> Option<Answer> + Send + 'static) {
        let mut state = self.state();
        state.asked = 0;
        state.before = Some(Box::new(before));
    }

    /// Questions since [`Shelf::before`].
    pub(crate) fn asked(&self) -> usize {
        self.state().asked
    }

    /// Bytes that came so far.
    pub(crate) fn written(&self) -> u64 {
        self.state().written
    }

    pub(crate) fn get(&self, digest: Sha256) -> Vec<u8> {
        self.state().blobs[&digest].clone()
    }

    /// Puts bytes under a digest that need not be theirs.
    pub(crate) fn put(&self, digest: Sha256, bytes: Vec<u8>) {
        self.state().blobs.insert(digest, bytes);
    }

    pub(crate) fn remove(&self, digest: Sha256) {
        self.state().blobs.remove(&digest);
    }
}

#[async_trait]
impl Depot for Shelf {
    async fn answer(&self, ask: Ask) -> Answer {
        let mut state = self.state();
        let number = state.asked;
        state.asked += 1;
        // The test may look at the files meanwhile, but not at the shelf.
        if let Some(answer) = state.before.as_mut().and_then(|before| before(number, &ask)) {
            return answer;
        }
        state.answer(ask)
    }
}

impl State {
    fn answer(&mut self, ask: Ask) -> Answer {
        let there = |found: bool| if found { Answer::Here } else { Answer::No("the store has no such blob".into()) };
        match ask {
            Ask::Fetch(Blob { digest, .. }) => there(self.blobs.contains_key(&digest)),
            Ask::Read { blob, offset, most } => {
                let bytes = &self.blobs[&blob];
                let start = usize::try_from(offset).unwrap().min(bytes.len());
                let end = (start + usize::try_from(most).unwrap()).min(bytes.len());
                Answer::Bytes(bytes[start..end].to_vec())
            }
            Ask::Store(Blob { digest, .. }) if self.blobs.contains_key(&digest) => Answer::Done,
            Ask::Store(Blob { digest, .. }) => {
                self.partial.insert(digest, Vec::new());
                Answer::Here
            }
            Ask::Write { blob, offset, bytes } => {
                assert!(bytes.len() <= PIECE);
                let partial = self.partial.get_mut(&blob).unwrap();
                assert_eq!(partial.len() as u64, offset, "pieces come in order");
                self.written += bytes.len() as u64;
                partial.extend(bytes);
                Answer::Done
            }
            Ask::Stored(Blob { digest, size }) => {
                let bytes = self.partial.remove(&digest).unwrap();
                assert_eq!((Sha256::of(&bytes), bytes.len() as u64), (digest, size));
                self.blobs.insert(digest, bytes);
                Answer::Done
            }
            Ask::Lookup { .. } | Ask::Publish { .. } | Ask::Forget { .. } => Answer::No("no keys here".into()),
        }
    }
}
