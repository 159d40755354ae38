//! `--cache-from` and `--cache-to`, as buildx takes them, for the one kind that a request has fields for: an image in a registry. Pure.

use crate::failure::Failure;

/// An image that layers are kept in.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Layers {
    /// The image, or `shared` for the store's.
    pub(super) reference: String,
    /// `min` or `max`.
    pub(super) mode: Option<String>,
}

impl Layers {
    /// Reads one: a reference alone, or `type=registry,ref=…[,mode=…]`.
    ///
    /// # Errors
    /// When it is another kind of cache, or has a key that nothing honours.
    pub(super) fn read(flag: &str, text: &str) -> Result<Self, Failure> {
        let usage = |message: String| Failure::usage(message, format!("write {flag} IMAGE, or {flag} type=registry,ref=IMAGE"));
        if !text.contains('=') {
            return Ok(Self { reference: text.to_owned(), mode: None });
        }
        let (mut reference, mut mode) = (None, None);
        for (key, value) in text.split(',').map(|part| part.split_once('=').unwrap_or((part, ""))) {
            match key {
                "type" if value == "registry" => {}
                "type" => return Err(usage(format!("{flag}: layers are kept in a registry, and not in `{value}`"))),
                "ref" if !value.is_empty() => reference = Some(value.to_owned()),
                "mode" if matches!(value, "min" | "max") => mode = Some(value.to_owned()),
                "mode" => return Err(usage(format!("{flag}: `mode` is min or max, and not `{value}`"))),
                other => return Err(usage(format!("{flag}: `{other}` is not honoured by any builder here"))),
            }
        }
        let reference = reference.ok_or_else(|| usage(format!("{flag} names no image: `ref` is missing")))?;
        Ok(Self { reference, mode })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_alone_or_with_keys() {
        let read = |text: &str| Layers::read("--cache-to", text).map_err(|error| error.to_string());
        let layers = |reference: &str, mode: Option<&str>| Ok(Layers { reference: reference.into(), mode: mode.map(Into::into) });
        assert_eq!(read("r/c:1"), layers("r/c:1", None));
        assert_eq!(read("type=registry,ref=r/c,mode=max"), layers("r/c", Some("max")));
        for (text, word) in [
            ("type=gha", "`gha`"),
            ("type=registry", "`ref`"),
            ("ref=r,mode=all", "`all`"),
            ("ref=r,compression=zstd", "compression"),
        ] {
            assert!(read(text).is_err_and(|error| error.contains(word)), "{text}");
        }
    }
}
