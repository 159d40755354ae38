//! Variables that a person gives: `-e` and `--env-file`.

use std::io;
use std::path::{Path, PathBuf};

use windlass_files::TEXT;
use windlass_model::variable::is_sensitive;

use crate::args::{InvalidArgument, Variable, VariableOptions};
use crate::environment::Environment;

/// Variables given for every task, each name once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Given {
    variables: Vec<GivenVariable>,
    /// The files that hold values of secrets, each with the name of one.
    sensitive: Vec<(PathBuf, String)>,
}

/// One of them.
#[derive(Clone, PartialEq, Eq)]
pub struct GivenVariable {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Whether `-e` gave it, which outranks `--env-file`.
    pub by_flag: bool,
}

/// The value may be a secret's, so it is not for debug logs.
impl std::fmt::Debug for GivenVariable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GivenVariable").field("name", &self.name).field("by_flag", &self.by_flag).finish_non_exhaustive()
    }
}

/// Why variables cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum GivenError {
    /// `-e` with something that is not a variable.
    #[error("-e: {0}")]
    Argument(InvalidArgument),
    /// `-e NAME` without such a variable here.
    #[error("-e {0}: this shell has no variable {0} to pass on")]
    Missing(String),
    /// The value is not text.
    #[error("-e {0}: the value in this shell is not UTF-8 text")]
    NotText(String),
    /// A file could not be read.
    #[error("--env-file {path}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A line is not `NAME=VALUE`. It is not repeated: it may hold a secret.
    #[error("{path}:{line}: not of the form NAME=VALUE")]
    Line {
        /// The file.
        path: PathBuf,
        /// One-based.
        line: usize,
    },
    /// A bare name in a file without such a variable here.
    #[error("{path}:{line}: this shell has no variable {name} to pass on")]
    MissingInFile {
        /// The file.
        path: PathBuf,
        /// One-based.
        line: usize,
        /// The name.
        name: String,
    },
}

impl GivenVariable {
    /// Whether its name alone says that the value is a secret.
    pub fn is_sensitive(&self) -> bool {
        is_sensitive(&self.name)
    }
}

impl Given {
    /// Collects them: files first, in order, then `-e`, later ones in place of earlier ones.
    ///
    /// # Errors
    /// When a file cannot be read, or a variable to pass on is not set.
    pub fn collect(options: &VariableOptions, environment: &impl Environment) -> Result<Self, GivenError> {
        let mut given = Self::default();
        for path in &options.env_file {
            let text = windlass_files::named(path, TEXT)
                .map_err(io::Error::from)
                .and_then(|text| String::from_utf8(text).map_err(|_| io::Error::other("it is not UTF-8 text")))
                .map_err(|source| GivenError::Unreadable { path: path.clone(), source })?;
            given.add_file(path, &text, environment)?;
        }
        for variable in &options.env {
            let variable = variable.0.as_ref().map_err(|error| GivenError::Argument(error.clone()))?;
            let value = match &variable.value {
                Some(value) => value.clone(),
                None => environment
                    .get(&variable.name)
                    .ok_or_else(|| GivenError::Missing(variable.name.clone()))?
                    .into_string()
                    .map_err(|_| GivenError::NotText(variable.name.clone()))?,
            };
            given.set(variable.name.clone(), value, true);
        }
        Ok(given)
    }

    /// All of them, in the order in which they were given.
    pub fn iter(&self) -> impl Iterator<Item = &GivenVariable> {
        self.variables.iter()
    }

    /// The files among them that hold values of secrets, by what their names say: each with the name of one.
    pub fn sensitive_in_files(&self) -> impl Iterator<Item = (&Path, &str)> {
        self.sensitive.iter().map(|(path, name)| (path.as_path(), name.as_str()))
    }

    /// The value of one.
    pub fn get(&self, name: &str) -> Option<&GivenVariable> {
        self.variables.iter().find(|v| v.name == name)
    }

    fn set(&mut self, name: String, value: String, by_flag: bool) {
        self.variables.retain(|v| v.name != name);
        self.variables.push(GivenVariable { name, value, by_flag });
    }

    /// Lines as `docker run --env-file` takes them: `NAME=VALUE` with the value as it stands, `NAME` alone to pass one on,
    /// blank lines and lines that begin with `#` ignored.
    fn add_file(&mut self, path: &Path, text: &str, environment: &impl Environment) -> Result<(), GivenError> {
        for (index, line) in text.lines().enumerate() {
            let line = line.trim_start();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let at = index + 1;
            let parsed: Variable = line.parse().map_err(|_| GivenError::Line { path: path.to_owned(), line: at })?;
            let value = match parsed.value {
                Some(value) => value,
                None => environment
                    .get(&parsed.name)
                    .and_then(|v| v.into_string().ok())
                    .ok_or_else(|| GivenError::MissingInFile { path: path.to_owned(), line: at, name: parsed.name.clone() })?,
            };
            if is_sensitive(&parsed.name) {
                self.sensitive.push((path.to_owned(), parsed.name.clone()));
            }
            self.set(parsed.name, value, false);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn collect(flags: &[&str], file: Option<&str>) -> Result<Vec<(String, String)>, GivenError> {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join("env");
        if let Some(text) = file {
            std::fs::write(&path, text).expect("a file");
        }
        let options = VariableOptions {
            env: flags.iter().map(|text| text.parse().expect("a variable")).collect(),
            env_file: file.iter().map(|_| path.clone()).collect(),
            ..VariableOptions::default()
        };
        let environment = BTreeMap::from([("HERE", "from shell")]);
        let given = Given::collect(&options, &environment)?;
        Ok(given.iter().map(|v| (v.name.clone(), v.value.clone())).collect())
    }

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn flags_outrank_files_and_later_flags_earlier_ones() {
        let given = collect(&["A=1", "A=2", "HERE"], Some("A=0\nB=x\n")).expect("variables");
        assert_eq!(given, pairs(&[("B", "x"), ("A", "2"), ("HERE", "from shell")]));
    }

    #[test]
    fn a_file_is_read_as_docker_reads_it() {
        let given = collect(&[], Some("# comment\n\n  A=\"quoted\" # not a comment\r\nHERE\nB=\n")).expect("variables");
        assert_eq!(given, pairs(&[("A", "\"quoted\" # not a comment"), ("HERE", "from shell"), ("B", "")]));
    }

    #[test]
    fn what_cannot_be_passed_on_is_an_error() {
        assert!(matches!(collect(&["NOT_HERE", "A=1"], None), Err(GivenError::Missing(name)) if name == "NOT_HERE"));
        assert!(matches!(collect(&[], Some("A=1\nNOT_HERE\n")), Err(GivenError::MissingInFile { line: 2, .. })));
    }

    #[test]
    fn a_wrong_line_is_named_but_not_repeated() {
        let error = collect(&[], Some("A=1\nhunter2 word\n")).expect_err("a wrong line");
        assert!(matches!(error, GivenError::Line { line: 2, .. }));
        assert!(!error.to_string().contains("hunter2"));
    }

    #[test]
    fn names_of_secrets_are_told_by_their_ending() {
        let sensitive = |name: &str| GivenVariable { name: name.into(), value: String::new(), by_flag: true }.is_sensitive();
        assert!(sensitive("DOCKER_PASSWORD") && sensitive("NPM_TOKEN") && sensitive("AWS_SECRET_ACCESS_KEY"));
        assert!(!sensitive("CIRRUS_BRANCH") && !sensitive("TOKENS"));
    }
}
