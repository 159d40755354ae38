//! Where a plugin may mount a volume in a container that it brings.

use windlass_model::path;
use windlass_model::pod::paths::CERTIFICATES;

use crate::words;

/// What a mount must neither lie in nor cover: windlass' own files, the kernel's, what every resolver reads, and the authorities that registries
/// are trusted by.
const KEPT: [&str; 8] = ["/windlass", "/proc", "/sys", "/dev", "/etc/hosts", "/etc/resolv.conf", "/etc/passwd", CERTIFICATES];

/// Takes an absolute path that has one form.
pub(super) fn mount(text: &str) -> Result<String, String> {
    let shown = words::name(text);
    if !text.starts_with('/') || text == "/" || path::normal(text) != text {
        return Err(format!("`{shown}` is not an absolute path without `.`, `..` and doubled slashes"));
    }
    // Container engines write a mount as SOURCE:TARGET:OPTIONS.
    if text.len() > 1024 || text.contains([':', ',', '\\']) || text.chars().any(char::is_control) {
        return Err(format!("`{shown}` holds a character that mounts cannot have, or is longer than 1024 bytes"));
    }
    let within =
        |inner: &str, outer: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    match KEPT.into_iter().find(|kept| within(text, kept) || within(kept, text)) {
        Some(kept) => Err(format!("`{shown}` would lie in or cover {kept}")),
        None => Ok(text.to_owned()),
    }
}
