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

/// What an engine said, without the wrapping.
pub(crate) fn message(error: &Error) -> String {
    match error {
        Error::DockerResponseServerError { message, .. } => message.trim().to_owned(),
        Error::DockerStreamError { error } => error.trim().to_owned(),
        other => chain(other),
    }
}

impl Engine {
    /// What an error means when nothing better is known of it.
    pub(crate) fn error(&self, error: &Error) -> DriverError {
        let target = self.describe();
        match error {
            Error::DockerResponseServerError { .. } | Error::DockerStreamError { .. } | Error::JsonDataError { .. } => {
                DriverError::Other { target, message: message(error) }
            }
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
