//! The image of a container, and what it is pulled with.

use super::fill::Filled;
use super::read::{Reader, last, place};
use super::secrets::is_secret;
use crate::diagnostics::{Code, Diagnostic};
use crate::yaml::{Entry, Key};
use windlass_model::image::ImageReference;

/// What the nodes pull with.
pub(super) const REGISTRY_CONFIG: &str = "registry_config";

impl Reader<'_> {
    /// The image, which has to be there.
    pub(super) fn image(&self, entries: &[Entry], owner: &Key) -> Option<ImageReference> {
        let Some(entry) = last(entries, "image") else {
            let help = "name the image its container starts from: `image: docker:latest`";
            self.missing(owner, entries, &["image", "dockerfile"], help);
            return None;
        };
        let help = "write `name:tag`, `registry/name:tag` or `registry/name@sha256:…`, the name in lower case";
        match self.text_of(entry)? {
            Filled::Known(text) => {
                self.parsed_text(entry, &text, |text| ImageReference::parse(text).map_err(|error| error.to_string()), help)
            }
            Filled::Open(text) => Some(ImageReference::open(text)),
        }
    }

    /// Only the name of a Secret can be used: a configuration in the file would put credentials into the plan.
    pub(super) fn registry_secret(&self, entries: &[Entry]) -> Option<String> {
        let entry = last(entries, REGISTRY_CONFIG)?;
        let text = entry.value.as_text().map(|text| text.text.trim().to_owned()).unwrap_or_default();
        if text.is_empty() || text.starts_with('{') || is_secret(&text) {
            self.push(
                Diagnostic::warning(
                    Code::Ignored,
                    place(entry),
                    "`registry_config` takes the name of a `dockerconfigjson` Secret here",
                )
                .help("create it with `kubectl create secret docker-registry NAME …` and write its name"),
            );
            return None;
        }
        self.field(entry)
    }
}
