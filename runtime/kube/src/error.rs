//! What the API server answers, in the port's words. Pure: from the client's errors to [`DriverError`].

mod admission;
mod quota;
mod rbac;
mod way;

use std::time::Duration;

use kube::client::UpgradeConnectionError;
use kube::core::Status;
use windlass_engine::ports::driver::DriverError;
use windlass_model::roles::Builders;

pub use quota::{Quota, exceeded};
pub use rbac::Permission;

use crate::pod_security::Level;
use way::Fault;

/// What most requests suggest.
static NO_BUILDERS: Builders = Builders::NONE;

/// What was asked of the cluster when an error came back: who to name in the message, and what permission it takes.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// The cluster, as the user knows it.
    pub target: &'a str,
    /// The address of its API server.
    pub server: &'a str,
    /// The namespace.
    pub namespace: &'a str,
    /// What it takes to be allowed to.
    pub permission: Permission,
    /// The object, when it is about one.
    pub object: &'a str,
    /// The Pod Security level that it needs, when it is a pod.
    pub needs: Level,
    /// The builders that can be suggested where that is too much.
    pub builders: &'a Builders,
}

impl<'a> Request<'a> {
    /// A request for something that needs no Pod Security level.
    pub fn new(target: &'a str, server: &'a str, namespace: &'a str, permission: Permission, object: &'a str) -> Self {
        Self { target, server, namespace, permission, object, needs: Level::Restricted, builders: &NO_BUILDERS }
    }

    /// The same for a pod that needs a level, and whose builder may give way to one of these.
    pub fn needing(self, needs: Level, builders: &'a Builders) -> Self {
        Self { needs, builders, ..self }
    }

    /// The port's error for what the client saw.
    pub fn error(&self, error: &kube::Error) -> DriverError {
        match error {
            kube::Error::Api(status) => self.answer(status),
            kube::Error::Auth(source) => self.fault(source),
            kube::Error::HyperError(source) => self.fault(source),
            kube::Error::Service(source) => self.fault(source.as_ref()),
            kube::Error::ReadEvents(source) => self.fault(source),
            kube::Error::UpgradeConnection(UpgradeConnectionError::ProtocolSwitch(status)) if is_busy(status.as_u16()) => {
                self.busy(format!("HTTP status {status}"))
            }
            kube::Error::UpgradeConnection(source) => self.fault(source),
            // An answer that ends in the middle was cut on its way.
            kube::Error::SerdeError(source) if source.is_eof() => self.unreachable("its answer was cut off".to_owned()),
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
            // An API server explains itself in a form of its own.
            404 | 405 if status.reason == UNREADABLE => self.unusable(
                format!("what answers there is not a Kubernetes API server (HTTP status {})", status.code),
                "check `server` of this cluster in the kubeconfig: its host, port and path".to_owned(),
            ),
            403 => self.forbidden(status),
            404 => self.not_found(status),
            code if is_busy(code) => self.busy(sentence(status)),
            // Two changes of one object met.
            409 if status.reason == "Conflict" => self.busy(sentence(status)),
            400 | 422 => admission::invalid(status),
            // No code: the client saw a failure that was not an answer of the API server's own.
            _ => DriverError::Other { target: self.target.to_owned(), message: sentence(status) },
        }
    }

    fn forbidden(&self, status: &Status) -> DriverError {
        // Admission answers 403 just as authorisation does; only authorisation says "cannot VERB resource".
        if !status.message.contains(" cannot ") {
            return admission::refused(status, self);
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

    /// That no answer came in time.
    pub fn no_answer(&self, within: Duration) -> DriverError {
        self.unreachable(format!("no answer within {} s", within.as_secs()))
    }

    fn fault(&self, error: &(dyn std::error::Error + 'static)) -> DriverError {
        match way::judge(error) {
            Fault::Passing(message) => self.unreachable(message),
            Fault::Lasting { message, help } => self.unusable(message, help),
            Fault::Credentials { message, help: None } => self.unauthenticated(message),
            Fault::Credentials { message, help: Some(help) } => {
                DriverError::Unusable { target: self.target.to_owned(), message, help }
            }
        }
    }

    fn unusable(&self, message: String, help: String) -> DriverError {
        DriverError::Unusable { target: self.place(), message, help }
    }

    /// The cluster with its address, for when the address may be what is wrong.
    fn place(&self) -> String {
        format!("{} at {}", self.target, self.server)
    }

    fn unreachable(&self, message: String) -> DriverError {
        DriverError::Unreachable { target: self.place(), message }
    }

    fn busy(&self, message: String) -> DriverError {
        DriverError::Busy { target: self.target.to_owned(), message }
    }

    fn unauthenticated(&self, message: String) -> DriverError {
        DriverError::Unauthenticated { target: self.target.to_owned(), message }
    }
}

/// What the client calls an answer that is not in the API server's own form.
const UNREADABLE: &str = "Failed to parse error data";

/// Whether an answer means that the same request may be answered otherwise in a while: too many requests, or something behind the API
/// server fails (its store, a webhook, a node that is fresh or going away).
fn is_busy(code: u16) -> bool {
    code == 429 || (500..600).contains(&code) && code != 501
}

/// What a status says, or its reason when it says nothing.
fn sentence(status: &Status) -> String {
    match (status.message.trim(), status.reason.as_str()) {
        ("", "") => format!("HTTP status {}", status.code),
        ("", reason) => reason.to_owned(),
        // Something on the way answered, in any format.
        (message, UNREADABLE) => bounded(message.lines().next().unwrap_or_default(), 200),
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
            return "an answer that is not text".to_owned();
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
