//! From a lock to its one text.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use windlass_artifact::signature::Signer;
use windlass_model::digest::Digest;

use super::{Lock, LockError, VERSION, powers};

/// What stands above everything.
const HEAD: &str =
    "# The plugins that this project runs, to the byte, and what they ask for. windlass writes this file: commit it.
# `windlass plugin update` changes it.
";

impl Lock {
    /// The text of the file. The same lock always has the same text.
    pub fn render(&self) -> String {
        let mut text = format!("{HEAD}version: {VERSION}\n");
        section(&mut text, "bundles", &self.bundles, |text, bundle| {
            tag(text, bundle.tag.as_deref());
            digest(text, "manifest", &bundle.manifest);
            signer(text, bundle.signer.as_ref());
        });
        section(&mut text, "plugins", &self.plugins, |text, plugin| {
            let word = |word: &str| quoted(word);
            line(text, &format!("name: {}", word(&plugin.name)));
            line(text, &format!("kind: {}", plugin.kind));
            line(text, &format!("version: {}", word(&plugin.version)));
            line(text, &format!("interface: {}", word(&plugin.interface)));
            tag(text, plugin.tag.as_deref());
            digest(text, "manifest", &plugin.manifest);
            digest(text, "component", &plugin.component);
            items(text, "powers", powers::items(&plugin.powers));
            items(text, "secrets", plugin.secrets.iter().map(|name| word(name)).collect());
            signer(text, plugin.signer.as_ref());
        });
        text
    }

    /// Writes the file, at once, unless it has this text already. A file that is there keeps its mode. Says whether it was written.
    ///
    /// # Errors
    /// When it cannot be written. Then what was there is there still.
    pub fn write(&self, path: &Path) -> Result<bool, LockError> {
        let text = self.render();
        if windlass_files::named(path, super::MAX_BYTES).is_ok_and(|there| there == text.as_bytes()) {
            return Ok(false);
        }
        windlass_files::put_named(path, text.as_bytes())?;
        Ok(true)
    }
}

fn section<T>(text: &mut String, name: &str, entries: &BTreeMap<String, T>, each: impl Fn(&mut String, &T)) {
    if entries.is_empty() {
        return;
    }
    // Writing to a String cannot fail.
    let _ = writeln!(text, "\n{name}:");
    for (reference, entry) in entries {
        let _ = writeln!(text, "  {}:", key(reference));
        each(text, entry);
    }
}

fn line(text: &mut String, line: &str) {
    let _ = writeln!(text, "    {line}");
}

fn tag(text: &mut String, tag: Option<&str>) {
    if let Some(tag) = tag {
        line(text, &format!("tag: {}", quoted(tag)));
    }
}

fn digest(text: &mut String, name: &str, digest: &Digest) {
    line(text, &format!("{name}: {digest}"));
}

/// One in a line, so that a change to one is a change to one line.
fn items(text: &mut String, name: &str, items: Vec<String>) {
    if items.is_empty() {
        line(text, &format!("{name}: []"));
        return;
    }
    line(text, &format!("{name}:"));
    for item in items {
        line(text, &format!("  - {item}"));
    }
}

fn signer(text: &mut String, signer: Option<&Signer>) {
    match signer {
        None => {}
        Some(Signer::Key(key)) => line(text, &format!("signer: {{key: {}}}", quoted(key.as_str()))),
        Some(Signer::Identity(who)) => {
            line(text, &format!("signer: {{identity: {}, issuer: {}}}", quoted(&who.identity), quoted(&who.issuer)));
        }
    }
}

/// A reference as a key: without quotes where no reader could take it for something else.
fn key(reference: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '/' | '-' | '_' | ':' | '@' | '^' | '~' | '+' | '#');
    let begins = reference.starts_with("oci://");
    if begins && reference.chars().all(plain) && !reference.ends_with(':') { reference.to_owned() } else { quoted(reference) }
}

/// A text as YAML needs it: in quotes where a reader could take it for something else.
pub(super) fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '/' | '-' | '_');
    let word = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"].contains(&text.to_ascii_lowercase().as_str());
    if !word && text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(plain) {
        return text.to_owned();
    }
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            ' '..='~' => quoted.push(c),
            c if c.is_alphanumeric() => quoted.push(c),
            c => {
                let _ = write!(quoted, "\\U{:08x}", u32::from(c));
            }
        }
    }
    quoted.push('"');
    quoted
}
