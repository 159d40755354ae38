//! Cases from the files of a directory.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use windlass_model::nearest::nearest;
use windlass_model::text;

use super::Case;

/// A case of this size was not written by hand.
const MAX_BYTES: u64 = 4 << 20;

/// The most cases of one plugin.
const MAX_FILES: usize = 4096;

/// Why a directory has no cases that can be run.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// A file or directory cannot be read.
    #[error("{path} cannot be read: {why}")]
    Unreadable {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A file is none.
    #[error("{}{}: {why}", path.display(), place.map(|(line, column)| format!(":{line}:{column}")).unwrap_or_default())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Line and column, where they are known.
        place: Option<(usize, usize)>,
        /// What is wrong, and what to write.
        why: String,
    },
}

/// Reads the cases of a directory: all files `*.yaml` and `*.yml`, in the order of their names. A directory that is not there has none.
///
/// # Errors
/// The first file that is no case, with the line.
pub fn read(directory: &Path) -> Result<Vec<Case>, CaseError> {
    let unreadable = |path: &Path, why: String| CaseError::Unreadable { path: path.to_owned(), why };
    let entries = match std::fs::read_dir(directory) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(|error| unreadable(directory, error.to_string()))?,
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| unreadable(directory, error.to_string()))?.path();
        if path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml") {
            files.push(path);
        }
        if files.len() > MAX_FILES {
            return Err(unreadable(directory, format!("it has more than {MAX_FILES} cases")));
        }
    }
    files.sort();
    let mut cases: Vec<(PathBuf, Case)> = Vec::new();
    for path in files {
        let bytes = windlass_files::named(&path, MAX_BYTES).map_err(|error| unreadable(&path, error.to_string()))?;
        let invalid = |why: String| CaseError::Invalid { path: path.clone(), place: None, why };
        let found = String::from_utf8(bytes).map_err(|_| invalid("it is not UTF-8 text".to_owned()))?;
        for case in parse(&path, &found)? {
            if let Some((other, _)) = cases.iter().find(|(_, other)| other.name == case.name) {
                let why = format!("{} has a case `{}`, too; give each a name of its own", other.display(), case.name);
                return Err(invalid(why));
            }
            cases.push((path.clone(), case));
        }
    }
    Ok(cases.into_iter().map(|(_, case)| case).collect())
}

/// Reads the cases of one file: one, or several with a line `---` between them.
///
/// # Errors
/// What is wrong, and where.
pub fn parse(path: &Path, text: &str) -> Result<Vec<Case>, CaseError> {
    let invalid = |error: &serde_yaml::Error| {
        let place = error.location().map(|place| (place.line(), place.column()));
        CaseError::Invalid { path: path.to_owned(), place, why: explained(&error.to_string()) }
    };
    let mut cases = Vec::new();
    for document in serde_yaml::Deserializer::from_str(text) {
        let case = Case::deserialize(document).map_err(|error| invalid(&error))?;
        let wrong = |why: &str| CaseError::Invalid { path: path.to_owned(), place: None, why: why.to_owned() };
        if case.name.trim().is_empty() || case.name.chars().any(char::is_control) {
            return Err(wrong("`name` says on one line what the case shows; write one"));
        }
        if case.registries.iter().any(|registry| registry.username.is_some() != registry.secret.is_some()) {
            return Err(wrong("a registry has a `username` and a `secret`, or neither; write the other one, too"));
        }
        if let Some((name, _)) = case.secrets.iter().find(|(_, secret)| !windlass_redact::is_masked(secret.0.as_bytes())) {
            let why = format!(
                "the value of the secret {name} is too short to be masked; write {} characters or more",
                windlass_redact::SHORTEST_MASKED
            );
            return Err(wrong(&why));
        }
        cases.push(case);
    }
    Ok(cases)
}

/// What the reader of YAML says, with the key that was probably meant.
fn explained(message: &str) -> String {
    // The place is said before it.
    let message = message.rsplit_once(" at line ").map_or(message, |(message, _)| message);
    let Some((before, known)) = message.split_once(", expected one of ") else { return text::one_line(message).into_owned() };
    let word = before.rsplit('`').nth(1).unwrap_or_default();
    let known: Vec<&str> = known.split('`').skip(1).step_by(2).collect();
    let near = nearest(word, known.iter().copied()).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
    text::one_line(&format!("{before}; {near}there are: {}", known.join(", "))).into_owned()
}

#[cfg(test)]
mod tests;
