//! Writes a project that builds as it stands.

mod files;
mod name;
mod sdk;
mod template;

use std::path::{Path, PathBuf};

use windlass_model::nearest::nearest;
use windlass_model::plugin::Power;

use crate::language::{KINDS, Language, kind_of_word};

/// What to write, in the words of a person.
#[derive(Debug, Clone)]
pub struct NewPlugin<'a> {
    /// Where; it is made, and if it is there it must be empty.
    pub directory: &'a Path,
    /// The plugin's name: lower-case letters, digits and `-`.
    pub name: &'a str,
    /// `step`, `login`, `build`, `push` or `config`.
    pub kind: &'a str,
    /// `rust`, `go`, `javascript` or `python`.
    pub language: &'a str,
    /// Powers by their words.
    pub powers: &'a [String],
}

/// A project that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    /// Where.
    pub directory: PathBuf,
    /// In which language.
    pub language: Language,
    /// The files, relative to the directory, sorted.
    pub files: Vec<PathBuf>,
}

/// Why no project was written.
#[derive(Debug, thiserror::Error)]
pub enum NewError {
    /// The name is no name.
    #[error("`{name}` cannot be a plugin's name: {why}")]
    Name {
        /// As it was given, on one line.
        name: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A word is none that is known.
    #[error("there is no {what} `{word}`; {help}")]
    Word {
        /// A kind, a language or a power.
        what: &'static str,
        /// As it was given, on one line.
        word: String,
        /// The word that was probably meant, or all that there are.
        help: String,
    },
    /// A power is none that a plugin of this kind can have.
    #[error("`{power}` cannot be asked for: {why}")]
    Power {
        /// The power.
        power: Power,
        /// Why, with those that it can have.
        why: String,
    },
    /// Something would be overwritten.
    #[error("{0} is not empty; name a directory that is empty or is not there yet")]
    NotEmpty(PathBuf),
    /// Something other than a directory is there.
    #[error("{0} is not a directory; name one that is empty or is not there yet")]
    NotADirectory(PathBuf),
    /// A file cannot be written.
    #[error("{path} cannot be written")]
    Unwritable {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// No bindings can be made for these powers.
    #[error("no bindings can be made: {0}")]
    Bindings(String),
}

/// Writes a project: its source with one field, one log line and one use of each power, what it says of itself, its narrow world, a test and a
/// README. Everything is checked before anything is written, and the directory has all of it or none.
///
/// # Errors
/// When a word is unknown, the directory is not empty, or a file cannot be written.
pub fn new(wanted: &NewPlugin<'_>) -> Result<Created, NewError> {
    name::check(wanted.name)?;
    let language = Language::of_word(wanted.language)
        .ok_or_else(|| unknown("language", wanted.language, Language::ALL.map(Language::as_str).to_vec()))?;
    let kind = kind_of_word(wanted.kind).ok_or_else(|| unknown("kind", wanted.kind, KINDS.map(|(word, _)| word).to_vec()))?;
    let mut powers = Vec::new();
    // A list in quotes has blanks: `--powers "containers, http"`.
    for word in wanted.powers.iter().map(|word| word.trim()).filter(|word| !word.is_empty()) {
        let power = power(word)?;
        if let Some(why) = kind.refuses(power) {
            return Err(NewError::Power { power, why });
        }
        powers.push(power);
    }
    powers.sort();
    powers.dedup();
    let project = template::Project { name: wanted.name, kind, language, powers: &powers };
    let files = project.files().map_err(NewError::Bindings)?;
    files::write(wanted.directory, &files)?;
    let files = files.into_keys().map(PathBuf::from).collect();
    Ok(Created { directory: wanted.directory.to_owned(), language, files })
}

fn power(word: &str) -> Result<Power, NewError> {
    Power::of_word(word).ok_or_else(|| unknown("power", word, Power::ALL.map(Power::as_str).to_vec()))
}

fn unknown(what: &'static str, word: &str, known: Vec<&str>) -> NewError {
    let help = match nearest(word, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are: {}", known.join(", ")),
    };
    NewError::Word { what, word: windlass_model::text::shortened(word, 200).into_owned(), help }
}
