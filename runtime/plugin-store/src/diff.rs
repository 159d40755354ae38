//! What another version of a plugin may do that the locked one may not: what a person has to approve of.
//!
//! It is told from what both ask for, without running either. Where patterns cannot be compared, the new one counts as wider: a question
//! too many is better than a power that nobody saw.

mod cover;
mod pod;

use std::fmt;

use windlass_artifact::signature::Signer;
use windlass_model::plugin::{PluginKind, Power, Powers};
use windlass_model::pod_security::Level;
use windlass_model::power::HostScope;
use windlass_model::text::one_line;

use crate::lock::Entry;

/// What is new, in the order in which it matters to whoever approves.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PowerDiff(Vec<Change>);

/// One thing that is new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It is a plugin of another kind.
    Kind {
        /// What it was.
        old: PluginKind,
        /// What it is.
        new: PluginKind,
    },
    /// It is signed by somebody else, or no more.
    Signer {
        /// Who had signed it.
        old: Signer,
        /// Who has.
        new: Option<Signer>,
    },
    /// A power that it had not.
    Power {
        /// Which.
        power: Power,
        /// With its limits, for people.
        word: String,
    },
    /// A container of it may need a higher Pod Security level.
    Level {
        /// The highest that it could need.
        old: Level,
        /// The highest that it can.
        new: Level,
    },
    /// A power goes further.
    Wider {
        /// Which.
        power: Power,
        /// What of it: a limit of `pod`, or nothing where the power has one limit.
        what: Option<&'static str>,
        /// How far it went, for people.
        old: String,
        /// How far it goes.
        new: String,
    },
    /// It asks for a secret that it did not ask for.
    Secret(String),
    /// It is built for another version of the interface.
    Interface {
        /// For which it was.
        old: String,
        /// For which it is.
        new: String,
    },
}

impl PowerDiff {
    /// What `new` may do that `old` may not.
    pub fn between(old: &Entry, new: &Entry) -> Self {
        let mut changes = Vec::new();
        if old.kind != new.kind {
            changes.push(Change::Kind { old: old.kind, new: new.kind });
        }
        if let Some(signer) = old.signer.as_ref().filter(|signer| new.signer.as_ref() != Some(signer)) {
            changes.push(Change::Signer { old: signer.clone(), new: new.signer.clone() });
        }
        for power in Power::ALL {
            compare(power, &old.powers, &new.powers, &mut changes);
        }
        changes.extend(new.secrets.difference(&old.secrets).cloned().map(Change::Secret));
        if old.interface != new.interface {
            changes.push(Change::Interface { old: old.interface.clone(), new: new.interface.clone() });
        }
        Self(changes)
    }

    /// Of a plugin that was not there before: all that it asks for.
    pub fn of_new(new: &Entry) -> Self {
        let word = |power| Change::Power { power, word: new.powers.word(power) };
        Self(new.powers.list().map(word).chain(new.secrets.iter().cloned().map(Change::Secret)).collect())
    }

    /// Everything that is new.
    pub fn changes(&self) -> &[Change] {
        &self.0
    }

    /// Whether somebody has to approve of it: all counts but another version of the interface, which gives no power.
    pub fn needs_approval(&self) -> bool {
        self.0.iter().any(|change| !matches!(change, Change::Interface { .. }))
    }
}

/// Adds what is new of one power.
fn compare(power: Power, old: &Powers, new: &Powers, changes: &mut Vec<Change>) {
    if !new.has(power) {
        return;
    }
    if !old.has(power) {
        changes.push(Change::Power { power, word: new.word(power) });
        return;
    }
    let covered = match power {
        Power::Pod => {
            if let (Some(old), Some(new)) = (&old.pod, &new.pod) {
                pod::compare(old, new, changes);
            }
            return;
        }
        Power::Containers => covered(old.containers.as_ref(), new.containers.as_ref(), cover::containers),
        Power::EnvironmentSet => covered(old.environment_set.as_ref(), new.environment_set.as_ref(), cover::variables),
        Power::Secrets => covered(old.secrets.as_ref(), new.secrets.as_ref(), cover::scope),
        Power::WorkspaceRead => covered(old.workspace_read.as_ref(), new.workspace_read.as_ref(), cover::files),
        Power::WorkspaceWrite => covered(old.workspace_write.as_ref(), new.workspace_write.as_ref(), cover::files),
        Power::Http => covered(old.http.as_ref(), new.http.as_ref(), HostScope::covers),
        Power::Results => covered(old.results.as_ref(), new.results.as_ref(), cover::scope),
        Power::Registries | Power::Environment | Power::SecretsReveal => true,
    };
    if !covered {
        changes.push(Change::Wider {
            power,
            what: None,
            old: limits(&old.word(power), power),
            new: limits(&new.word(power), power),
        });
    }
}

fn covered<T>(old: Option<&T>, new: Option<&T>, covers: impl Fn(&T, &T) -> bool) -> bool {
    old.zip(new).is_none_or(|(old, new)| covers(old, new))
}

/// The limits of a power's words: `main` of `containers (main)`.
fn limits(word: &str, power: Power) -> String {
    let limits = word.strip_prefix(power.as_str()).unwrap_or(word).trim();
    let limits = limits.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(limits);
    if limits.is_empty() { "any".to_owned() } else { limits.to_owned() }
}

/// A sentence without its subject, which is the new version.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kind { old, new } => write!(f, "is a {new} plugin, and was a {old} plugin"),
            Self::Signer { old, new: None } => {
                write!(f, "is signed by nobody whom the settings trust, and was signed by {}", one_line(&old.to_string()))
            }
            Self::Signer { old, new: Some(new) } => {
                write!(f, "is signed by {}, and was signed by {}", one_line(&new.to_string()), one_line(&old.to_string()))
            }
            Self::Power { word, .. } => write!(f, "also asks for {}", one_line(word)),
            Self::Level { old, new } => write!(f, "may bring containers of Pod Security level {new}, and {old} was the highest"),
            Self::Wider { power, what: None, old, new } => {
                write!(f, "asks for more of {power}: {}, and before {}", one_line(new), one_line(old))
            }
            Self::Wider { power, what: Some(what), old, new } => {
                write!(f, "asks for more of {power}: {what} {}, and before {}", one_line(new), one_line(old))
            }
            Self::Secret(name) => write!(f, "also asks for the secret {}", one_line(name)),
            Self::Interface { old, new } => {
                write!(f, "is built for windlass:plugin {}, and was for {}", one_line(new), one_line(old))
            }
        }
    }
}

/// One line for each.
impl fmt::Display for PowerDiff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, change) in self.0.iter().enumerate() {
            let end = if at == 0 { "" } else { "\n" };
            write!(f, "{end}{change}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
