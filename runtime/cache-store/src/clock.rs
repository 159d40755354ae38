//! The time of this host.

use std::time::{Duration, SystemTime};

/// Milliseconds of a day.
pub(crate) const DAY: u64 = 24 * HOUR;

/// Milliseconds of an hour.
pub(crate) const HOUR: u64 = 60 * 60 * 1000;

/// Now, in milliseconds since 1970.
pub(crate) fn now() -> u64 {
    millis(SystemTime::now())
}

/// A time in milliseconds since 1970; what was before is that moment.
pub(crate) fn millis(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
