//! How much a remark about a file matters.

use std::fmt;

use serde::Deserialize;
use windlass_model::event::Level;

/// How much a remark matters, in the words of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Severity {
    Notice,
    Warning,
    Error,
}

impl Severity {
    /// The word of a remark that was made.
    pub(crate) fn of(level: Level) -> Self {
        match level {
            Level::Debug | Level::Info => Self::Notice,
            Level::Warning => Self::Warning,
            Level::Error => Self::Error,
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}
