//! Asking the API server: again and again while it may still answer, and no longer than is worth waiting.

use std::future::Future;
use std::time::{Duration, Instant};

use backon::{ExponentialBuilder, Retryable as _};
use windlass_engine::ports::driver::DriverError;

use super::cluster::Cluster;
use crate::error::Request;

/// The waits between attempts: soon at first, for most faults are over in a moment, and never longer than a person would wait.
pub(super) const BACKOFF: ExponentialBuilder = ExponentialBuilder::new()
    .with_min_delay(Duration::from_millis(100))
    .with_max_delay(Duration::from_secs(5))
    .with_factor(2.0)
    .with_jitter()
    .without_max_times();

/// How long one attempt may take. An API server answers within milliseconds, or something is wrong.
const ANSWER_TIME: Duration = Duration::from_secs(10);

/// The same where webhooks are asked, which may take half a minute, or where much is sent.
const LONG_ANSWER_TIME: Duration = Duration::from_secs(30);

pub(super) fn answer_time(request: &Request<'_>) -> Duration {
    let slow = request.permission.verb == "create" || request.permission.resource == "pods/log";
    if slow { LONG_ANSWER_TIME } else { ANSWER_TIME }
}

impl Cluster {
    /// Asks until there is an answer, for as long as the cluster's patience lasts. What is asked must do no harm when it is done twice.
    pub(crate) async fn ask<T, F>(&self, request: &Request<'_>, attempt: impl Fn() -> F) -> Result<T, DriverError>
    where
        F: Future<Output = kube::Result<T>>,
    {
        self.patiently(request.object, || self.ask_once(request, attempt())).await
    }

    /// Asks once.
    pub(crate) async fn ask_once<T>(
        &self,
        request: &Request<'_>,
        answer: impl Future<Output = kube::Result<T>>,
    ) -> Result<T, DriverError> {
        let limit = answer_time(request);
        match tokio::time::timeout(limit, answer).await {
            Ok(Ok(value)) => {
                self.has_answered(request.object);
                Ok(value)
            }
            Ok(Err(error)) => {
                if matches!(error, kube::Error::Api(_)) {
                    self.is_there();
                }
                Err(request.error(&error))
            }
            Err(_) => Err(request.no_answer(limit)),
        }
    }

    /// The way to the API server has worked.
    pub(super) fn is_there(&self) {
        self.answered.note();
    }

    /// The API server has served a request about an object.
    pub(super) fn has_answered(&self, object: &str) {
        self.is_there();
        self.waits.answered(object, || format!("{} answers again", self.label()));
    }

    /// Tries again what fails for a cause that may pass, for as long as the cluster's patience lasts: the last time when it ends.
    pub(super) async fn patiently<T, F>(&self, object: &str, attempt: impl FnMut() -> F) -> Result<T, DriverError>
    where
        F: Future<Output = Result<T, DriverError>>,
    {
        let (began, patience) = (Instant::now(), self.context.patience.api);
        let in_time = |_: &DriverError, wait: Option<Duration>| {
            let (left, respite) = (patience.saturating_sub(began.elapsed()), self.respite.left());
            (!left.is_zero() && respite <= left).then_some(wait?.max(respite).min(left))
        };
        let tell = |error: &DriverError, _: Duration| self.tries_again(object, error);
        let answer = attempt.retry(BACKOFF).when(|error| self.may_pass(error)).adjust(in_time).notify(tell).await;
        answer.map_err(|error| if self.may_pass(&error) { asked_for(error, began.elapsed()) } else { error })
    }

    /// Tells that a call about an object is tried again.
    pub(super) fn tries_again(&self, object: &str, error: &DriverError) {
        tracing::debug!(%error, object, "asking again");
        let seconds = self.context.patience.api.as_secs();
        self.waits.unanswered(object, || format!("{error}; trying again for up to {seconds} s"));
    }

    /// Whether trying again can help.
    pub(super) fn may_pass(&self, error: &DriverError) -> bool {
        let worked_before = self.answered.ever();
        error.is_transient() || (worked_before && matches!(error, DriverError::Unusable { .. }))
    }
}

/// Says for how long an answer was asked for, when that is worth a word.
pub(super) fn asked_for(error: DriverError, time: Duration) -> DriverError {
    let seconds = time.as_secs();
    let with = |message: String| if seconds > 0 { format!("{message} (asked again for {seconds} s)") } else { message };
    match error {
        DriverError::Unreachable { target, message } => DriverError::Unreachable { target, message: with(message) },
        DriverError::Busy { target, message } => DriverError::Busy { target, message: with(message) },
        other => other,
    }
}
