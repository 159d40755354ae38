//! Durations as people read them.

use std::fmt;
use std::time::Duration;

/// `0.3s`, `12.3s`, `1m02s`, `1h02m03s`.
pub(crate) struct Elapsed(pub(crate) Duration);

impl Elapsed {
    pub(crate) fn from_millis(millis: u64) -> Self {
        Self(Duration::from_millis(millis))
    }
}

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = self.0.as_secs();
        let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
        match (hours, minutes) {
            // Tenths are cut, not rounded: 59.96 s must not become `60.0s`.
            (0, 0) => write!(f, "{seconds}.{}s", self.0.subsec_millis() / 100),
            (0, _) => write!(f, "{minutes}m{seconds:02}s"),
            _ => write!(f, "{hours}h{minutes:02}m{seconds:02}s"),
        }
    }
}

/// A clock that runs: `0:42`, `1:02:03`. It changes once a second, so that what is drawn stands still in between.
pub(crate) struct Clock(pub(crate) Duration);

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = self.0.as_secs();
        let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
        match hours {
            0 => write!(f, "{minutes}:{seconds:02}"),
            _ => write!(f, "{hours}:{minutes:02}:{seconds:02}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_shows_minutes_and_seconds_always_and_hours_when_there_are_some() {
        for (millis, text) in [(999, "0:00"), (42_000, "0:42"), (3_599_999, "59:59"), (3_723_000, "1:02:03")] {
            assert_eq!(Clock(Duration::from_millis(millis)).to_string(), text);
        }
    }

    #[test]
    fn a_duration_uses_the_largest_unit_it_needs() {
        for (millis, text) in [
            (0, "0.0s"),
            (345, "0.3s"),
            (59_999, "59.9s"),
            (60_000, "1m00s"),
            (3_599_000, "59m59s"),
            (3_723_000, "1h02m03s"),
            (90_000_000, "25h00m00s"),
        ] {
            assert_eq!(Elapsed::from_millis(millis).to_string(), text);
        }
    }
}
