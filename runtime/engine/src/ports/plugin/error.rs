//! What a plugin, or whoever runs it, can fail at.

use windlass_model::plugin::Power;

/// Why a plugin did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum PluginError {
    /// There is no such plugin.
    #[error("plugin {reference} was not found: {message}")]
    NotFound {
        /// As it was written.
        reference: String,
        /// Where it was looked for, and the nearest names.
        message: String,
    },
    /// The file is not a plugin for this windlass.
    #[error("{reference} is not a plugin that this windlass can load: {message}")]
    Unloadable {
        /// As it was written.
        reference: String,
        /// What is wrong with it.
        message: String,
    },
    /// The plugin refuses the request.
    #[error("{plugin} cannot do this: {field}: {reason}{}", also.iter().map(|(field, reason)| format!("; {field}: {reason}")).collect::<String>())]
    Unsupported {
        /// Name and version.
        plugin: String,
        /// The field's path in `with`.
        field: String,
        /// Why.
        reason: String,
        /// Further fields that it refuses, each with the reason.
        also: Vec<(String, String)>,
    },
    /// The plugin ran and reports a failure.
    #[error("{message}")]
    Failed {
        /// Name and version.
        plugin: String,
        /// In its words.
        message: String,
        /// A command's exit code, when one was the cause.
        exit_code: Option<i32>,
    },
    /// What it answered or returned makes no sense, or is not its to give.
    #[error("{plugin} {did} something invalid: {field}: {reason}")]
    Invalid {
        /// Name and version.
        plugin: String,
        /// What it did: `asks for`, `returned`.
        did: &'static str,
        /// The field's path in the answer.
        field: String,
        /// Why, on one line.
        reason: String,
    },
    /// It asked for a power that it was not granted.
    #[error("{plugin} asked for `{power}`, which it was not granted")]
    Denied {
        /// Name and version.
        plugin: String,
        /// The power.
        power: Power,
        /// More exactly: which secret, which container.
        detail: String,
        /// The lines for `windlass.yaml` that grant it.
        grant: String,
    },
    /// It broke: a trap, a limit.
    #[error("{plugin} broke in `{export}`: {cause}")]
    Trapped {
        /// Name and version.
        plugin: String,
        /// The export that ran.
        export: String,
        /// The trap or limit in words.
        cause: String,
        /// Frames of the guest, innermost first.
        frames: Vec<String>,
    },
    /// The step was stopped.
    #[error("cancelled")]
    Cancelled,
    /// The world below it failed; worth a retry of the task.
    #[error("{message}")]
    Infrastructure {
        /// Name and version.
        plugin: String,
        /// The cause.
        message: String,
    },
}

impl PluginError {
    /// One error for each field of a request that is refused; any other error as it is.
    pub fn by_field(self) -> Vec<Self> {
        match self {
            Self::Unsupported { plugin, field, reason, also } => {
                let one = |(field, reason)| Self::Unsupported { plugin: plugin.clone(), field, reason, also: Vec::new() };
                std::iter::once((field, reason)).chain(also).map(one).collect()
            }
            other => vec![other],
        }
    }
}
