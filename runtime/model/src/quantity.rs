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

impl MebiBytes {
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
}
