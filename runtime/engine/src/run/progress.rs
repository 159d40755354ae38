//! How far the working copy is on its way: counted as it goes, told now and then.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures::{Stream, StreamExt as _, stream};
use tokio::io::{AsyncRead, ReadBuf};
use tokio::time::{Instant, MissedTickBehavior, interval_at};

/// Time between two tellings: a person sees that something moves, and a file of events stays short.
const BEAT: Duration = Duration::from_millis(500);

/// A reader whose bytes are counted.
pub(super) struct Counted<R> {
    from: R,
    sent: Sent,
}

/// What went through a [`Counted`] so far. The connection may still hold the last few mebibytes of it.
#[derive(Clone, Default)]
pub(super) struct Sent(Arc<AtomicU64>);

impl<R> Counted<R> {
    pub(super) fn new(from: R) -> Self {
        Self { from, sent: Sent::default() }
    }

    pub(super) fn sent(&self) -> Sent {
        self.sent.clone()
    }
}

impl<R: AsyncRead + Unpin> AsyncRead for Counted<R> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.from).poll_read(cx, buffer))?;
        let read = buffer.filled().len() - before;
        self.sent.0.fetch_add(u64::try_from(read).unwrap_or(u64::MAX), Ordering::Relaxed);
        Poll::Ready(Ok(()))
    }
}

impl Sent {
    pub(super) fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Does the work, and tells now and then how many bytes there were, when there are more. Whoever is slow to listen does not hold up the work.
    pub(super) async fn told_while<T, F: Future<Output = ()>>(
        &self,
        work: impl Future<Output = T>,
        tell: impl Fn(u64) -> F,
    ) -> T {
        let mut beats = interval_at(Instant::now() + BEAT, BEAT);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let beats = stream::unfold(beats, async |mut beats| {
            beats.tick().await;
            Some(((), beats))
        });
        self.told_at(beats, work, tell).await
    }

    async fn told_at<T, F: Future<Output = ()>>(
        &self,
        beats: impl Stream<Item = ()>,
        work: impl Future<Output = T>,
        tell: impl Fn(u64) -> F,
    ) -> T {
        let telling = async {
            tokio::pin!(beats);
            let mut told = 0;
            while beats.next().await.is_some() {
                let bytes = self.bytes();
                if bytes > told {
                    tell(bytes).await;
                    told = bytes;
                }
            }
            std::future::pending::<Infallible>().await
        };
        tokio::select! {
            done = work => done,
            never = telling => match never {},
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::channel::mpsc;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    /// Proves that an upload is told as it goes, in bytes that went, and not again while it stands still.
    #[tokio::test]
    async fn bytes_are_told_at_each_beat_that_brings_more() -> io::Result<()> {
        let (mut writer, reader) = tokio::io::duplex(1 << 20);
        let mut reader = Counted::new(reader);
        let sent = reader.sent();
        let (beat, beats) = mpsc::unbounded();
        let (tell, mut told) = mpsc::unbounded();
        let work = async {
            let mut heard = Vec::new();
            for size in [1000, 500] {
                writer.write_all(&vec![b'x'; size]).await?;
                reader.read_exact(&mut vec![0; size]).await?;
                // The second one brings nothing new.
                for _ in 0..2 {
                    let _ = beat.unbounded_send(());
                }
                heard.extend(told.next().await);
            }
            Ok::<_, io::Error>(heard)
        };
        let tell = |bytes| {
            let _ = tell.unbounded_send(bytes);
            std::future::ready(())
        };
        assert_eq!(sent.told_at(beats, work, tell).await?, [1000, 1500]);
        assert_eq!(sent.bytes(), 1500);
        Ok(())
    }

    /// Proves that reporters that take nothing do not stop the upload.
    #[tokio::test]
    async fn a_listener_that_is_slow_does_not_hold_up_the_work() {
        let sent = Sent::default();
        sent.0.store(1, Ordering::Relaxed);
        let (called, mut calls) = mpsc::unbounded();
        let work = async { calls.next().await };
        let tell = |bytes| {
            let _ = called.unbounded_send(bytes);
            std::future::pending()
        };
        let done = sent.told_at(stream::repeat(()), work, tell).await;
        assert_eq!(done, Some(1));
    }
}
