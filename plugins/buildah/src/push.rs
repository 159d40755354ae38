//! From Buildah's storage to where the image is wanted.

use windlass_plugin_sdk::builder::{Workplace, dockerfile};
use windlass_plugin_sdk::{BuildRequest, Error, failed};

use crate::{TAIL, arguments, command, failure};

/// The format of an image's manifest. An OCI layout holds OCI manifests only, so an image of the other format would have another digest there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Oci,
    Docker,
}

impl Format {
    /// OCI, unless that would lose something and nothing asks for a layout.
    pub(crate) fn of(request: &BuildRequest) -> Self {
        let only_docker_has = |text: &str| {
            let keywords = dockerfile::instructions(text).into_iter().map(|instruction| instruction.keyword);
            keywords.into_iter().any(|keyword| matches!(keyword.as_str(), "HEALTHCHECK" | "ONBUILD" | "SHELL"))
        };
        if request.push && request.dockerfile_text.as_deref().is_some_and(only_docker_has) { Self::Docker } else { Self::Oci }
    }

    /// Its name on the command line.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Oci => "oci",
            Self::Docker => "docker",
        }
    }
}

/// The OCI layout that the plugin leaves.
pub(crate) fn layout(place: &Workplace) -> String {
    format!("{}/image", place.shared)
}

/// The file that Buildah writes the manifest's digest to.
pub(crate) fn digest_file(place: &Workplace) -> String {
    format!("{}/digest", place.private)
}

/// An image that was built.
pub(crate) struct Push<'a> {
    place: &'a Workplace,
    image: String,
}

impl<'a> Push<'a> {
    /// The image that the last build in this place left.
    pub(crate) fn of(place: &'a Workplace) -> Result<Self, Error> {
        let id = place.container.read_file(&arguments::image_id_file(place), 1024)?.unwrap_or_default();
        let image = String::from_utf8_lossy(&id).trim().to_owned();
        if image.is_empty() {
            return Err(failed("buildah succeeded but printed no image id; a flag such as --output or --manifest suppresses it"));
        }
        Ok(Self { place, image })
    }

    /// Writes it as an OCI layout. Gives the manifest's digest.
    pub(crate) fn to_layout(&self, directory: &str) -> Result<String, Error> {
        // Made first, so that its parents are there.
        self.place.container.write_file(&format!("{directory}/oci-layout"), 0o644, r#"{"imageLayoutVersion":"1.0.0"}"#)?;
        self.copy(&format!("oci:{directory}"))
    }

    /// Pushes it under each of the references. Gives the manifest's digest.
    pub(crate) fn to_registry(&self, references: &[String]) -> Result<String, Error> {
        let mut digests = Vec::new();
        for reference in references {
            digests.push(self.copy(&format!("docker://{reference}"))?);
        }
        digests.dedup();
        match digests.as_slice() {
            [digest] => Ok(digest.clone()),
            several => Err(failed(format!("buildah pushed one image under several digests: {}", several.join(", ")))),
        }
    }

    fn copy(&self, destination: &str) -> Result<String, Error> {
        let file = digest_file(self.place);
        let argv = vec!["push".to_owned(), format!("--digestfile={file}"), self.image.clone(), destination.to_owned()];
        let (exit, output) = command(self.place, argv).registry_credentials().output_shown(TAIL)?;
        if !exit.success() {
            return Err(failure::explain(&exit, &String::from_utf8_lossy(&output), None));
        }
        let digest = self.place.container.read_file(&file, 1024)?.unwrap_or_default();
        Ok(String::from_utf8_lossy(&digest).trim().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_oci_has_no_words_for_is_kept_where_it_can_be() {
        let request =
            |push: bool, text: &str| BuildRequest { dockerfile_text: Some(text.into()), push, ..BuildRequest::default() };
        assert_eq!(Format::of(&request(true, "FROM a\nHEALTHCHECK CMD true\n")), Format::Docker);
        assert_eq!(Format::of(&request(true, "FROM a\nRUN echo HEALTHCHECK\n")), Format::Oci);
        assert_eq!(Format::of(&request(false, "FROM a\nHEALTHCHECK CMD true\n")), Format::Oci);
    }
}
