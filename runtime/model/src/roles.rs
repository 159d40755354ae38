//! Which plugins do what a task file names none for, and which may be suggested.

use crate::plugin_reference::PluginReference;
use crate::pod_security::Level;

/// The plugins that stand in where nobody named one. Whoever puts windlass together says which they are; what makes plans knows of each what
/// its request is, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roles {
    /// Runs the lines of a script: a step plugin for `{lines: […], background: false}`.
    pub script: PluginReference,
    /// Logs in to one registry, in place of `docker login` and for environments: a login plugin for `{registry, username, password}`.
    pub login: PluginReference,
    /// Tells whether a registry has an image: a step plugin for `{reference, variable}`, which sets that variable to the digest.
    pub image_lookup: PluginReference,
    /// Builds environments when settings name no builder, and images when the command line names none: a build plugin.
    pub builder: PluginReference,
    /// Sends what that builder leaves: a push plugin.
    pub push: PluginReference,
}

/// Build plugins that can be used by name, in the order in which they are suggested, each with the Pod Security level that its manifest says
/// is enough.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Builders(Vec<(String, Level)>);

impl Builders {
    /// None: nothing is suggested.
    pub const NONE: Self = Self(Vec::new());

    /// Those that are content with this level, as options for the command line: `--use build=NAME`.
    pub fn within(&self, level: Level) -> Vec<String> {
        self.0.iter().filter(|(_, needs)| *needs <= level).map(|(name, _)| format!("--use build={name}")).collect()
    }

    /// One that needs no more than an ordinary container has: ` (--use build=NAME)`, or nothing.
    pub fn example(&self) -> String {
        self.within(Level::Baseline).first().map(|option| format!(" ({option})")).unwrap_or_default()
    }
}

impl FromIterator<(String, Level)> for Builders {
    fn from_iter<I: IntoIterator<Item = (String, Level)>>(builders: I) -> Self {
        Self(builders.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_suggested_needs_no_more_than_there_is() {
        let known = [("big", Level::Privileged), ("usual", Level::Baseline), ("small", Level::Restricted)];
        let builders: Builders = known.map(|(name, level)| (name.to_owned(), level)).into_iter().collect();
        assert_eq!(builders.within(Level::Baseline), ["--use build=usual", "--use build=small"]);
        assert_eq!(builders.within(Level::Restricted), ["--use build=small"]);
        assert_eq!(builders.example(), " (--use build=usual)");
        assert_eq!(Builders::NONE.example(), "");
    }
}
