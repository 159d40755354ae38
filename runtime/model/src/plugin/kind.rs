//! The kinds of plugins, and what each can have.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::power::Power;

/// The world of `windlass:plugin` that a component exports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PluginKind {
    /// Gives credentials for a registry.
    Login,
    /// Makes an image.
    Build,
    /// Sends an image to a registry.
    Push,
    /// Anything else: scripts, scans, notices.
    Step,
    /// Makes tasks from a file, before anything is planned.
    Config,
}

impl PluginKind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Login, Self::Build, Self::Push, Self::Step, Self::Config];

    /// The powers that a plugin of this kind can have, in the order of their words for those that have few.
    pub fn powers(self) -> &'static [Power] {
        match self {
            Self::Login | Self::Build | Self::Push | Self::Step => &Power::ALL,
            // There is neither a pod nor a step, and what is read is not to change by being read.
            Self::Config => &[Power::Environment, Power::Http, Power::WorkspaceRead],
        }
    }

    /// Why a plugin of this kind cannot have a power, with those that it can have.
    pub fn refuses(self, power: Power) -> Option<String> {
        let words = || self.powers().iter().map(|power| power.as_str()).collect::<Vec<_>>().join(", ");
        (!self.powers().contains(&power)).then(|| format!("a {self} plugin can have only {}", words()))
    }

    /// Why no step can use a plugin of this kind, and who can.
    pub fn not_in_a_step(self) -> Option<&'static str> {
        match self {
            Self::Login | Self::Build | Self::Push | Self::Step => None,
            Self::Config => {
                Some("it is a config plugin, which makes tasks from a file: name it under `generate` in windlass.yaml")
            }
        }
    }
}

impl fmt::Display for PluginKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Login => "login",
            Self::Build => "build",
            Self::Push => "push",
            Self::Step => "step",
            Self::Config => "config",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of a kind is said of every power.
    #[test]
    fn a_config_plugin_can_have_what_needs_no_pod() {
        let refused = |kind: PluginKind| Power::ALL.into_iter().filter(move |power| kind.refuses(*power).is_some());
        for kind in PluginKind::ALL {
            let expected = if kind == PluginKind::Config { Power::ALL.len() - 3 } else { 0 };
            assert_eq!(refused(kind).count(), expected, "{kind}");
            assert_eq!(kind.not_in_a_step().is_some(), kind == PluginKind::Config, "{kind}");
        }
        let told = PluginKind::Config.refuses(Power::Containers);
        assert_eq!(told.as_deref(), Some("a config plugin can have only environment, http, workspace-read"));
    }
}
