//! How the driver fails, and streams that are cut.

use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, ReadBuf};
use windlass_engine::ports::driver::{ContainerEnd, PodEvent};
use windlass_model::pod::MAIN;

use super::Local;

/// Where the driver fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The pod is refused, after half of it was made.
    Create,
    /// The pod cannot be deleted.
    Delete,
    /// Every stream breaks after this many bytes from the agent.
    CutStreams(i64),
    /// The images of sidecars take this long to come.
    SlowPull(Duration),
    /// After so long it turns out that the images of sidecars never come.
    NoPull(Duration),
    /// No image exists.
    ImageMissing,
    /// The main container is killed once its first step runs.
    OutOfMemory,
    /// This call of the driver panics: `create`, `watch`, `exec` or `delete`.
    Panic(&'static str),
    /// Streams into containers never open, as without a network. That somebody tries leaves the file `tried`.
    Silent,
    /// There is no room, and there will be none, as in a full quota: the creation waits until the pod is given up. That it waits leaves the
    /// file `waiting`.
    NoRoom,
    /// Deletions are sent, and no answer ever comes.
    Unanswered,
    /// Somebody deletes the pod once its first step runs.
    DeletedByOthers,
}

impl Local {
    /// Panics, if the fault is that this call does.
    pub(super) fn panic_in(&self, call: &'static str) {
        assert_ne!(self.fault, Some(Fault::Panic(call)), "the driver is broken");
    }

    /// The fault that waits for a step to run, once one does.
    fn strike(&self) {
        let event = match self.fault {
            Some(Fault::OutOfMemory) => {
                let end = ContainerEnd::OutOfMemory { limit: Some("64Mi".into()) };
                PodEvent::Ended { container: MAIN.into(), end }
            }
            Some(Fault::DeletedByOthers) => PodEvent::Gone,
            _ => return,
        };
        self.pods().values_mut().for_each(|pod| pod.tell(event.clone()));
    }

    /// Lets the fault that waits for a step strike when a file appears: the step says that it runs.
    pub async fn strike_when(&self, file: &Path) {
        while !file.exists() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.strike();
    }
}

/// A stream that ends in the middle, once its budget is spent.
pub struct Cut<R> {
    pub inner: R,
    pub budget: Arc<AtomicI64>,
}

impl<R: AsyncRead + Unpin> AsyncRead for Cut<R> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        let left = usize::try_from(self.budget.load(Ordering::SeqCst)).unwrap_or(0);
        if left == 0 {
            return Poll::Ready(Ok(()));
        }
        // A buffer of its own keeps the part that may pass apart from the caller's.
        let mut bytes = vec![0; left.min(buffer.remaining())];
        let mut part = ReadBuf::new(&mut bytes);
        let result = Pin::new(&mut self.inner).poll_read(context, &mut part);
        let read = part.filled();
        buffer.put_slice(read);
        self.budget.fetch_sub(i64::try_from(read.len()).unwrap_or(i64::MAX), Ordering::SeqCst);
        result
    }
}
