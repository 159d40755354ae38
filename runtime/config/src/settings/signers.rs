//! `signers`: whose signatures are trusted, and how far.

use super::fields::{Fields, all};
use super::plugins;
use crate::diagnostics::{Code, Diagnostic};
use crate::shape::Shape;
use crate::yaml::Entry;
use windlass_model::pattern::Pattern;
use windlass_model::plugin_reference::is_name;
use windlass_model::settings::{SignedBy, TrustedSigner};

const KEYS: [&str; 7] = ["key", "identity", "issuer", "trusted_root", "reach", "settings", "plugins"];

/// Entries in the order in which they are written: the first that has signed a plugin counts for it.
pub(super) fn signers(entry: &Entry, fields: &Fields<'_>) -> Vec<TrustedSigner> {
    match entry.value.as_map() {
        Some(entries) => {
            fields.no_repeats(entries);
            entries.iter().filter_map(|signer| self::signer(signer, fields)).collect()
        }
        None if entry.value.is_absent() => Vec::new(),
        None => {
            fields.wrong_type(entry, Shape::Map);
            Vec::new()
        }
    }
}

fn signer(signer: &Entry, fields: &Fields<'_>) -> Option<TrustedSigner> {
    let name = &*signer.key.text;
    if !is_name(name) {
        let problem = Diagnostic::error(Code::InvalidValue, signer.key.span, format!("`{name}` cannot name a signer"));
        fields.push(problem.help("use letters, digits, `-`, `_` and `.`, 64 at most, and begin with a letter or a digit"));
        return None;
    }
    let what = format!("the signer `{name}`");
    let entries = fields.map(&signer.value, signer.key.span, &what, &KEYS)?;
    let find = |key: &str| entries.iter().find(|entry| &*entry.key.text == key);
    let by = by(entries, signer, &what, fields);
    let reach = match find("reach") {
        Some(entry) => reach(entry, fields),
        None => {
            let help = "list the repositories whose plugins it vouches for: `reach: [\"registry.corp/ci/*\"]`";
            fields.missing(entries, signer.key.span, &what, "reach", help);
            None
        }
    };
    let settings = find("settings").map_or(Some(false), |entry| fields.flag(entry));
    let plugins = find("plugins").map(|entry| plugins::grants(entry, fields)).unwrap_or_default();
    Some(TrustedSigner { name: name.to_owned(), by: by?, reach: reach?, settings: settings?, plugins })
}

/// A key, or everything that knows a certificate: one of the two.
fn by(entries: &[Entry], signer: &Entry, what: &str, fields: &Fields<'_>) -> Option<SignedBy> {
    const HELP: &str = "give it `key: FILE`, or `identity`, `issuer` and `trusted_root: FILE`";
    let find = |key: &str| entries.iter().find(|entry| &*entry.key.text == key);
    let keyless = ["identity", "issuer", "trusted_root"];
    let there = keyless.iter().find_map(|key| find(key));
    match (find("key"), there) {
        (Some(_), Some(other)) => {
            let message = format!("{what} is known by a key, and `{}` is for certificates", other.key.text);
            fields.push(Diagnostic::error(Code::InvalidValue, other.key.span, message).help(HELP));
            None
        }
        (Some(key), None) => Some(SignedBy::Key { file: fields.word(key)? }),
        (None, None) => {
            fields.missing(entries, signer.key.span, what, "key", HELP);
            None
        }
        (None, Some(_)) => {
            let word = |key: &&str| match find(key) {
                Some(entry) => fields.word(entry),
                None => {
                    fields.missing(entries, signer.key.span, what, key, HELP);
                    None
                }
            };
            let words: Option<Vec<String>> = all(keyless.iter().map(word));
            let [identity, issuer, trusted_root] = <[String; 3]>::try_from(words?).ok()?;
            Some(SignedBy::Certificate { identity, issuer, trusted_root })
        }
    }
}

/// Repositories and paths. A pattern for a host alone would mean nothing, or every host that begins so.
fn reach(entry: &Entry, fields: &Fields<'_>) -> Option<Vec<Pattern>> {
    const HELP: &str = "write `REGISTRY/REPOSITORY` without a tag, as in `registry.corp/ci/*`; for layouts on disk their whole \
                        path; `*` for everything";
    let words = fields.words(entry)?;
    let is_place = |word: &String| word == "*" || word.contains('/') && !word.contains("://") && !word.contains('@');
    let wrong: Vec<&String> = words.iter().filter(|word| !is_place(word)).collect();
    for wrong in &wrong {
        fields.invalid(entry, format!("`{wrong}` is no repository"), HELP);
    }
    wrong.is_empty().then(|| words.iter().cloned().map(Pattern).collect())
}
