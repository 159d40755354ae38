//! What the Buildah in the container can do: flags came and changed with its releases.

use windlass_plugin_sdk::containers::Container;
use windlass_plugin_sdk::{BuildRequest, Error, failed, unsupported};

use crate::CONTAINER;

/// The flags of `buildah bud`, by its help.
pub(crate) struct Flags {
    help: String,
}

impl Flags {
    pub(crate) fn ask(container: &Container) -> Result<Self, Error> {
        let (exit, output) = container.command([CONTAINER, "bud", "--help"]).output(256 * 1024)?;
        let help = String::from_utf8_lossy(&output).into_owned();
        if exit.success() {
            Ok(Self { help })
        } else {
            let last = help.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
            Err(failed(format!("`buildah bud --help` exited with code {}: {last}", exit.code)))
        }
    }

    /// Whether it knows a flag.
    pub(crate) fn knows(&self, flag: &str) -> bool {
        self.value_of(flag).is_some()
    }

    /// Refuses what this Buildah cannot do. What none can is refused when the run is planned.
    pub(crate) fn check(&self, request: &BuildRequest) -> Result<(), Error> {
        // A flag that takes one value forgets all but the last, without a word.
        if request.cache.from.len() > 1 && self.value_of("--cache-from") == Some("string") {
            return Err(unsupported(
                "cache.from",
                "this buildah takes layers from one repository; name one, or use a newer `image`",
            ));
        }
        if !request.secrets.is_empty() && !self.knows("--secret") {
            return Err(unsupported("secrets", "this buildah has no --secret; use a newer `image`"));
        }
        Ok(())
    }

    /// The word after a flag in its line of the help, which is the kind of its value: `string`, `stringArray`.
    fn value_of(&self, flag: &str) -> Option<&str> {
        self.help.lines().find_map(|line| {
            let mut words = line.split_whitespace().skip_while(|word| word.trim_end_matches(',') != flag);
            words.next().map(|_| words.next().unwrap_or_default())
        })
    }

    #[cfg(test)]
    pub(crate) fn with_help(help: &str) -> Self {
        Self { help: help.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_tells_flags_and_their_values() {
        let flags = Flags::with_help(
            "      --cache-from string                            remote repository to utilise as potential cache source.\n\
             \x20 -f, --file pathname or URL                         pathname or URL of a Dockerfile\n\
             \x20     --secret stringArray                           secret file to expose to the build\n",
        );
        assert_eq!(flags.value_of("--cache-from"), Some("string"));
        assert!(flags.knows("--file") && flags.knows("--secret") && !flags.knows("--cache-to"));
    }
}
