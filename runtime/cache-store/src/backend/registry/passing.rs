//! Blobs that pass through this host on their way to a container: each is fetched whole, once, and a few of them are kept until others come.

use std::collections::VecDeque;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;
use windlass_mover_client::protocol::{Blob, Sha256};

use crate::StoreError;
use crate::scratch::Scratch;

/// The most that are kept.
const MOST: usize = 16;

/// One of them; nothing when it is not there.
type Passed = Arc<OnceCell<Option<Arc<File>>>>;

/// Those that were fetched last.
pub(super) struct Passing {
    scratch: Arc<Scratch>,
    last: Mutex<VecDeque<(Sha256, Passed)>>,
}

impl Passing {
    pub(super) fn new(scratch: Arc<Scratch>) -> Self {
        Self { scratch, last: Mutex::default() }
    }

    /// A part of a blob, which `fetch` writes to a file if it is there.
    pub(super) async fn read<F>(
        &self,
        blob: &Blob,
        offset: u64,
        most: usize,
        fetch: impl FnOnce(tokio::fs::File) -> F,
    ) -> Result<Option<Vec<u8>>, StoreError>
    where
        F: Future<Output = Result<bool, StoreError>>,
    {
        let cell = self.cell(&blob.digest);
        let fetched = cell.get_or_try_init(|| async {
            let file = self.scratch.file().await?;
            let failed = StoreError::io("using", self.scratch.shown());
            let copy = file.try_clone().await.map_err(failed)?;
            let there = fetch(copy).await?;
            let file = file.into_std().await;
            Ok::<_, StoreError>(there.then(|| Arc::new(file)))
        });
        let Some(file) = fetched.await?.clone() else {
            self.forget(&blob.digest);
            return Ok(None);
        };
        let shown = self.scratch.shown();
        let read = tokio::task::spawn_blocking(move || {
            let mut bytes = vec![0; most];
            file.read_exact_at(&mut bytes, offset).map(|()| bytes)
        });
        let read = read.await.unwrap_or_else(|problem| Err(std::io::Error::other(problem)));
        read.map(Some).map_err(StoreError::io("reading in", shown))
    }

    fn last(&self) -> std::sync::MutexGuard<'_, VecDeque<(Sha256, Passed)>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn cell(&self, digest: &Sha256) -> Passed {
        let mut last = self.last();
        if let Some((_, cell)) = last.iter().find(|(of, _)| of == digest) {
            return Arc::clone(cell);
        }
        let cell = Passed::default();
        last.push_back((*digest, Arc::clone(&cell)));
        if last.len() > MOST {
            last.pop_front();
        }
        cell
    }

    fn forget(&self, digest: &Sha256) {
        self.last().retain(|(of, _)| of != digest);
    }
}
