//! Asking again and again what may come to an answer, and no longer than is worth waiting.

use std::time::{Duration, Instant};

use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};

use crate::error::Error;

/// The waits between attempts: soon at first, for most faults are over in a moment, and never longer than a person would wait.
const BACKOFF: ExponentialBuilder = ExponentialBuilder::new()
    .with_min_delay(Duration::from_millis(200))
    .with_max_delay(Duration::from_secs(10))
    .with_factor(2.0)
    .with_jitter()
    .without_max_times();

/// Learns of what takes longer than it should.
pub trait Observer: Send + Sync {
    /// A registry is asked again, after a pause.
    fn asks_again(&self, error: &Error, pause: Duration);
    /// A mirror has failed, and the next place is asked.
    fn passes_over(&self, mirror: &str, error: &Error);
}

/// Nobody wants to know.
impl Observer for () {
    fn asks_again(&self, _: &Error, _: Duration) {}
    fn passes_over(&self, _: &str, _: &Error) {}
}

/// What is left of the time in which a piece of work may fail and be tried again.
pub(crate) struct Patience<'a> {
    total: Duration,
    began: Instant,
    pauses: ExponentialBackoff,
    observer: &'a dyn Observer,
}

impl<'a> Patience<'a> {
    pub(crate) fn new(total: Duration, observer: &'a dyn Observer) -> Self {
        Self { total, began: Instant::now(), pauses: BACKOFF.build(), observer }
    }

    /// Begins anew: the last attempt got further than all before.
    pub(crate) fn progressed(&mut self) {
        (self.began, self.pauses) = (Instant::now(), BACKOFF.build());
    }

    /// Waits before the next attempt; gives the error back when there is none. A registry that asks to be left alone for longer
    /// than there is time is not waited for.
    pub(crate) async fn pause(&mut self, error: Error) -> Result<(), Error> {
        let left = self.total.min(error.most_patience()).saturating_sub(self.began.elapsed());
        if !error.may_pass() || left.is_zero() || error.wait().is_some_and(|wait| wait > left) {
            return Err(error);
        }
        let own = self.pauses.next().unwrap_or_default();
        let pause = error.wait().unwrap_or_default().max(own).min(left);
        tracing::debug!(%error, ?pause, "asking again");
        self.observer.asks_again(&error, pause);
        tokio::time::sleep(pause).await;
        Ok(())
    }
}

/// Tries until there is an answer that another attempt would not change.
pub(crate) async fn patiently<T, F>(mut patience: Patience<'_>, mut attempt: impl FnMut() -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    loop {
        match attempt().await {
            Ok(answer) => return Ok(answer),
            Err(error) => patience.pause(error).await?,
        }
    }
}
