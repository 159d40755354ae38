//! Why a driver could not do something, in words for a person.

/// Why a driver could not do something.
#[derive(Debug, thiserror::Error)]
pub enum DriverError {
    /// No answer from the cluster or the engine.
    #[error("{target} cannot be reached: {message}")]
    Unreachable {
        /// The address or context.
        target: String,
        /// The cause.
        message: String,
    },
    /// It answers that it cannot do it now: it has too much to do, is starting, or something behind it fails.
    #[error("{target} cannot answer now: {message}")]
    Busy {
        /// The address or context.
        target: String,
        /// Its answer.
        message: String,
    },
    /// The way there is wrong, or what answers there is not what was meant: trying again does not help.
    #[error("{target} cannot be used: {message}")]
    Unusable {
        /// The address or context.
        target: String,
        /// The cause.
        message: String,
        /// What to do.
        help: String,
    },
    /// Authentication failed.
    #[error("{target} rejected your credentials: {message}")]
    Unauthenticated {
        /// The address or context.
        target: String,
        /// The cause.
        message: String,
    },
    /// Authorisation failed.
    #[error("you are not allowed to {verb} {resource} in {scope}")]
    Forbidden {
        /// The verb, as RBAC writes it.
        verb: String,
        /// The resource, as RBAC writes it.
        resource: String,
        /// The namespace, in words.
        scope: String,
        /// The RBAC rule or the setting that would allow it.
        rule: String,
    },
    /// Admission refused the pod: Pod Security, a quota, a webhook.
    #[error("the pod was refused: {message}")]
    Refused {
        /// The cause.
        message: String,
        /// What to do: the label to set, the plugin that needs less.
        help: String,
    },
    /// Somebody else's thing has the name that windlass' own would have.
    #[error("{what} already exists, and this run did not create it")]
    NameTaken {
        /// The thing, with its kind.
        what: String,
        /// What to do: look at it, and take it away.
        help: String,
    },
    /// Something that was expected to exist does not.
    #[error("{what} does not exist")]
    NotFound {
        /// The thing.
        what: String,
    },
    /// The container is not running, so nothing can be run in it.
    #[error("container {container} is not running: {message}")]
    NotRunning {
        /// The container.
        container: String,
        /// The cause.
        message: String,
    },
    /// The stream broke.
    #[error("the connection to container {container} broke: {message}")]
    Cut {
        /// The container.
        container: String,
        /// The cause.
        message: String,
    },
    /// Something is still there after a deletion.
    #[error("{what} could not be deleted: {message}")]
    Leftover {
        /// The thing.
        what: String,
        /// The cause.
        message: String,
        /// The command that deletes it.
        command: String,
    },
    /// Anything else the cluster or engine answered.
    #[error("{target}: {message}")]
    Other {
        /// The address or context.
        target: String,
        /// Its answer.
        message: String,
    },
}

impl DriverError {
    /// What the user can do about it, when windlass knows.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Unreachable { target, .. } => Some(format!("check that {target} answers: windlass doctor")),
            Self::Busy { .. } => Some("run again later, or let windlass ask for longer: `api_patience` in windlass.yaml".into()),
            Self::Unauthenticated { .. } => Some("renew the credentials of this kubeconfig context, then try again".into()),
            Self::Forbidden { rule, .. } => Some(rule.clone()),
            Self::Refused { help, .. } | Self::NameTaken { help, .. } | Self::Unusable { help, .. } => Some(help.clone()),
            Self::Leftover { command, .. } => Some(command.clone()),
            Self::NotFound { .. } | Self::NotRunning { .. } | Self::Cut { .. } | Self::Other { .. } => None,
        }
    }

    /// Whether trying the same again can help.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Busy { .. } | Self::Cut { .. })
    }
}
