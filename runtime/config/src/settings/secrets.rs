//! `secrets`: where the value of each comes from. Never the value itself.

use super::fields::Fields;
use crate::diagnostics::{Code, Diagnostic};
use crate::shape::Shape;
use crate::yaml::Entry;
use windlass_model::settings::SecretSource;

const KEYS: [&str; 4] = ["env", "file", "command", "kubernetes"];

pub(super) fn source(secret: &Entry, fields: &Fields<'_>) -> Option<SecretSource> {
    let name = &*secret.key.text;
    if secret.value.as_text().is_some() && !secret.value.is_absent() {
        fields.push(
            Diagnostic::error(Code::MisplacedSecret, secret.key.span, format!("`{name}` says a value, and values of secrets do not belong here"))
                .help("say where it comes from: `env: NAME`, `file: path`, `command: [program, argument]` or `kubernetes: {name: …, key: …}`")
                .hiding_source(),
        );
        return None;
    }
    let entries = fields.map(&secret.value, secret.key.span, &format!("the secret `{name}`"), &KEYS)?;
    let known: Vec<&Entry> = entries.iter().filter(|entry| KEYS.contains(&&*entry.key.text)).collect();
    let [entry] = known.as_slice() else {
        let problem = match known.as_slice() {
            // A wrong word is reported already.
            [] if !entries.is_empty() => return None,
            [] => Diagnostic::error(Code::MissingKey, secret.key.span, format!("the secret `{name}` has no source")),
            [_, second, ..] => {
                Diagnostic::error(Code::RepeatedKey, second.key.span, format!("the secret `{name}` has several sources"))
            }
            [_] => return None,
        };
        fields.push(problem.help("give it one of `env`, `file`, `command` and `kubernetes`"));
        return None;
    };
    match &*entry.key.text {
        "env" => fields.word(entry).map(SecretSource::Env),
        "file" => fields.word(entry).map(SecretSource::File),
        "command" => command(entry, fields),
        _ => kubernetes(entry, fields),
    }
}

/// A list, so that no shell and no quoting are between the file and the program.
fn command(entry: &Entry, fields: &Fields<'_>) -> Option<SecretSource> {
    if entry.value.as_list().is_none_or(<[_]>::is_empty) {
        fields.wrong_type(entry, Shape::List("words, the program first"));
        return None;
    }
    fields.words(entry).map(SecretSource::Command)
}

fn kubernetes(entry: &Entry, fields: &Fields<'_>) -> Option<SecretSource> {
    let entries = fields.map(&entry.value, entry.key.span, "`kubernetes`", &["namespace", "name", "key"])?;
    let find = |key: &str| entries.iter().find(|entry| &*entry.key.text == key);
    let required = |key: &str, help: &str| {
        let found = find(key);
        if found.is_none() {
            fields.missing(entries, entry.key.span, "`kubernetes`", key, help);
        }
        found.and_then(|entry| fields.word(entry))
    };
    let name = required("name", "name the Secret");
    let key = required("key", "name the key in the Secret's data");
    Some(SecretSource::Kubernetes { namespace: find("namespace").and_then(|entry| fields.word(entry)), name: name?, key: key? })
}
