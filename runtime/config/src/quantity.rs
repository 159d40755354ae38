//! Times as the language writes them, and what to write for amounts.

use std::time::Duration;

/// What may be written for memory.
pub(crate) const MEMORY_HELP: &str =
    "write whole mebibytes or gibibytes: `512Mb`, `4G`, or a bare number (GiB below 100, else MiB)";

/// What may be written for processors.
pub(crate) const CPU_HELP: &str = "write a decimal number such as `2` or `0.5`; Kubernetes' `500m` is `0.5` here";

/// `90`, `90m`, `1h`, `30s`: an integer and one unit in letters of either case, minutes when there is none.
pub(crate) fn timeout(text: &str) -> Result<Duration, String> {
    let digits = text.find(|char: char| !char.is_ascii_digit()).unwrap_or(text.len());
    let (number, suffix) = text.split_at(digits);
    let seconds_each = match suffix.to_ascii_lowercase().as_str() {
        "s" => 1,
        "" | "m" => 60,
        "h" => 3600,
        _ => 0,
    };
    let seconds = number
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(seconds_each))
        .filter(|seconds| *seconds > 0)
        .ok_or_else(|| format!("`{text}` is not a time"))?;
    Ok(Duration::from_secs(seconds.min(365 * 24 * 3600)))
}

/// `30d`, or a time that is a whole number of days.
pub(crate) fn days(text: &str) -> Result<Duration, String> {
    const DAY: u64 = 24 * 3600;
    let wrong = || format!("`{text}` is no number of days");
    let time = match text.strip_suffix(['d', 'D']) {
        Some(number) if number.starts_with(|char: char| char.is_ascii_digit()) => {
            number.parse::<u64>().ok().map(|number| number.min(365) * DAY)
        }
        Some(_) => None,
        None => timeout(text).ok().map(|time| time.as_secs()),
    };
    time.filter(|seconds| *seconds > 0 && seconds.is_multiple_of(DAY)).map(Duration::from_secs).ok_or_else(wrong)
}

/// What may be written for a time.
pub(crate) const TIMEOUT_HELP: &str = "write one number and one unit: `90m`, `2h`, `30s`; a bare number counts minutes";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_whole() {
        let day = |number: u64| Ok(Duration::from_secs(number * 86_400));
        assert_eq!((days("30d"), days("48h"), days("1D"), days("9000d")), (day(30), day(2), day(1), day(365)));
        for text in ["", "d", "0d", "-1d", "+1d", "1.5d", "36h", "30s", "99999999999999999999d", "1d2h"] {
            assert!(days(text).is_err(), "{text}");
        }
    }

    #[test]
    fn times_take_one_unit() {
        assert_eq!(timeout("90"), Ok(Duration::from_secs(5400)));
        assert_eq!(timeout("2h"), Ok(Duration::from_secs(7200)));
        assert_eq!(timeout("2H"), Ok(Duration::from_secs(7200)));
        assert_eq!(timeout("5M"), Ok(Duration::from_secs(300)));
        assert_eq!(timeout("30s"), Ok(Duration::from_secs(30)));
        for text in ["", "1h30m", "0", "ten", "5d", "1.5h", "99999999999999999999h"] {
            assert!(timeout(text).is_err(), "{text}");
        }
    }
}
