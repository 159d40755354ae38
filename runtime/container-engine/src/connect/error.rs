//! Why there is no engine, and what to do about it.

use std::fmt::Write;
use std::path::PathBuf;

use windlass_engine::ports::driver::DriverError;

use super::{Address, InvalidAddress, NotOpened};

/// Why no engine could be connected to.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// A setting cannot be understood.
    #[error("{origin} is wrong")]
    Address {
        /// The setting.
        origin: String,
        /// What is wrong.
        source: InvalidAddress,
    },
    /// The engine that was asked for does not answer.
    #[error("the container engine at {address} ({origin}) cannot be used: {reason}")]
    AskedFor {
        /// Who asked for it.
        origin: String,
        /// Where it should be.
        address: Address,
        /// Why it is not used.
        reason: NotOpened,
    },
    /// Nobody asked for one, and none of the usual ones is there.
    #[error("no container engine is running here{}", summary(tried))]
    NothingFound {
        /// What was tried, and why it was not used.
        tried: Vec<(String, NotOpened)>,
    },
    /// Podman would not listen.
    #[error("{} system service could not be started: {message}", program.display())]
    PodmanService {
        /// The program.
        program: PathBuf,
        /// The cause.
        message: String,
    },
}

impl ConnectError {
    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::Address { origin, .. } => format!("correct {origin}, or unset it to use the engine of this machine"),
            Self::AskedFor { reason: NotOpened::Denied { .. }, .. } => allow(),
            Self::AskedFor { origin, .. } => format!("start that engine, or correct {origin}"),
            Self::NothingFound { tried } if tried.iter().any(|(_, r)| matches!(r, NotOpened::Denied { .. })) => allow(),
            Self::NothingFound { .. } => {
                "install Docker or Podman and start it, or set DOCKER_HOST to its socket (unix:///path/to/docker.sock)".into()
            }
            Self::PodmanService { program, .. } => {
                format!(
                    "run `{} info` to see what is wrong with it, or set DOCKER_HOST to another engine's socket",
                    program.display()
                )
            }
        }
    }
}

impl From<ConnectError> for DriverError {
    fn from(error: ConnectError) -> Self {
        let target = match &error {
            ConnectError::AskedFor { address, .. } => address.to_string(),
            _ => "the container engine".to_owned(),
        };
        Self::Unreachable { target, message: format!("{} ({})", crate::error::chain(&error), error.help()) }
    }
}

fn allow() -> String {
    "join the group that owns the socket (usually `sudo usermod -aG docker $USER`, then log in again), or run a rootless engine and set \
     DOCKER_HOST to its socket"
        .into()
}

/// The places that were not simply empty.
fn summary(tried: &[(String, NotOpened)]) -> String {
    tried.iter().filter(|(_, reason)| *reason != NotOpened::Missing).fold(String::new(), |mut text, (origin, reason)| {
        let _ = write!(text, "; {origin}: {reason}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nothing(reasons: &[NotOpened]) -> ConnectError {
        ConnectError::NothingFound { tried: reasons.iter().map(|r| ("/run/some.sock".to_owned(), r.clone())).collect() }
    }

    #[test]
    fn a_forbidden_socket_is_told_from_no_engine_at_all() {
        let forbidden = nothing(&[NotOpened::Missing, NotOpened::Denied { group: Some(998) }]);
        assert_eq!(
            forbidden.to_string(),
            "no container engine is running here; /run/some.sock: you are not allowed to use this socket; group 998 may"
        );
        assert!(forbidden.help().contains("usermod"), "{}", forbidden.help());
        let none = nothing(&[NotOpened::Missing]);
        assert_eq!(none.to_string(), "no container engine is running here");
        assert!(none.help().contains("install Docker or Podman"), "{}", none.help());
    }

    #[test]
    fn a_wrong_setting_is_named_with_its_cause() {
        let source = InvalidAddress::Scheme("ssh://host".into());
        let error = DriverError::from(ConnectError::Address { origin: "DOCKER_HOST".into(), source });
        let text = error.to_string();
        assert!(text.contains("DOCKER_HOST is wrong: `ssh://host`") && text.contains("unset it"), "{text}");
    }
}
