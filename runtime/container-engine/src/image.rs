//! Images: there, or pulled.

mod build;
mod error;

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable as _};
use bollard::models::ImageInspect;
use bollard::query_parameters::CreateImageOptionsBuilder;
use futures::StreamExt;
use windlass_model::image::ImageReference;
use windlass_model::pod::PullPolicy;
use windlass_model::task::Architecture;

use crate::engine::Engine;

pub(crate) use error::ImageError;

/// When a pull is tried again that the network failed.
const AGAIN: ExponentialBuilder =
    ExponentialBuilder::new().with_min_delay(Duration::from_secs(2)).with_factor(2.0).with_max_times(2);

/// A reference in full, as engines take it. They refuse a tag beside a digest, which says all.
pub(crate) fn engine_reference(image: &ImageReference) -> String {
    match image.digest() {
        Some(digest) => format!("{}/{}@{}", image.registry(), image.repository(), digest.as_str()),
        None => image.canonical(),
    }
}

/// What happens while an image is fetched.
pub(crate) enum Fetch {
    /// It is being pulled.
    Pulling,
    /// It is there now, after a pull.
    Pulled,
    /// It failed, and is tried again.
    Again(String),
}

impl Engine {
    /// Sees to it that the engine has an image for the architecture.
    pub(crate) async fn ensure_image(
        &self,
        image: &ImageReference,
        policy: PullPolicy,
        architecture: Architecture,
        tell: &(dyn Fn(Fetch) + Sync),
    ) -> Result<(), ImageError> {
        let present = self.inspect_image(image).await?;
        let found = match (policy, present) {
            (PullPolicy::IfNotPresent | PullPolicy::Never, Some(found)) => found,
            (PullPolicy::Never, None) => return Err(ImageError::Never { image: image.clone() }),
            (PullPolicy::Always, _) | (PullPolicy::IfNotPresent, None) => {
                tell(Fetch::Pulling);
                self.pull(image, architecture, tell).await?;
                tell(Fetch::Pulled);
                self.inspect_image(image).await?.ok_or_else(|| ImageError::Vanished { image: image.clone() })?
            }
        };
        // Podman's import and some builders leave the field empty.
        match found.architecture.as_deref() {
            Some(is) if !is.is_empty() && is != architecture.as_str() => {
                Err(ImageError::Architecture { image: image.clone(), is: is.to_owned(), wanted: architecture })
            }
            _ => Ok(()),
        }
    }

    async fn inspect_image(&self, image: &ImageReference) -> Result<Option<ImageInspect>, ImageError> {
        match self.docker.inspect_image(&engine_reference(image)).await {
            Ok(found) => Ok(Some(found)),
            Err(e) if crate::error::is_missing(&e) => Ok(None),
            Err(e) => Err(ImageError::Engine { image: image.clone(), message: crate::error::message(&e) }),
        }
    }

    async fn pull(
        &self,
        image: &ImageReference,
        architecture: Architecture,
        tell: &(dyn Fn(Fetch) + Sync),
    ) -> Result<(), ImageError> {
        let pull = || async { self.pull_once(image, architecture).await.map_err(|message| ImageError::of_pull(image, message)) };
        let tell_again = |error: &ImageError, _: Duration| tell(Fetch::Again(error.to_string()));
        pull.retry(AGAIN).when(ImageError::is_transient).notify(tell_again).await
    }

    async fn pull_once(&self, image: &ImageReference, architecture: Architecture) -> Result<(), String> {
        let options = CreateImageOptionsBuilder::default()
            .from_image(&engine_reference(image))
            .platform(&format!("linux/{}", architecture.as_str()))
            .build();
        let mut progress = self.docker.create_image(Some(options), None, None);
        while let Some(step) = progress.next().await {
            let step = step.map_err(|e| crate::error::message(&e))?;
            if let Some(message) = step.error_detail.and_then(|e| e.message) {
                return Err(message);
            }
        }
        Ok(())
    }
}
