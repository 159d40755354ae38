//! The docker commands of a task's scripts, as the typed steps that can stand for them.

use serde::Serialize;

use crate::plugin::PluginKind;

/// What the docker commands of a task's scripts come to. They hang together (a push speaks of an image that another script
/// built, a login serves them all), so either all of them have a typed form or none is given.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DockerCommands {
    /// No script has a docker command.
    #[default]
    None,
    /// The scripts that can be replaced, in the task's order.
    Typed(Vec<TypedScript>),
    /// Something in them has no typed form.
    Refused {
        /// What, in the order of the scripts; at least one.
        words: Vec<RefusedWord>,
        /// The kinds of steps that docker commands of the task are for, each once.
        kinds: Vec<PluginKind>,
    },
}

/// A script whose every command has a typed form.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TypedScript {
    /// Its place among the task's steps.
    pub step: usize,
    /// Its key in the file, such as `build_script`.
    pub key: String,
    /// What replaces it, in order; nothing when no command of it has an effect.
    pub requests: Vec<TypedRequest>,
    /// Its commands that nothing replaces.
    pub left_out: Vec<LeftOut>,
}

/// A typed step that stands for commands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TypedRequest {
    /// Its name, unique in the task.
    pub name: String,
    /// Login, build or push.
    pub kind: PluginKind,
    /// Its request, variables expanded.
    pub with: serde_json::Value,
    /// Flags of the commands that mean something to a docker client only, which works with a daemon that it did not start.
    pub docker_flags: Vec<String>,
}

/// A command that has no effect on what the typed steps do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// Its words.
    pub command: String,
    /// Why it can be left out.
    pub why: String,
    /// It is worth telling: a docker command, or a value that is empty.
    pub notable: bool,
}

/// A word of a script that has no typed form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RefusedWord {
    /// The script's key in the file, such as `build_script`.
    pub key: String,
    /// The one-based line of the script that the word stands in.
    pub line: usize,
    /// The word's place: `file:line:column`.
    pub place: String,
    /// The word.
    pub word: String,
    /// Why, to be read behind the word.
    pub reason: String,
    /// What to write instead, when that is known.
    pub help: Option<String>,
}

/// What one push command of a script may push, as it is written: parts of a reference, between any two of which anything may stand. A
/// variable is such a gap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct PushPattern(Vec<String>);

impl PushPattern {
    /// A reference without gaps has one part; one that is a gap altogether, two empty ones.
    pub fn new(parts: Vec<String>) -> Self {
        Self(parts)
    }

    /// Whether this may be what the command pushed. Clients say a repository of Docker Hub in full, and a tag that was not written.
    pub fn allows(&self, repository: &str, tag: &str) -> bool {
        let short = ["docker.io/library/", "docker.io/"].iter().filter_map(|hub| repository.strip_prefix(hub));
        short.chain([repository]).any(|name| {
            self.fits(&format!("{name}:{tag}"))
                || tag == "latest" && self.0.last().is_some_and(|part| !part.is_empty()) && self.fits(name)
        })
    }

    fn fits(&self, reference: &str) -> bool {
        let Some((first, rest)) = self.0.split_first() else { return false };
        let Some(mut left) = reference.strip_prefix(first.as_str()) else { return false };
        let Some((last, between)) = rest.split_last() else { return left.is_empty() };
        for part in between {
            let Some(at) = left.find(part.as_str()) else { return false };
            left = left.get(at + part.len()..).unwrap_or_default();
        }
        left.ends_with(last.as_str())
    }
}

/// `build_script, line 2: \`docker run\` has no typed form`
impl std::fmt::Display for RefusedWord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}, line {}: `{}` {} ({})", self.key, self.line, self.word, self.reason, self.place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Proves that only what a script says it pushes can be listed as pushed by it.
    #[test]
    fn a_push_allows_what_its_reference_can_stand_for() {
        let allows = |parts: &[&str], repository: &str, tag: &str| {
            PushPattern::new(parts.iter().map(|part| (*part).to_owned()).collect()).allows(repository, tag)
        };
        assert!(allows(&["gcr.io/p/app:1"], "gcr.io/p/app", "1"));
        assert!(!allows(&["gcr.io/p/app:1"], "gcr.io/p/app", "2"));
        assert!(allows(&["gcr.io/p/app"], "gcr.io/p/app", "latest"));
        assert!(!allows(&["gcr.io/p/app"], "gcr.io/p/app", "1"));
        assert!(allows(&["app:1"], "docker.io/library/app", "1"));
        assert!(allows(&["corp/app"], "docker.io/corp/app", "latest"));
        assert!(allows(&["gcr.io/p/app:", ""], "gcr.io/p/app", "abc"));
        assert!(allows(&["gcr.io/", "/app:v", ""], "gcr.io/p/app", "v1"));
        assert!(!allows(&["gcr.io/", "/app:v", ""], "gcr.io/p/other", "v1"));
        assert!(allows(&["", ""], "gcr.io/p/app", "1"));
        assert!(!allows(&[], "gcr.io/p/app", "1"));
    }
}
