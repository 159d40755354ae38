//! `Retry-After`: an API server that asks to be left alone for a while.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use http::Response;
use http::header::RETRY_AFTER;

/// Until when a server wants no requests. What is asked of it once is shared by all who ask.
#[derive(Debug, Clone, Default)]
pub(crate) struct Respite(Arc<Mutex<Option<Instant>>>);

impl Respite {
    /// Reads an answer on its way, and passes it on.
    pub(super) fn hear<B>(&self, answer: Response<B>) -> Response<B> {
        let asks = answer.status().as_u16() == 429 || answer.status().is_server_error();
        let wait = answer.headers().get(RETRY_AFTER).filter(|_| asks).and_then(|value| wait(value.to_str().ok()?.trim()));
        if let Some(until) = wait.and_then(|wait| Instant::now().checked_add(wait)) {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(until);
        }
        answer
    }

    /// How long it still wants none.
    pub(crate) fn left(&self) -> Duration {
        let until = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        until.map(|until| until.saturating_duration_since(Instant::now())).unwrap_or_default()
    }
}

/// Seconds, or a date.
fn wait(value: &str) -> Option<Duration> {
    let seconds = value.parse().ok().map(Duration::from_secs);
    seconds.or_else(|| httpdate::parse_http_date(value).ok()?.duration_since(SystemTime::now()).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(status: u16, value: &str) -> Duration {
        let respite = Respite::default();
        let answer = Response::builder().status(status).header(RETRY_AFTER, value).body(());
        respite.hear(answer.unwrap_or_else(|error| panic!("{error}")));
        respite.left()
    }

    #[test]
    fn a_server_says_for_how_long_it_wants_no_requests() {
        for (status, value) in
            [(429, "7"), (503, "7"), (429, &*httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(8)))]
        {
            let left = after(status, value);
            assert!(left > Duration::from_secs(5) && left <= Duration::from_secs(8), "{status} {value}: {left:?}");
        }
        for (status, value) in [(200, "7"), (404, "7"), (429, "soon"), (429, "Thu, 01 Jan 1970 00:00:00 GMT")] {
            assert_eq!(after(status, value), Duration::ZERO, "{status} {value}");
        }
    }
}
