//! What a mover stores.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use windlass_mover_client::protocol::{Answer, Blob, PIECE, Sha256};

use super::{Window, no};
use crate::StoreError;
use crate::backend::Target;
use crate::spool::Spool;

/// The most blobs that are on their way at once. When there are more, the one that was begun first is given up: nobody says so when one never comes.
const MOST: usize = 64;

/// Blobs on their way, with the order in which they were begun.
#[derive(Debug, Default)]
pub(super) struct Incoming(Mutex<HashMap<Sha256, (u64, Coming)>>);

/// One of them.
#[derive(Debug, Clone)]
enum Coming {
    /// Over the stream. Empty once it failed or was kept.
    Here(Arc<Mutex<Option<Spool>>>),
    /// From the container to the store.
    There(Blob),
}

impl Incoming {
    fn map(&self) -> std::sync::MutexGuard<'_, HashMap<Sha256, (u64, Coming)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, digest: &Sha256) -> Option<Coming> {
        self.map().get(digest).map(|(_, coming)| coming.clone())
    }

    /// Adds one; the one that was there under the digest.
    fn begin(&self, digest: Sha256, coming: Coming) -> Option<Coming> {
        let mut map = self.map();
        let last = map.values().map(|(order, _)| *order).max().unwrap_or(0);
        map.insert(digest, (last.saturating_add(1), coming)).map(|(_, before)| before)
    }

    /// The one that was begun first, if there are too many.
    fn too_many(&self) -> Option<Sha256> {
        let map = self.map();
        let first = map.iter().min_by_key(|(_, (order, _))| *order).map(|(digest, _)| *digest);
        first.filter(|_| map.len() > MOST)
    }
}

impl Window {
    pub(super) async fn store(&self, blob: Blob) -> Result<Answer, StoreError> {
        let caches = &self.caches;
        match self.incoming.get(&blob.digest) {
            // Asked again, or by two at once: what comes is the same.
            Some(Coming::Here(spool)) if is_for(&spool, &blob) => return Ok(Answer::Here),
            Some(_) => self.give_up(&blob.digest),
            None => {}
        }
        if caches.known.may_name(&caches.area, &blob) && caches.backend.has(&caches.area, &blob).await? {
            return Ok(Answer::Done);
        }
        let target = caches.backend.target(&caches.area, &blob).await?;
        if matches!(target, Target::Present) {
            caches.known.present(&caches.area, blob);
            return Ok(Answer::Done);
        }
        caches.budget.take("what this task stores", blob.size)?;
        let (coming, answer) = match target {
            Target::Go(request) => (Coming::There(blob), Answer::Go(request)),
            _ => match caches.backend.spool(blob) {
                Ok(spool) => (Coming::Here(Arc::new(Mutex::new(Some(spool)))), Answer::Here),
                Err(error) => {
                    caches.budget.give_back(blob.size);
                    return Err(error);
                }
            },
        };
        if self.incoming.begin(blob.digest, coming).is_some() {
            // Two asked at the same moment; one of both is counted.
            caches.budget.give_back(blob.size);
        }
        if let Some(first) = self.incoming.too_many() {
            self.give_up(&first);
        }
        Ok(answer)
    }

    pub(super) async fn write(&self, digest: &Sha256, offset: u64, bytes: Vec<u8>) -> Result<Answer, StoreError> {
        if bytes.len() > PIECE {
            return no("a piece is too large");
        }
        let Some(Coming::Here(spool)) = self.incoming.get(digest) else {
            return if self.caches.known.place(digest).is_some() {
                Ok(Answer::Done)
            } else {
                no("nothing of that name is awaited")
            };
        };
        let written = tokio::task::spawn_blocking(move || append(&spool, offset, &bytes)).await;
        match written {
            Ok(Ok(true)) => Ok(Answer::Done),
            Ok(Ok(false)) => no("a piece is missing before this one"),
            Ok(Err(error)) => {
                self.give_up(digest);
                Err(error)
            }
            Err(_) => no("the host could not write it"),
        }
    }

    pub(super) async fn stored(&self, blob: Blob) -> Result<Answer, StoreError> {
        let caches = &self.caches;
        let there = match self.incoming.get(&blob.digest) {
            Some(Coming::Here(spool)) if is_for(&spool, &blob) => {
                let taken = spool.lock().unwrap_or_else(PoisonError::into_inner).take();
                match taken {
                    Some(spool) => caches.backend.keep(&caches.area, spool).await.map(|()| true),
                    None => Ok(false),
                }
            }
            Some(Coming::There(due)) if due == blob => caches.backend.has(&caches.area, &blob).await,
            // Said twice.
            None if caches.known.may_name(&caches.area, &blob) => return Ok(Answer::Done),
            _ => return no("nothing of that name is awaited"),
        };
        match there {
            Ok(true) => {
                self.incoming.map().remove(&blob.digest);
                caches.known.allow(&caches.area, [blob].iter());
                Ok(Answer::Done)
            }
            Ok(false) => {
                self.give_up(&blob.digest);
                no("the store does not have it")
            }
            Err(error) => {
                self.give_up(&blob.digest);
                Err(error)
            }
        }
    }

    /// Drops what came of a blob, so that it can be sent anew.
    fn give_up(&self, digest: &Sha256) {
        let gone = self.incoming.map().remove(digest).map(|(_, coming)| coming);
        let size = match &gone {
            Some(Coming::Here(spool)) => {
                spool.lock().unwrap_or_else(PoisonError::into_inner).take().map_or(0, |spool| spool.blob().size)
            }
            Some(Coming::There(blob)) => blob.size,
            None => 0,
        };
        self.caches.budget.give_back(size);
    }
}

/// What never came was not stored.
impl Drop for Window {
    fn drop(&mut self) {
        let left: Vec<Sha256> = self.incoming.map().keys().copied().collect();
        left.iter().for_each(|digest| self.give_up(digest));
    }
}

fn is_for(spool: &Mutex<Option<Spool>>, blob: &Blob) -> bool {
    spool.lock().unwrap_or_else(PoisonError::into_inner).as_ref().is_some_and(|spool| spool.blob() == *blob)
}

/// Adds a piece. What of it is there already is passed over: two may send the same, and one may begin anew. Whether nothing is missing before it.
fn append(spool: &Mutex<Option<Spool>>, offset: u64, bytes: &[u8]) -> Result<bool, StoreError> {
    let mut spool = spool.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(spool) = spool.as_mut() else { return Ok(false) };
    let Some(known) = spool.size().checked_sub(offset) else { return Ok(false) };
    let new = usize::try_from(known).ok().and_then(|known| bytes.get(known..)).unwrap_or_default();
    spool.write(new)?;
    Ok(true)
}
