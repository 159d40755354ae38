//! Amounts of processor and memory, in the units Kubernetes counts in.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Processor time in thousandths of a core, as Kubernetes writes it (`1500m`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MilliCpu(pub u32);

/// Memory in mebibytes: every suffix of the configuration language is binary, `1500Mb` included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MebiBytes(pub u64);

impl MilliCpu {
    /// `0.5`, `7.5`, `4`: a positive decimal number of processors.
    ///
    /// # Errors
    /// What is wrong with the text, in one sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let number: f64 = text.parse().map_err(|_| format!("`{text}` is not a number of processors"))?;
        if !number.is_finite() || number <= 0.0 {
            return Err(format!("`{text}` is not a positive number of processors"));
        }
        if number > 100_000.0 {
            return Err(format!("`{text}` processors are more than any machine has"));
        }
        // Between 0.0005 and 10^8 by the checks above, so the cast is exact.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "range checked")]
        Ok(Self(((number * 1000.0).round() as u32).max(1)))
    }

    /// As the configuration language writes it: `4`, `0.5`. It reads the same amount from that.
    pub fn written(self) -> String {
        if self.0.is_multiple_of(1000) { (self.0 / 1000).to_string() } else { (f64::from(self.0) / 1000.0).to_string() }
    }
}

impl MebiBytes {
    /// `1500Mb`, `12G`, `4`: an integer, then nothing, `m`/`mi`/`mb` or `g`/`gi`/`gb` in any case, all of them binary.
    /// Without a suffix a number below 100 counts GiB, any other MiB.
    ///
    /// # Errors
    /// What is wrong with the text, in one sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
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
            Some(amount) if amount <= 1 << 34 => Ok(Self(amount)),
            _ => Err(format!("`{text}` is more memory than any machine has")),
        }
    }

    /// As the configuration language writes it: `4Gi`, `3500Mb`. It reads the same amount from that.
    pub fn written(self) -> String {
        if self.0 > 0 && self.0.is_multiple_of(1024) { format!("{}Gi", self.0 / 1024) } else { format!("{}Mb", self.0) }
    }

    /// The amount in bytes.
    pub fn bytes(self) -> u64 {
        self.0.saturating_mul(1024 * 1024)
    }
}

/// A Kubernetes quantity: whole cores without a suffix, else milli-cores.
impl fmt::Display for MilliCpu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_multiple_of(1000) { write!(f, "{}", self.0 / 1000) } else { write!(f, "{}m", self.0) }
    }
}

/// A Kubernetes quantity. Always `Mi`: `M` would be decimal and `m` would be thousandths of a byte.
impl fmt::Display for MebiBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}Mi", self.0)
    }
}

/// What a container asks for and is limited to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resources {
    /// Requested processor time, and the limit unless `greedy`.
    pub cpu: MilliCpu,
    /// Requested memory and its limit.
    pub memory: MebiBytes,
    /// Leave the processor limit out, so that idle cores of the node may be used.
    pub greedy: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_what_kubernetes_parses() {
        assert_eq!(MilliCpu(4000).to_string(), "4");
        assert_eq!(MilliCpu(500).to_string(), "500m");
        assert_eq!(MebiBytes(1500).to_string(), "1500Mi");
    }

    #[test]
    fn what_is_written_is_read_as_the_same_amount() {
        for milli in [1, 500, 1000, 1500, 4000, 7500] {
            assert_eq!(MilliCpu::parse(&MilliCpu(milli).written()), Ok(MilliCpu(milli)));
        }
        for amount in [1, 64, 99, 100, 3500, 1 << 34] {
            assert_eq!(MebiBytes::parse(&MebiBytes(amount).written()), Ok(MebiBytes(amount)));
        }
    }

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
            assert_eq!(MebiBytes::parse(text), Ok(MebiBytes(expected)), "{text}");
        }
    }

    #[test]
    fn other_forms_of_memory_are_refused() {
        for text in ["", "G", "1.5G", "4 G", "4Ki", "4Ti", "4GiB", "-1", "0", "99999999999999999999", "99999999999G"] {
            assert!(MebiBytes::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn processors_are_decimal_numbers() {
        assert_eq!(MilliCpu::parse("0.5"), Ok(MilliCpu(500)));
        assert_eq!(MilliCpu::parse("7.5"), Ok(MilliCpu(7500)));
        assert_eq!(MilliCpu::parse("4"), Ok(MilliCpu(4000)));
        for text in ["", "500m", "NaN", "inf", "0", "-1", "1e9"] {
            assert!(MilliCpu::parse(text).is_err(), "{text}");
        }
    }
}
