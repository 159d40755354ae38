//! The variables that a plugin may set for the task's commands.

use serde::Serialize;

use crate::pattern::Pattern;

/// The variables that a plugin may set for the task's commands: those that each of its limits allows. Without a limit it is every variable,
/// also those that are kept for the task: for plugins that set what the task itself says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct VariableScope(Vec<VariableLimit>);

/// One limit of a [`VariableScope`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum VariableLimit {
    /// All but those that are kept for the task ([`is_reserved_variable`]).
    Ordinary,
    /// Those that one of these patterns matches; one that is kept for the task only when it is named in full.
    Only(Vec<Pattern>),
}

impl Default for VariableScope {
    /// All but those that are kept for the task.
    fn default() -> Self {
        Self(vec![VariableLimit::Ordinary])
    }
}

impl VariableScope {
    /// The word for every variable.
    pub const ALL: &str = "all";

    /// Every variable.
    pub fn all() -> Self {
        Self(Vec::new())
    }

    /// Those that one of these patterns matches.
    pub fn only(patterns: impl IntoIterator<Item = Pattern>) -> Self {
        Self(vec![VariableLimit::Only(patterns.into_iter().collect())])
    }

    /// The limits, for whoever shows them.
    pub fn limits(&self) -> &[VariableLimit] {
        &self.0
    }

    /// What both allow.
    #[must_use]
    pub fn meet(&self, other: &Self) -> Self {
        let mut both = self.0.clone();
        both.extend(other.0.iter().filter(|limit| !self.0.contains(limit)).cloned());
        Self(both)
    }

    /// The same, with one more name in every limit that refuses it.
    #[must_use]
    pub fn with(&self, name: &str) -> Self {
        let one = |limit: &VariableLimit| {
            let mut patterns = match limit {
                _ if limit.allows(name) => return limit.clone(),
                // A wildcard stands for the ordinary ones alone.
                VariableLimit::Ordinary => vec![Pattern("*".to_owned())],
                VariableLimit::Only(patterns) => patterns.clone(),
            };
            patterns.push(Pattern(name.to_owned()));
            VariableLimit::Only(patterns)
        };
        Self(self.0.iter().map(one).collect())
    }

    /// Whether no variable can be among them, as far as patterns tell.
    pub fn is_void(&self) -> bool {
        let only = |limit: &VariableLimit| match limit {
            VariableLimit::Only(patterns) => Some(patterns.clone()),
            VariableLimit::Ordinary => None,
        };
        let lists: Vec<Vec<Pattern>> = self.0.iter().filter_map(only).collect();
        // A wildcard stands for ordinary variables, and a name for itself.
        let possible = |pattern: &Pattern, list: &[Pattern]| match pattern.is_literal() {
            true => self.allows(&pattern.0),
            false => {
                !is_reserved_variable(&pattern.0.replace(['*', '?'], "Q"))
                    && lists.iter().all(|other| other == list || other.iter().any(|o| o.overlaps(pattern)))
            }
        };
        lists.iter().any(|list| !list.iter().any(|pattern| possible(pattern, list)))
    }

    /// Whether a variable is among them.
    pub fn allows(&self, name: &str) -> bool {
        self.0.iter().all(|limit| limit.allows(name))
    }
}

impl VariableLimit {
    fn allows(&self, name: &str) -> bool {
        match self {
            Self::Ordinary => !is_reserved_variable(name),
            Self::Only(patterns) if is_reserved_variable(name) => patterns.iter().any(|pattern| pattern.0 == name),
            Self::Only(patterns) => patterns.iter().any(|pattern| pattern.matches(name)),
        }
    }
}

