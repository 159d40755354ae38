//! When to try again.

use std::hash::{BuildHasher as _, RandomState};
use std::thread;
use std::time::{Duration, SystemTime};

use super::Response;

/// The first pause; each further one is twice as long.
const FIRST: Duration = Duration::from_millis(500);

/// No pause of our own choosing is longer.
const LONGEST: Duration = Duration::from_secs(30);

/// A registry that asks for more patience than this is as good as gone.
const PATIENCE: Duration = Duration::from_secs(300);

/// How often a piece of work was tried without getting further.
#[derive(Debug, Clone)]
pub(crate) struct Attempts {
    limit: u32,
    failed: u32,
}

impl Attempts {
    pub(super) fn new(limit: u32) -> Self {
        Self { limit, failed: 0 }
    }

    /// How often it was tried in vain.
    pub(crate) fn failed(&self) -> u32 {
        self.failed
    }

    /// Begins to count anew: the last attempt got further than those before.
    pub(crate) fn progressed(&mut self) {
        self.failed = 0;
    }

    /// Waits before the next attempt; `false` when there is none left.
    pub(crate) fn pause(&mut self, asked: Option<Duration>) -> bool {
        let jitter = RandomState::new().hash_one(self.failed) as f64 / u64::MAX as f64;
        match self.next(asked, jitter) {
            Some(pause) => {
                thread::sleep(pause);
                true
            }
            None => false,
        }
    }

    /// The pause before the next attempt: what the registry asked for, else twice the last, less a random part of up to a
    /// half, so that many clients of one registry do not come back together.
    fn next(&mut self, asked: Option<Duration>, jitter: f64) -> Option<Duration> {
        self.failed += 1;
        if self.failed >= self.limit || asked.is_some_and(|asked| asked > PATIENCE) {
            return None;
        }
        let own = LONGEST.min(FIRST.saturating_mul(1 << (self.failed - 1).min(16)));
        Some(asked.unwrap_or_else(|| own.mul_f64(1.0 - jitter / 2.0)))
    }
}

/// Whether an answer says: not now.
pub(crate) fn is_temporary(response: &Response) -> bool {
    matches!(response.status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504)
}

/// `Retry-After`, in seconds or as a date.
pub(crate) fn retry_after(response: &Response) -> Option<Duration> {
    parse(response.header("retry-after")?, SystemTime::now())
}

fn parse(text: &str, now: SystemTime) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(text.trim()).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_limit() {
        let mut attempts = Attempts::new(10);
        let pauses: Vec<_> = (0..9).filter_map(|_| attempts.next(None, 0.0)).map(|pause| pause.as_millis()).collect();
        assert_eq!(pauses, [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]);
        assert_eq!(attempts.next(None, 0.0), None);
        attempts.progressed();
        assert_eq!(attempts.next(None, 1.0), Some(Duration::from_millis(250)));
    }

    #[test]
    fn the_registry_s_wish_comes_first_within_reason() {
        let mut attempts = Attempts::new(10);
        assert_eq!(attempts.next(Some(Duration::from_secs(60)), 0.5), Some(Duration::from_secs(60)));
        assert_eq!(attempts.next(Some(Duration::ZERO), 0.5), Some(Duration::ZERO));
        assert_eq!(attempts.next(Some(Duration::from_secs(3600)), 0.5), None);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        assert_eq!(parse("7", now), Some(Duration::from_secs(7)));
        assert_eq!(parse("Sun, 06 Nov 1994 08:50:07 GMT", now), Some(Duration::from_secs(30)));
        assert_eq!(parse("Sun, 06 Nov 1994 08:00:00 GMT", now), Some(Duration::ZERO));
        assert_eq!(parse("soon", now), None);
    }
}
