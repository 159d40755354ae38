//! Names and values as Kubernetes takes them, so that a slip has its line here and is no refusal of the API server's in the middle of a run.

use super::super::fields::Fields;
use crate::diagnostics::{Code, Diagnostic};
use crate::yaml::Entry;

/// What windlass writes on its pods is what it knows them by.
const OWN_LABEL: &str = "app.kubernetes.io/managed-by";
const OWN_DOMAIN: &str = "windlass.dev";

/// The architecture is what the agent that is brought into the pod was built for.
const ARCHITECTURE: &str = "kubernetes.io/arch";

/// Annotations that say what `securityContext` says: past whoever judges that.
const PROFILES: [&str; 3] = [
    "container.apparmor.security.beta.kubernetes.io",
    "container.seccomp.security.alpha.kubernetes.io",
    "seccomp.security.alpha.kubernetes.io",
];

pub(super) fn label(entry: &Entry, value: &str, fields: &Fields<'_>) -> Option<()> {
    not_ours(entry, fields)?;
    any_label(entry, value, fields)
}

pub(super) fn node_label(entry: &Entry, value: &str, fields: &Fields<'_>) -> Option<()> {
    if &*entry.key.text == ARCHITECTURE {
        let message = format!("`{ARCHITECTURE}` is chosen by the task");
        wrong_name(entry, fields, message, "write `architecture: arm64` in the task file");
        return None;
    }
    any_label(entry, value, fields)
}

pub(super) fn annotation(entry: &Entry, _: &str, fields: &Fields<'_>) -> Option<()> {
    not_ours(entry, fields)?;
    let key = &*entry.key.text;
    if PROFILES.iter().any(|domain| key.starts_with(domain)) {
        let message = format!("`{key}` chooses a security profile past `securityContext`");
        wrong_name(
            entry,
            fields,
            message,
            "write `securityContext: {seccompProfile: {type: …}}`; AppArmor's cannot be chosen here",
        );
        return None;
    }
    is_key(entry, fields)
}

pub(super) fn service_account(entry: &Entry, fields: &Fields<'_>) -> Option<String> {
    let name = fields.word(entry)?;
    if !is_domain(&name) {
        fields.invalid(
            entry,
            format!("`{name}` is not the name of a service account"),
            "write it as `kubectl get serviceaccounts` shows it",
        );
        return None;
    }
    Some(name)
}

fn not_ours(entry: &Entry, fields: &Fields<'_>) -> Option<()> {
    let key = &*entry.key.text;
    let domain = key.split_once('/').map_or("", |(domain, _)| domain);
    let ours = key == OWN_LABEL || domain == OWN_DOMAIN || domain.ends_with(&format!(".{OWN_DOMAIN}"));
    if ours {
        wrong_name(entry, fields, format!("`{key}` is windlass' own: it knows its pods by it"), "choose another name");
        return None;
    }
    Some(())
}

fn any_label(entry: &Entry, value: &str, fields: &Fields<'_>) -> Option<()> {
    is_key(entry, fields)?;
    if !value.is_empty() && !is_name(value) {
        let message = format!("`{value}` cannot be the value of a label");
        fields.invalid(entry, message, "write at most 63 letters, digits, `-`, `_` and `.`, a letter or digit at either end");
        return None;
    }
    Some(())
}

/// `name`, or `domain/name`.
pub(super) fn is_qualified(key: &str) -> bool {
    match key.split_once('/') {
        Some((domain, name)) => is_domain(domain) && is_name(name),
        None => is_name(key),
    }
}

fn is_key(entry: &Entry, fields: &Fields<'_>) -> Option<()> {
    let key = &*entry.key.text;
    if is_qualified(key) {
        return Some(());
    }
    let message = format!("`{key}` is not a name that Kubernetes takes");
    wrong_name(entry, fields, message, "write `name` or `domain/name`: `corp.example/team`");
    None
}

fn wrong_name(entry: &Entry, fields: &Fields<'_>, message: String, help: &str) {
    fields.push(Diagnostic::error(Code::InvalidValue, entry.key.span, message).help(help));
}

/// What a label's value and the last part of its name may be.
pub(super) fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    bytes.len() <= 63 && bytes.iter().copied().all(plain) && edge(bytes.first()) && edge(bytes.last())
}

/// A DNS subdomain.
fn is_domain(text: &str) -> bool {
    let label = |label: &str| {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        !label.is_empty() && label.len() <= 63 && label.bytes().all(plain) && !label.starts_with('-') && !label.ends_with('-')
    };
    text.len() <= 253 && text.split('.').all(label)
}
