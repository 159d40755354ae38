//! Refusals, with the line of `windlass.yaml` that would turn them into a yes.

mod entry;

use windlass_engine::ports::plugin::PluginError;
use windlass_model::plugin::{Grants, PluginInfo, Power};
use windlass_model::secret::SecretName;
use windlass_model::task::PluginReference;

use crate::schema::Refusal;
use crate::words;
pub(crate) use entry::{entries, named};

/// Who asks for powers: names for messages, and the name that `windlass.yaml` knows.
#[derive(Debug, Clone)]
pub(crate) struct Asker {
    /// Name and version.
    pub(crate) plugin: String,
    /// As `uses:` has it.
    pub(crate) reference: String,
}

impl Asker {
    pub(crate) fn new(info: &PluginInfo) -> Self {
        let reference = match &info.reference {
            PluginReference::BuiltIn(name) => name.clone(),
            PluginReference::File(path) => path.clone(),
            PluginReference::Registry(reference) => format!("oci://{reference}"),
        };
        Self { plugin: format!("{} {}", info.name, info.version), reference }
    }

    /// The refusal of a field of the request.
    pub(crate) fn unsupported(&self, refusal: Refusal) -> PluginError {
        PluginError::Unsupported { plugin: self.plugin.clone(), field: refusal.field, reason: refusal.reason }
    }

    /// The refusal of something that the plugin answered or returned and that makes no sense.
    pub(crate) fn nonsense(&self, did: &str, refusal: Refusal) -> PluginError {
        let Refusal { field, reason } = refusal;
        let message = format!("{} {did} something that cannot be: {field}: {}", self.plugin, words::bounded(&reason));
        PluginError::Failed { plugin: self.plugin.clone(), message, exit_code: None }
    }

    /// The refusal of one power, for `detail` if it was more exactly asked for. `entry` would grant it.
    pub(crate) fn denied(&self, power: Power, detail: &str, entry: &str) -> PluginError {
        let grant = line(&self.reference, &[entry.to_owned()]);
        PluginError::Denied { plugin: self.plugin.clone(), power, detail: detail.to_owned(), grant }
    }
}

/// The first power that a plugin's imports ask for and that it was not granted, else the first of these secrets, with the line that grants
/// all such. What it brings is judged by what it brings.
pub(crate) fn missing(info: &PluginInfo, grants: &Grants, secrets: &[SecretName]) -> Option<PluginError> {
    let (power, detail) = match info.asks.list().find(|asked| *asked != Power::Pod && !grants.allows(*asked)) {
        Some(first) => match info.reasons.get(&first) {
            None => (first, String::new()),
            Some(reason) => (first, format!("it gives as reason: {reason}")),
        },
        None => (Power::Secrets, secrets.iter().find(|name| !grants.secrets.contains(name))?.to_string()),
    };
    let asker = Asker::new(info);
    // A plugin's entry is one list, so the line has what is granted already as well.
    let grant = line(&asker.reference, &entries(&info.asks, secrets));
    Some(PluginError::Denied { plugin: asker.plugin, power, detail, grant })
}

/// One line, so that it fits a sentence: an entry of `plugins`, in YAML's flow style.
fn line(reference: &str, entries: &[String]) -> String {
    format!("plugins: {{{}: [{}]}}", yaml_text(reference), entries.join(", "))
}

/// A text as YAML needs it: quoted where a reader could take it for something else.
pub(crate) fn yaml_text(key: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '/' | '-' | '_');
    if key.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '.' | '/')) && key.chars().all(plain) {
        key.to_owned()
    } else {
        format!("\"{}\"", key.replace('\\', "\\\\").replace('"', "\\\""))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use windlass_model::digest::Digest;
    use windlass_model::plugin::{PluginKind, Powers};

    use super::*;

    /// Whoever follows the line must not lose what was granted before.
    #[test]
    fn a_secret_that_was_not_granted_is_refused_with_all_that_the_plugin_needs() {
        let mut asks = Powers::default();
        asks.add(Power::Containers);
        asks.add(Power::Secrets);
        let info = PluginInfo {
            name: "pins".into(),
            version: "1.0.0".into(),
            kind: PluginKind::Step,
            digest: Digest::from_sha256([0; 32]),
            reference: PluginReference::File("./pins.wasm".into()),
            description: String::new(),
            asks: asks.clone(),
            reasons: BTreeMap::new(),
            honours: Vec::new(),
            interface: "0.1.0".into(),
            schema: serde_json::Value::Null,
            facts: BTreeMap::new(),
        };
        let name = |text: &str| SecretName::new(text).unwrap();
        let grants = Grants { powers: asks, secrets: vec![name("KEY")] };
        assert!(missing(&info, &grants, &[name("KEY")]).is_none());
        let Some(PluginError::Denied { detail, grant, .. }) = missing(&info, &grants, &[name("KEY"), name("OTHER")]) else {
            panic!()
        };
        assert_eq!((detail.as_str(), grant.as_str()), ("OTHER", "plugins: {./pins.wasm: [containers, {secrets: [KEY, OTHER]}]}"));
    }

    #[test]
    fn the_line_grants_by_the_name_that_the_task_file_uses() {
        let text = line("./pins.wasm", &["workspace-read".into(), "{secrets: [TOKEN]}".into()]);
        assert_eq!(text, "plugins: {./pins.wasm: [workspace-read, {secrets: [TOKEN]}]}");
        assert!(line("oci://corp/pins:1", &["containers".into()]).contains("{\"oci://corp/pins:1\": ["));
    }
}
