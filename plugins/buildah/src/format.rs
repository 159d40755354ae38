//! The format of what is built.

use windlass_plugin_sdk::BuildRequest;
use windlass_plugin_sdk::builder::dockerfile;

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
