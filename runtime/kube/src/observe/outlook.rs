//! What a container that waits can hope for, and why.

/// What can be expected of a container that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Waiting {
    /// It is being started.
    Fine,
    /// It can never start as things are.
    Hopeless(Cause),
    /// It may start yet.
    Doubtful(Cause),
}

/// A cause in one sentence, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cause {
    pub(super) message: String,
    pub(super) help: Option<String>,
}

impl Cause {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None }
    }

    pub(super) fn with_help(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { message: message.into(), help: Some(help.into()) }
    }
}
