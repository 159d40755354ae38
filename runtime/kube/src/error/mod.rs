//! What the API server answers, in the port's words. Pure: from the client's errors to [`DriverError`].

mod admission;
mod rbac;

use kube::core::Status;
use windlass_engine::ports::driver::DriverError;

pub use rbac::Permission;

use crate::pod_security::Level;

/// What was asked of the cluster when an error came back: who to name in the message, and what permission it takes.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// The cluster, as the user knows it.
    pub target: &'a str,
    /// The namespace.
    pub namespace: &'a str,
    /// What it takes to be allowed to.
    pub permission: Permission,
    /// The object, when it is about one.
    pub object: &'a str,
    /// The Pod Security level that it needs, when it is a pod.
    pub needs: Level,
}

impl<'a> Request<'a> {
    /// A request for something that needs no Pod Security level.
    pub fn new(target: &'a str, namespace: &'a str, permission: Permission, object: &'a str) -> Self {
        Self { target, namespace, permission, object, needs: Level::Restricted }
    }

    /// The same for a pod that needs a level.
    pub fn needing(self, needs: Level) -> Self {
        Self { needs, ..self }
    }

    /// The port's error for what the client saw.
    pub fn error(&self, error: &kube::Error) -> DriverError {
        match error {
            kube::Error::Api(status) => self.answer(status),
            kube::Error::Auth(source) => self.unauthenticated(chain(source)),
            kube::Error::HyperError(source) => self.unreachable(chain(source)),
            kube::Error::Service(source) => self.unreachable(chain(source.as_ref())),
            kube::Error::ReadEvents(source) => self.unreachable(chain(source)),
            kube::Error::UpgradeConnection(source) => self.unreachable(chain(source)),
            other => DriverError::Other { target: self.target.to_owned(), message: brief(other) },
        }
    }

    /// The thing that the request is about, in words.
    pub fn describe(&self) -> String {
        if self.object.is_empty() {
            return self.permission.resource.to_owned();
        }
        format!("{} {}", self.permission.singular(), self.object)
    }

    fn answer(&self, status: &Status) -> DriverError {
        match status.code {
            401 => self.unauthenticated(sentence(status)),
            403 => self.forbidden(status),
            404 => self.not_found(status),
            429 | 502..=504 => self.unreachable(sentence(status)),
            // The API server reached, but not the node behind it: a fresh node, or one that is going away.
            500 if status.message.contains("dialing backend") => self.unreachable(sentence(status)),
            400 | 422 => admission::invalid(status),
            // No code: the client saw a failure that was not an answer of the API server's own.
            _ => DriverError::Other { target: self.target.to_owned(), message: sentence(status) },
        }
    }

    fn forbidden(&self, status: &Status) -> DriverError {
        // Admission answers 403 just as authorisation does; only authorisation says "cannot VERB resource".
        if !status.message.contains(" cannot ") {
            return admission::refused(status, self.namespace, self.needs);
        }
        DriverError::Forbidden {
            verb: self.permission.verb.to_owned(),
            resource: self.permission.resource.to_owned(),
            scope: format!("namespace {}", self.namespace),
            rule: self.permission.how_to_grant(self.namespace),
        }
    }

    fn not_found(&self, status: &Status) -> DriverError {
        let kind = status.details.as_ref().map(|details| details.kind.as_str());
        let what = match kind {
            Some("namespaces") => format!("namespace {}", self.namespace),
            _ => self.describe(),
        };
        DriverError::NotFound { what }
    }

    fn unreachable(&self, message: String) -> DriverError {
        DriverError::Unreachable { target: self.target.to_owned(), message }
    }

    fn unauthenticated(&self, message: String) -> DriverError {
        DriverError::Unauthenticated { target: self.target.to_owned(), message }
    }
}

/// What a status says, or its reason when it says nothing.
fn sentence(status: &Status) -> String {
    match (status.message.trim(), status.reason.as_str()) {
        ("", "") => format!("HTTP status {}", status.code),
        ("", reason) => reason.to_owned(),
        // Something on the way answered, in any format.
        (message, "Failed to parse error data") => bounded(message.lines().next().unwrap_or_default(), 200),
        (message, _) => bounded(message, LONGEST),
    }
}

/// An error as it may be shown and logged: bounded, and without a word of an answer that could not be read, which may be a Secret.
pub fn brief(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = Some(error);
    while let Some(inner) = cause {
        if let Some(problem) = inner.downcast_ref::<serde_json::Error>() {
            return format!("an answer that cannot be read (line {}, column {})", problem.line(), problem.column());
        }
        if inner.is::<std::str::Utf8Error>() || inner.is::<std::string::FromUtf8Error>() {
            return "an answer that is no text".to_owned();
        }
        cause = inner.source();
    }
    bounded(&chain(error), LONGEST)
}

/// The longest text of an answer that is passed on.
const LONGEST: usize = 2000;

fn bounded(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{}… (cut)", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// An error and its causes in one line, each said once.
pub fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests;
