//! Why an image cannot be had.

use windlass_model::image::ImageReference;
use windlass_model::task::Architecture;

/// Why an image cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ImageError {
    #[error("image {image} does not exist: {message}")]
    NotFound { image: ImageReference, message: String },
    #[error("{} refused to serve image {image}: {message}", image.registry())]
    Unauthorised { image: ImageReference, message: String },
    #[error("the engine does not trust {}, which serves image {image}: {message}", image.registry())]
    Untrusted { image: ImageReference, message: String },
    #[error("image {image} could not be pulled: {message}")]
    Pull { image: ImageReference, message: String },
    #[error("image {image} is not on the engine, and the plan forbids pulling it")]
    Never { image: ImageReference },
    #[error("image {image} was pulled, but the engine does not have it")]
    Vanished { image: ImageReference },
    #[error("image {image} is for {is}, but the task runs on {}", wanted.as_str())]
    Architecture { image: ImageReference, is: String, wanted: Architecture },
    #[error("the engine did not say whether it has image {image}: {message}")]
    Engine { image: ImageReference, message: String },
}

impl ImageError {
    /// What a registry means by what it says; engines only pass the words on. "Denied" comes first: Docker Hub answers it for
    /// what does not exist, adding both causes.
    pub(super) fn of_pull(image: &ImageReference, message: String) -> Self {
        let lower = message.to_lowercase();
        let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
        let image = image.clone();
        if says(&["unauthorized", "denied", "authentication required", "no basic auth credentials", "invalid username/password"])
        {
            Self::Unauthorised { image, message }
        } else if says(&[
            "manifest unknown",
            "name unknown",
            "not found",
            "does not exist",
            "no matching manifest",
            "no image found in image index",
        ]) {
            Self::NotFound { image, message }
        } else if says(&["http response to https client", "x509:", "certificate"]) {
            Self::Untrusted { image, message }
        } else {
            Self::Pull { image, message }
        }
    }

    /// Whether trying again can help.
    pub(super) fn is_transient(&self) -> bool {
        matches!(self, Self::Pull { .. })
    }

    /// What to do about it.
    pub(crate) fn help(&self) -> Option<String> {
        Some(match self {
            Self::NotFound { .. } => "check the image's name and tag".into(),
            Self::Unauthorised { image, .. } => format!(
                "check the image's name; if it is private, pull it once with your own credentials (`docker login {0}` and `docker pull {image}`, \
                 or the same with podman): windlass uses what the engine has",
                image.registry()
            ),
            Self::Untrusted { image, .. } => format!(
                "give the engine the registry's certificate (/etc/docker/certs.d/{0}/ca.crt, or /etc/containers/certs.d/{0}/ca.crt for Podman), or list {0} \
                 among its insecure registries",
                image.registry()
            ),
            Self::Pull { image, .. } => format!("check that this machine reaches {}", image.registry()),
            Self::Never { image } => format!("load it (docker load, podman load), or pull {image} yourself"),
            Self::Architecture { image, wanted, .. } => {
                format!(
                    "remove the local image so that windlass pulls the one for {}, or name an image other than {image}",
                    wanted.as_str()
                )
            }
            Self::Vanished { .. } | Self::Engine { .. } => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_registries_say_is_understood() -> Result<(), windlass_model::image::InvalidImage> {
        let image = ImageReference::parse("corp.example/app:1")?;
        let kind = |message: &str| match ImageError::of_pull(&image, message.to_owned()) {
            ImageError::NotFound { .. } => "not found",
            ImageError::Unauthorised { .. } => "unauthorised",
            ImageError::Untrusted { .. } => "untrusted",
            ImageError::Pull { .. } => "transient",
            _ => "other",
        };
        for (message, expected) in [
            ("manifest for corp.example/app:1 not found: manifest unknown: manifest unknown", "not found"),
            (
                "initializing source docker://corp.example/app:1: reading manifest 1 in corp.example/app: manifest unknown",
                "not found",
            ),
            ("pull access denied for app, repository does not exist or may require 'docker login'", "unauthorised"),
            (
                "unable to retrieve auth token: invalid username/password: unauthorized: incorrect username or password",
                "unauthorised",
            ),
            ("Get \"https://corp.example/v2/\": dial tcp: lookup corp.example: no such host", "transient"),
            ("Get \"https://localhost:5077/v2/\": http: server gave HTTP response to HTTPS client", "untrusted"),
            (
                "Get \"https://corp.example/v2/\": tls: failed to verify certificate: x509: certificate signed by unknown authority",
                "untrusted",
            ),
            ("no matching manifest for linux/arm64 in the manifest list entries", "not found"),
        ] {
            assert_eq!(kind(message), expected, "{message}");
        }
        Ok(())
    }
}
