//! An engine's answers as errors of the port.

use std::fmt::Write;

use bollard::errors::Error;
use windlass_engine::ports::driver::DriverError;

use crate::engine::Engine;

/// An error and all that caused it, in one line, without the repetition that wrapping errors make.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let said = cause.to_string();
        if !text.contains(&said) {
            let _ = write!(text, ": {said}");
        }
        source = cause.source();
    }
    text
}

/// The HTTP status that an engine answered with.
pub(crate) fn status(error: &Error) -> Option<u16> {
    match error {
        Error::DockerResponseServerError { status_code, .. } => Some(*status_code),
        _ => None,
    }
}

/// Whether an engine says that it has no such thing.
pub(crate) fn is_missing(error: &Error) -> bool {
    status(error) == Some(404)
}

/// Whether the thing to be made is there already.
pub(crate) fn is_conflict(error: &Error) -> bool {
    match error {
        Error::DockerResponseServerError { status_code: 409, .. } => true,
        // Older Podman answers 500 with these words.
        Error::DockerResponseServerError { status_code: 500, message } => {
            message.contains("already exists") || message.contains("already in use")
        }
        _ => false,
    }
}

/// The longest text of an answer that is passed on.
const LONGEST: usize = 2000;

fn bounded(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}… (cut)", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// What an engine said, without the wrapping.
pub(crate) fn message(error: &Error) -> String {
    match error {
        Error::DockerResponseServerError { message, .. } => bounded(message.trim()),
        Error::DockerStreamError { error } => bounded(error.trim()),
        // Its words quote the answer, in which variables of containers may be secret.
        Error::JsonDataError { column, .. } => format!("an answer that cannot be read (column {column})"),
        Error::JsonSerdeError { err } => format!("an answer that cannot be read (line {}, column {})", err.line(), err.column()),
        Error::StrParseError { .. } => "an answer that is not text".to_owned(),
        other => chain(other),
    }
}

impl Engine {
    /// What an error means when nothing better is known of it.
    pub(crate) fn error(&self, error: &Error) -> DriverError {
        let target = self.describe();
        match error {
            Error::DockerResponseServerError { .. }
            | Error::DockerStreamError { .. }
            | Error::JsonDataError { .. }
            | Error::JsonSerdeError { .. }
            | Error::StrParseError { .. } => DriverError::Other { target, message: message(error) },
            other => DriverError::Unreachable { target, message: chain(other) },
        }
    }

    /// The same, for a request about a container.
    pub(crate) fn container_error(&self, container: &str, error: &Error) -> DriverError {
        let container = container.to_owned();
        match status(error) {
            Some(404) => DriverError::NotRunning { container, message: "it does not exist: was it removed?".into() },
            Some(409) => DriverError::NotRunning { container, message: message(error) },
            _ if message(error).contains("is not running") || message(error).contains("container state improper") => {
                DriverError::NotRunning { container, message: message(error) }
            }
            _ => self.error(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words of a parser quote what it could not read, and that may be the environment of a container.
    #[test]
    fn an_answer_that_cannot_be_read_is_not_shown() {
        let unreadable = |text: &str| serde_json::from_str::<bool>(text).err().unwrap_or_else(|| panic!("it was read"));
        let quoted = unreadable("\"PASSWORD=hunter2\"");
        assert!(quoted.to_string().contains("hunter2"), "what is tested: {quoted}");
        let data = Error::JsonDataError { message: quoted.to_string(), column: 7 };
        assert_eq!(message(&data), "an answer that cannot be read (column 7)");
        assert_eq!(message(&Error::JsonSerdeError { err: quoted }), "an answer that cannot be read (line 1, column 18)");
        let long = Error::DockerResponseServerError { status_code: 500, message: "x".repeat(5000) };
        assert!(message(&long).ends_with("… (cut)") && message(&long).len() < 2100);
    }
}
