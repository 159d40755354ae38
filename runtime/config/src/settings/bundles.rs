//! `bundles`: the names of bundles, and where each is.

use super::fields::Fields;
use crate::diagnostics::{Code, Diagnostic};
use crate::yaml::Entry;
use windlass_model::plugin_reference::{PluginReference, is_name};

/// A bundle is on disk or in a registry, and its name can stand before a `/` without being taken for a path.
pub(super) fn bundle(bundle: &Entry, fields: &Fields<'_>) -> Option<PluginReference> {
    const HELP: &str = "write `oci://REGISTRY/REPOSITORY:^1`, or the path of an OCI layout: `./bundle.tar`";
    let name = &*bundle.key.text;
    if !is_name(name) {
        let message = format!("`{name}` cannot name a bundle");
        let problem = Diagnostic::error(Code::InvalidValue, bundle.key.span, message);
        fields.push(problem.help("use letters, digits, `-`, `_` and `.`, 64 at most, and begin with a letter or a digit"));
        return None;
    }
    let word = fields.word(bundle)?;
    if is_of_registry(&word) {
        let message = format!("`{word}` is a path as it stands, and looks like a place in a registry");
        fields.invalid(bundle, message, &format!("write `oci://{word}`, or `./{word}` for a path"));
        return None;
    }
    match PluginReference::parse(&word) {
        Ok(place @ (PluginReference::Registry(_) | PluginReference::File(_))) => Some(place),
        Ok(other) => {
            fields.invalid(bundle, format!("`{other}` is neither a path nor in a registry"), HELP);
            None
        }
        Err(error) => {
            fields.invalid(bundle, error.to_string(), HELP);
            None
        }
    }
}

/// Whether a path that does not begin as one was meant for a place in a registry: the first name is a host, or a tag stands behind the last.
fn is_of_registry(word: &str) -> bool {
    if word.starts_with(['.', '/']) || word.starts_with("oci://") || word.ends_with(".tar") {
        return false;
    }
    let Some((host, rest)) = word.split_once('/') else { return false };
    host.contains(['.', ':']) || host == "localhost" || rest.contains([':', '@'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_a_registry_is_told_from_a_path() {
        for word in
            ["registry.corp/ci/windlass:^3", "localhost/ci", "r:5000/ci/x", "ci/windlass:3.1.0", "ghcr.io/acme/x@sha256:ab"]
        {
            assert!(is_of_registry(word), "{word}");
        }
        for word in [
            "oci://registry.corp/ci/x:^3",
            "./registry.corp/x",
            "/opt/b",
            "../b:1/x",
            "bundles/corp",
            "b.tar",
            "dist/b-1.0.tar",
            "bundle",
        ] {
            assert!(!is_of_registry(word), "{word}");
        }
    }
}