/// Whether nobody but the task may set a variable, unless it was granted by its name: it decides which programs run, what they load, where
/// they connect to, or what the run says of itself.
pub fn is_reserved_variable(name: &str) -> bool {
    const NAMES: [&str; 46] = [
        "PATH",
        "HOME",
        "SHELL",
        "SHELLOPTS",
        "BASHOPTS",
        "USER",
        "LOGNAME",
        "IFS",
        "PS4",
        "PROMPT_COMMAND",
        "CDPATH",
        "FPATH",
        "ZDOTDIR",
        "ENV",
        "BASH_ENV",
        "TMPDIR",
        "CI",
        "OS",
        "CONTINUOUS_INTEGRATION",
        "GCONV_PATH",
        "LOCPATH",
        "NODE_OPTIONS",
        "NODE_PATH",
        "NODE_EXTRA_CA_CERTS",
        "PYTHONPATH",
        "PYTHONHOME",
        "PYTHONSTARTUP",
        "PERL5OPT",
        "PERL5LIB",
        "PERL5DB",
        "RUBYOPT",
        "RUBYLIB",
        "CLASSPATH",
        "JAVA_TOOL_OPTIONS",
        "JDK_JAVA_OPTIONS",
        "_JAVA_OPTIONS",
        "MAKEFLAGS",
        "MAKEFILES",
        "GOFLAGS",
        "GOPROXY",
        "RUSTC_WRAPPER",
        "CURL_CA_BUNDLE",
        "REQUESTS_CA_BUNDLE",
        "REGISTRY_AUTH_FILE",
        "CONTAINER_HOST",
        "KUBECONFIG",
    ];
    const PREFIXES: [&str; 11] =
        ["LD_", "DYLD_", "CIRRUS_", "DOCKER_", "BUILDKIT_", "GIT_", "WINDLASS_", "SSL_CERT_", "GLIBC_", "PIP_", "NPM_CONFIG_"];
    // No program reads variables of other names but to make something else of them: `BASH_FUNC_ls%%` is the function `ls`.
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let upper = name.to_ascii_uppercase();
    !plain
        || NAMES.contains(&upper.as_str())
        || upper.ends_with("_PROXY")
        || PREFIXES.iter().any(|prefix| upper.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reserved_variable_is_set_only_by_who_was_granted_its_name() {
        let named = |patterns: &[&str]| VariableScope::only(patterns.iter().map(|pattern| Pattern((*pattern).to_owned())));
        for name in [
            "PATH",
            "LD_PRELOAD",
            "https_proxy",
            "HTTPS_PROXY",
            "HOME",
            "CIRRUS_TAG",
            "DOCKER_HOST",
            "bash_env",
            "BASH_FUNC_ls%%",
            "SHELLOPTS",
            "PS4",
            "GOPROXY",
        ] {
            assert!(!VariableScope::default().allows(name), "{name}");
            assert!(!named(&["*"]).allows(name), "{name} by a wildcard");
            assert!(named(&[name]).allows(name), "{name} by name");
            assert!(VariableScope::all().allows(name), "{name} of all");
        }
        for (one, two, void) in [
            (named(&["GREETING"]), named(&["PATH"]), true),
            (named(&["PATH"]), VariableScope::default(), true),
            (named(&["LD_*"]), VariableScope::all(), true),
            (named(&["*", "PATH"]), VariableScope::default(), false),
            (named(&["A*"]), named(&["*B"]), false),
            (named(&["A*"]), named(&["B*", "C"]), true),
            (VariableScope::all(), named(&[]), true),
            (VariableScope::all(), VariableScope::default(), false),
            (named(&["DOCKER_HOST"]), VariableScope::all(), false),
        ] {
            assert_eq!((one.meet(&two).is_void(), two.meet(&one).is_void()), (void, void), "{one:?} and {two:?}");
        }
        assert!(VariableScope::default().allows("SCAN_RESULT"));
        let wider = VariableScope::default().with("PATH");
        assert!(wider.allows("SCAN_RESULT") && wider.allows("PATH") && !wider.allows("HOME"));
        assert!(!named(&["DOCKER_HOST"]).meet(&VariableScope::default()).allows("DOCKER_HOST"), "asked for and not granted");
        assert!(named(&["DOCKER_HOST"]).meet(&VariableScope::all()).allows("DOCKER_HOST"));
        assert!(!named(&["DOCKER_HOST"]).meet(&VariableScope::all()).allows("PATH"));
        assert!(!VariableScope::default().meet(&VariableScope::all()).allows("PATH"));
    }
}
