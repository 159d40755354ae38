//! What a mover reads.

use windlass_mover_client::protocol::{Answer, Blob, PIECE, Sha256};

use super::{Window, no};
use crate::StoreError;
use crate::backend::Source;

const NOT_THERE: &str = "the store has no such bytes for this task";

impl Window {
    pub(super) async fn fetch(&self, blob: Blob) -> Result<Answer, StoreError> {
        match self.caches.known.place(&blob.digest) {
            Some((known, area)) if known == blob => match self.caches.backend.source(&area, &blob).await? {
                Source::Here => Ok(Answer::Here),
                Source::Go(request) => Ok(Answer::Go(request)),
            },
            _ => no(NOT_THERE),
        }
    }

    pub(super) async fn read(&self, digest: &Sha256, offset: u64, most: u32) -> Result<Answer, StoreError> {
        let Some((blob, area)) = self.caches.known.place(digest) else { return no(NOT_THERE) };
        let left = blob.size.saturating_sub(offset);
        let most = usize::try_from(left.min(most.into())).unwrap_or(PIECE).min(PIECE);
        match self.caches.backend.read(&area, &blob, offset, most).await? {
            // A shorter piece means the end, and this is not the end.
            Some(bytes) if bytes.len() == most => Ok(Answer::Bytes(bytes)),
            Some(_) => no("the store has fewer bytes than it should"),
            None => no(NOT_THERE),
        }
    }
}
