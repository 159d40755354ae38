//! What a person sees while images are sent: one line per part.

use std::io::Write as _;
use std::time::Duration;

/// Lines on standard output.
pub(crate) struct Progress(());

impl Progress {
    /// To standard output.
    pub(crate) fn new() -> Self {
        Self(())
    }

    /// Prints a line. That nobody reads it is no reason not to send the image.
    pub(crate) fn line(&self, text: &str) {
        let _ = writeln!(std::io::stdout().lock(), "{text}");
    }
}

/// A number of bytes for a person.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    let mut value = bytes as f64;
    let mut unit = "bytes";
    for next in UNITS {
        if value < 1024.0 {
            break;
        }
        value /= 1024.0;
        unit = next;
    }
    if unit == "bytes" { format!("{bytes} bytes") } else { format!("{value:.1} {unit}") }
}

/// How fast they went: nothing for so few that it tells how long an answer takes and not how fast the network is.
pub(crate) fn rate(bytes: u64, time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if bytes < 1 << 20 || seconds < 0.01 {
        return String::new();
    }
    format!(" in {seconds:.1} s, {:.1} MB/s", bytes as f64 / 1e6 / seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_as_people_write_them() {
        assert_eq!(size(12), "12 bytes");
        assert_eq!(size(1536), "1.5 KiB");
        assert_eq!(size(500 << 20), "500.0 MiB");
        assert_eq!(rate(50_000_000, Duration::from_millis(500)), " in 0.5 s, 100.0 MB/s");
        assert_eq!(rate(50, Duration::from_millis(500)), "");
        assert_eq!(rate(50_000_000, Duration::ZERO), "");
    }
}
