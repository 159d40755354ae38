//! Whose settings they are: not everybody may say everything.

use super::fields::Fields;
use crate::diagnostics::{Code, Diagnostic};
use crate::yaml::{Entry, Node};
use windlass_model::settings::SecretSource;

/// Who wrote a settings file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writer {
    /// Whoever runs windlass, and whoever looks after the machine: they may say everything.
    Platform,
    /// The authors of a project.
    Repository,
    /// Whoever packed a bundle. It says what a site's defaults are, and can grant nothing.
    Bundle,
}

/// What only a platform says.
const OF_PLATFORM: [&str; 1] = ["signers"];
/// What no bundle says: each would let it grant itself something, choose where pods or caches stand, or name further
/// plugins.
const OF_NO_BUNDLE: [&str; 7] = ["plugins", "signers", "bundles", "vendored", "generate", "clusters", "cache"];

/// Refuses keys that are not for whoever wrote them.
pub(super) fn check(entries: &[Entry], writer: Writer, fields: &Fields<'_>) {
    let refuse = |entry: &Entry, message: String, help: &str| {
        fields.push(Diagnostic::error(Code::MisplacedKey, entry.key.span, message).help(help));
    };
    for entry in entries {
        let key = &*entry.key.text;
        match writer {
            Writer::Platform => {}
            Writer::Repository if OF_PLATFORM.contains(&key) => refuse(
                entry,
                format!("`{key}` is not for a repository to say: it would decide itself whom to trust"),
                "whoever runs windlass writes it in ~/.config/windlass/windlass.yaml, in /etc/windlass/windlass.yaml, or in a file \
                 that --settings or WINDLASS_SETTINGS names",
            ),
            Writer::Repository => {}
            Writer::Bundle if OF_NO_BUNDLE.contains(&key) => refuse(
                entry,
                format!("the settings of a bundle cannot have `{key}`: a bundle can only ask"),
                "the platform's own windlass.yaml says it; take it out of the bundle",
            ),
            Writer::Bundle => of_bundle(entry, fields),
        }
    }
}

/// What within a key is not for a bundle: it has no files of its own, and reaches for none of the machine that reads it.
fn of_bundle(entry: &Entry, fields: &Fields<'_>) {
    match &*entry.key.text {
        "policy" => {
            let contexts = below(&entry.value, "contexts");
            if let Some(contexts) = contexts {
                let message =
                    "the settings of a bundle cannot have `policy: {contexts: […]}`, which says where no trust is asked for";
                let problem = Diagnostic::error(Code::MisplacedKey, contexts.key.span, message);
                fields.push(problem.help("the platform's own windlass.yaml says it; take it out of the bundle"));
            }
        }
        "registries" => {
            let files = entry.value.as_map().into_iter().flatten().filter_map(|registry| below(&registry.value, "ca_file"));
            files.for_each(|file| absolute(file, fields));
        }
        "environments" => below(&entry.value, "build").into_iter().for_each(|build| absolute(build, fields)),
        _ => {}
    }
}

fn below<'n>(node: &'n Node, key: &str) -> Option<&'n Entry> {
    node.as_map().into_iter().flatten().find(|entry| &*entry.key.text == key)
}

/// A path in the settings of a bundle counts from nowhere.
fn absolute(entry: &Entry, fields: &Fields<'_>) {
    let Some(text) = entry.value.as_text().map(|text| &*text.text) else { return };
    let is_path = &*entry.key.text == "ca_file" || text.starts_with('.') || text.ends_with(".wasm") || text.ends_with(".tar");
    if is_path && !text.starts_with('/') {
        let message = format!("`{text}` counts from no directory: a bundle brings no files");
        fields.push(Diagnostic::error(Code::MisplacedKey, entry.value.span, message).help("write the whole path, from `/`"));
    }
}

/// A source of a secret, where it is one that a bundle may name: nothing of the machine, and nothing of another namespace.
pub(super) fn source(secret: &Entry, source: SecretSource, writer: Writer, fields: &Fields<'_>) -> Option<SecretSource> {
    let reaches = match &source {
        SecretSource::Env(_) => "reads a variable of this machine",
        SecretSource::File(_) => "reads a file of this machine",
        SecretSource::Command(_) => "runs a program on this machine",
        SecretSource::Kubernetes { namespace: Some(_), .. } => "reads a Secret of a namespace that it chooses",
        SecretSource::Kubernetes { namespace: None, .. } => return Some(source),
    };
    if writer != Writer::Bundle {
        return Some(source);
    }
    let message = format!("the secret `{}` {reaches}, and the settings of a bundle cannot", secret.key.text);
    fields.push(
        Diagnostic::error(Code::MisplacedKey, secret.key.span, message)
            .help("name a Secret of the task's own namespace, `kubernetes: {name: …, key: …}`, or leave it to the platform's own windlass.yaml"),
    );
    None
}
