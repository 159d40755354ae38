//! Why a pod cannot start.

use bollard::errors::Error;
use windlass_engine::ports::driver::PodEvent;
use windlass_model::secret::SecretName;

use crate::identity::Kind;
use crate::image::ImageError;
use crate::refusal::Advice;

/// Why a pod cannot start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    #[error(transparent)]
    Image(Box<ImageError>),
    #[error("secret {secret} has no value")]
    NoValue { secret: SecretName },
    #[error("secret {secret} is not UTF-8 text, which a variable of container {container} must be")]
    NotText { container: String, secret: SecretName },
    #[error("container {container} is supervised, so secret {secret} may not be in its environment")]
    SecretInEnvironment { container: String, secret: SecretName },
    #[error("the agent's program could not be packed")]
    Archive(#[source] std::io::Error),
    #[error("the engine refused {action}: {}", crate::error::message(cause))]
    Engine { action: String, cause: Error },
    #[error("{} {name} already exists, and this run did not create it", kind.word())]
    NameTaken { kind: Kind, name: String },
    /// The pod is being deleted. Nobody is told.
    #[error("cancelled")]
    Cancelled,
}

impl From<ImageError> for StartError {
    fn from(error: ImageError) -> Self {
        Self::Image(Box::new(error))
    }
}

impl StartError {
    pub(crate) fn engine(action: impl Into<String>) -> impl FnOnce(Error) -> Self {
        let action = action.into();
        move |cause| Self::Engine { action, cause }
    }

    /// What to do about it, when windlass knows.
    pub(crate) fn help(&self, advice: &Advice<'_>) -> Option<String> {
        match self {
            Self::Image(error) => error.help(),
            Self::Engine { cause, .. } => crate::refusal::help(&crate::error::message(cause), advice),
            Self::NoValue { secret } => Some(format!("give {secret} a value in windlass.yaml or in the environment")),
            Self::NameTaken { .. } => Some(
                "run again, which uses other names, and find out who created it: it may be meant to impersonate windlass".into(),
            ),
            _ => None,
        }
    }

    pub(crate) fn event(&self, container: Option<&str>, advice: &Advice<'_>) -> PodEvent {
        let (message, help) = (crate::error::chain(self), self.help(advice));
        PodEvent::CannotStart { container: container.map(str::to_owned), message, help }
    }
}
