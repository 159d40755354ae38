//! From Buildah's storage to where the image is wanted.

use windlass_plugin_sdk::builder::Workplace;
use windlass_plugin_sdk::{Error, failed};

use crate::{TAIL, arguments, command, failure};

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
