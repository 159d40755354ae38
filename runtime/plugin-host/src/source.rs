//! Where a plugin's bytes come from.

use std::borrow::Cow;
use std::path::Path;

use windlass_engine::ports::plugin::PluginError;
use windlass_model::nearest::nearest;
use windlass_model::plugin_reference::PluginReference;

/// A component of this size is no plugin. Python components, the largest kind, have 20 MB.
const MAX_BYTES: u64 = 128 << 20;

/// The plugins that windlass carries: names and components.
pub(crate) type BuiltIn = &'static [(&'static str, &'static [u8])];

/// Gets the bytes of a plugin; paths are relative to `base`.
pub(crate) fn fetch(reference: &PluginReference, base: &Path, built_in: BuiltIn) -> Result<Cow<'static, [u8]>, PluginError> {
    match reference {
        PluginReference::BuiltIn(name) => from_built_in(name, built_in).map(Cow::Borrowed),
        PluginReference::File(path) => from_file(path, base).map(Cow::Owned),
        PluginReference::Registry(_) | PluginReference::Member { .. } => Err(PluginError::NotFound {
            reference: reference.to_string(),
            message: "plugins of registries and bundles are not looked for here".into(),
        }),
    }
}

fn from_built_in(name: &str, built_in: BuiltIn) -> Result<&'static [u8], PluginError> {
    if let Some((_, bytes)) = built_in.iter().find(|(known, _)| *known == name) {
        return Ok(bytes);
    }
    let names: Vec<&str> = built_in.iter().map(|(known, _)| *known).collect();
    let near = nearest(name, names.iter().copied()).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
    let message = format!(
        "no plugin of this name is built in; {near}there are: {}; for a file, write its path, as in `./{name}.wasm`",
        names.join(", ")
    );
    Err(PluginError::NotFound { reference: name.to_owned(), message })
}

fn from_file(path: &str, base: &Path) -> Result<Vec<u8>, PluginError> {
    let full = base.join(path.trim_start_matches("./"));
    let not_found = |message: String| PluginError::NotFound { reference: path.to_owned(), message };
    windlass_files::named(&full, MAX_BYTES).map_err(|error| not_found(format!("{}: {error}", full.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUILT_IN: BuiltIn = &[("shell", b"a"), ("docker-build", b"b")];

    fn message(directory: &Path, reference: &PluginReference) -> String {
        match fetch(reference, directory, BUILT_IN) {
            Err(e) => e.to_string(),
            Ok(_) => panic!("it was found"),
        }
    }

    #[test]
    fn what_is_not_found_is_said_with_what_there_is() {
        let directory = tempfile::tempdir().unwrap();
        let message = |reference: &PluginReference| message(directory.path(), reference);
        let text = message(&PluginReference::BuiltIn("docker-biuld".into()));
        assert!(text.contains("did you mean `docker-build`?"), "{text}");
        let text = message(&PluginReference::File("./pins.wasm".into()));
        let file = directory.path().join("pins.wasm");
        assert!(text.contains(&format!("{}: No such file", file.display())), "{text}");
    }
}
