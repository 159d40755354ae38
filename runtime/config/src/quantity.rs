//! Amounts as the language writes them: memory, processors, times. Pure functions of text.

use std::time::Duration;
use windlass_model::quantity::{MebiBytes, MilliCpu};

/// `1500Mb`, `12G`, `4`: an integer, then nothing, `m`/`mi`/`mb` or `g`/`gi`/`gb` in any case, all of them binary.
/// Without a suffix a number below 100 counts GiB, any other MiB.
pub(crate) fn memory(text: &str) -> Result<MebiBytes, String> {
    let digits = text.find(|char: char| !char.is_ascii_digit()).unwrap_or(text.len());
    let (number, suffix) = text.split_at(digits);
    let wrong = || format!("`{text}` is not an amount of memory");
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let mebibytes = match suffix.to_ascii_lowercase().as_str() {
        "" if number < 100 => number.checked_mul(1024),
        "" | "m" | "mi" | "mb" => Some(number),
        "g" | "gi" | "gb" => number.checked_mul(1024),
        _ => return Err(wrong()),
    };
    match mebibytes {
        Some(0) => Err("a container needs some memory".to_owned()),
        // 16 PiB: more than any node has, and far from where sums could overflow.
        Some(amount) if amount <= 1 << 34 => Ok(MebiBytes(amount)),
        _ => Err(format!("`{text}` is more memory than any machine has")),
    }
}

/// What may be written for memory.
pub(crate) const MEMORY_HELP: &str =
    "write whole mebibytes or gibibytes: `512Mb`, `4G`, or a bare number (GiB below 100, else MiB)";

/// `0.5`, `7.5`, `4`: a positive decimal number of processors.
pub(crate) fn cpu(text: &str) -> Result<MilliCpu, String> {
    let number: f64 = text.parse().map_err(|_| format!("`{text}` is not a number of processors"))?;
    if !number.is_finite() || number <= 0.0 {
        return Err(format!("`{text}` is not a positive number of processors"));
    }
    if number > 100_000.0 {
        return Err(format!("`{text}` processors are more than any machine has"));
    }
    // Between 0.0005 and 10^8 by the checks above, so the cast is exact.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "range checked")]
    Ok(MilliCpu(((number * 1000.0).round() as u32).max(1)))
}

/// What may be written for processors.
pub(crate) const CPU_HELP: &str = "write a decimal number such as `2` or `0.5`; Kubernetes' `500m` is `0.5` here";

/// `90`, `90m`, `1h`, `30s`: an integer and one unit, minutes when there is none.
pub(crate) fn timeout(text: &str) -> Result<Duration, String> {
    let digits = text.find(|char: char| !char.is_ascii_digit()).unwrap_or(text.len());
    let (number, suffix) = text.split_at(digits);
    let seconds_each = match suffix {
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

/// What may be written for a time.
pub(crate) const TIMEOUT_HELP: &str = "write one number and one unit: `90m`, `2h`, `30s`; a bare number counts minutes";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_binary_in_every_form() {
        for (text, expected) in [
            ("1500Mb", 1500),
            ("3500Mb", 3500),
            ("256Mi", 256),
            ("500M", 500),
            ("1Gb", 1024),
            ("12GB", 12288),
            ("4G", 4096),
            ("24gi", 24576),
            ("1", 1024),
            ("24", 24576),
            ("99", 101_376),
            ("100", 100),
            ("512m", 512),
        ] {
            assert_eq!(memory(text), Ok(MebiBytes(expected)), "{text}");
        }
    }

    #[test]
    fn other_forms_of_memory_are_refused() {
        for text in ["", "G", "1.5G", "4 G", "4Ki", "4Ti", "4GiB", "-1", "0", "99999999999999999999", "99999999999G"] {
            assert!(memory(text).is_err(), "{text}");
        }
    }

    #[test]
    fn processors_are_decimal_numbers() {
        assert_eq!(cpu("0.5"), Ok(MilliCpu(500)));
        assert_eq!(cpu("7.5"), Ok(MilliCpu(7500)));
        assert_eq!(cpu("4"), Ok(MilliCpu(4000)));
        for text in ["", "500m", "NaN", "inf", "0", "-1", "1e9"] {
            assert!(cpu(text).is_err(), "{text}");
        }
    }

    #[test]
    fn times_take_one_unit() {
        assert_eq!(timeout("90"), Ok(Duration::from_secs(5400)));
        assert_eq!(timeout("2h"), Ok(Duration::from_secs(7200)));
        assert_eq!(timeout("30s"), Ok(Duration::from_secs(30)));
        for text in ["", "1h30m", "0", "ten", "5d", "1.5h", "99999999999999999999h"] {
            assert!(timeout(text).is_err(), "{text}");
        }
    }
}
