//! What a script writes, taken down beside being shown.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sha2::{Digest as _, Sha256};
use windlass_model::digest::Digest;

/// What is kept of the text.
const MOST: usize = 64 << 10;

/// The output of a script so far: a digest of all of it, and its beginning.
#[derive(Debug, Default)]
pub(super) struct Captured {
    digest: Sha256,
    beginning: Vec<u8>,
    length: u64,
}

impl Captured {
    fn take(&mut self, bytes: &[u8]) {
        self.digest.update(bytes);
        self.length = self.length.saturating_add(bytes.len() as u64);
        let room = MOST.saturating_sub(self.beginning.len());
        self.beginning.extend(bytes.iter().take(room));
    }

    /// The digest of all that was written.
    pub(super) fn digest(&self) -> Digest {
        Digest::from_sha256(self.digest.clone().finalize().into())
    }

    /// The text, as far as it was kept, and whether that is all.
    pub(super) fn text(&self) -> (String, bool) {
        let text = String::from_utf8_lossy(&self.beginning).into_owned();
        (text, self.beginning.len() as u64 == self.length)
    }
}

/// A capture that whoever shows the output and whoever asks for it share.
#[derive(Debug, Clone, Default)]
pub(super) struct SharedCapture(Arc<Mutex<Captured>>);

impl SharedCapture {
    /// Takes the next bytes, masked as they are shown.
    pub(super) fn take(&self, bytes: &[u8]) {
        self.lock().take(bytes);
    }

    /// What was written so far.
    pub(super) fn lock(&self) -> MutexGuard<'_, Captured> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_counts_and_the_beginning_is_kept() {
        let (mut whole, mut pieces) = (Captured::default(), Captured::default());
        whole.take(&[b'x'; MOST + 1]);
        (0..=MOST).for_each(|_| pieces.take(b"x"));
        assert_eq!(whole.digest(), pieces.digest());
        assert_eq!(whole.text(), pieces.text());
        assert_eq!((whole.text().0.len(), whole.text().1), (MOST, false));
        let mut short = Captured::default();
        short.take(b"go.sum");
        assert_eq!(short.text(), ("go.sum".to_owned(), true));
        assert_ne!(short.digest(), Captured::default().digest());
    }
}
