//! Why a plugin may not do in a step what it asks for.

use std::fmt;

/// What a plugin may not, and what would allow it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The plugin, by where it comes from.
    pub plugin: String,
    /// What it may not, each as the end of a sentence that begins with the plugin.
    pub what: Vec<String>,
    /// The plugin's own reasons for what it asks, in its words: nothing that windlass vouches for.
    pub reasons: Vec<String>,
    /// What else a person should know before granting it.
    pub remark: Option<String>,
    /// The line of `windlass.yaml` that grants it; `None` when nothing can.
    pub grant: Option<String>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "plugin {} {}", self.plugin, self.what.join("; it "))?;
        for reason in &self.reasons {
            write!(f, "; {reason}")?;
        }
        if let Some(remark) = &self.remark {
            write!(f, "; {remark}")?;
        }
        Ok(())
    }
}
