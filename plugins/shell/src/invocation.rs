//! How a script is run: by which shell, or by none.

use windlass_plugin_sdk::{Error, unsupported};

/// What `CIRRUS_SHELL` asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Invocation {
    /// No shell: the first line is a command. Images without a shell need it.
    Direct,
    /// A shell with its arguments; the one that the container has if `None`.
    Shell(Option<Vec<String>>),
}

impl Invocation {
    pub(crate) fn from_variable(value: Option<&str>) -> Result<Self, Error> {
        match value.map(str::trim) {
            None | Some("") => Ok(Self::Shell(None)),
            Some("direct") => Ok(Self::Direct),
            Some(text) => match shlex::split(text) {
                Some(words) => Ok(Self::Shell(Some(words))),
                None => Err(unsupported("CIRRUS_SHELL", format!("`{text}` has a quote that is never closed"))),
            },
        }
    }
}

/// The words of a command line that no shell will see.
pub(crate) fn words(line: &str) -> Result<Vec<String>, Error> {
    match shlex::split(line) {
        Some(words) if !words.is_empty() => Ok(words),
        Some(_) => Err(unsupported("lines[0]", "it is empty, and CIRRUS_SHELL=direct runs the first line as a command")),
        None => Err(unsupported("lines[0]", "it has a quote that is never closed")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_chooses_the_shell_and_its_arguments() {
        for (value, expected) in [
            (None, Invocation::Shell(None)),
            (Some(""), Invocation::Shell(None)),
            (Some("direct"), Invocation::Direct),
            (Some("bash -l"), Invocation::Shell(Some(vec!["bash".into(), "-l".into()]))),
        ] {
            assert_eq!(Invocation::from_variable(value).unwrap_or_else(|e| panic!("{e:?}")), expected);
        }
    }

    #[test]
    fn a_line_without_a_shell_is_split_as_a_shell_would() {
        let found = words("/kaniko/executor --build-arg 'A=b c'").unwrap_or_else(|e| panic!("{e:?}"));
        assert_eq!(found, ["/kaniko/executor", "--build-arg", "A=b c"]);
        assert!(matches!(words("echo 'x"), Err(Error::Unsupported(_))));
    }
}
