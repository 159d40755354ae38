//! Why plugins may not do in their steps what they ask for, and all that has to be written for them to may.

use std::fmt;

/// What plugins may not, and what would allow it: all of a plan at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Each plugin with what it may not; at least one.
    pub denials: Vec<Denial>,
    /// The signatures that are missing or do not count: they come first, and no lines are told for their plugins.
    pub unvouched: Vec<Unvouched>,
    /// What to write so that nothing else of this is refused any more, one entry for each file; empty when nothing can allow it.
    pub grants: Vec<GrantLines>,
}

/// What one plugin may not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    /// The steps: `task t, step build (line 7)`.
    pub steps: Vec<String>,
    /// The line of the first of them in the file.
    pub line: usize,
    /// The plugin, by where it comes from.
    pub plugin: String,
    /// What it may not, each as the end of a sentence that begins with the plugin.
    pub what: Vec<String>,
    /// The plugin's own reasons for what it asks, in its words: nothing that windlass vouches for.
    pub reasons: Vec<String>,
    /// What else a person should know before granting it.
    pub remarks: Vec<String>,
}

/// A signer whose word counts for what lies where a plugin was found, and who has not signed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unvouched {
    /// The plugin, by where it comes from.
    pub plugin: String,
    /// What the settings call the signer.
    pub signer: String,
    /// The settings file that trusts it.
    pub file: String,
    /// Why no signature counts.
    pub why: String,
}

/// The lines of a settings file that grant what was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantLines {
    /// The file to write them in; `None` where no file has a word yet and none is known that might.
    pub file: Option<String>,
    /// The entries that the lines stand in place of.
    pub replaces: Vec<String>,
    /// The entries of the file that count until then, for others than these plugins, too: they stay.
    pub because_of: Vec<String>,
    /// The lines.
    pub text: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let denials: Vec<String> = self.denials.iter().map(ToString::to_string).collect();
        f.write_str(&denials.join("; "))
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: plugin {} {}", self.steps.join(", "), self.plugin, self.what.join("; it "))?;
        for more in self.reasons.iter().chain(&self.remarks) {
            write!(f, "; {more}")?;
        }
        Ok(())
    }
}

impl Denial {
    /// Who it is about, as a sentence; [`Self::lines`] follow.
    pub fn heading(&self) -> String {
        format!("{}: plugin {} is not allowed to do what it asks for", self.steps.join(", "), self.plugin)
    }

    /// What it may not and why it asks, one line each.
    pub fn lines(&self) -> Vec<String> {
        self.what.iter().map(|what| format!("it {what}")).chain(self.reasons.clone()).chain(self.remarks.clone()).collect()
    }
}
