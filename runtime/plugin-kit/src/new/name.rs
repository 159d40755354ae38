//! Names that are good for a file, a crate, a Go module and a manifest.

use super::NewError;

/// As manifests allow.
const LONGEST: usize = 64;

/// Checks a name.
pub(super) fn check(name: &str) -> Result<(), NewError> {
    let wrong = |why| NewError::Name { name: windlass_model::text::shortened(name, 200).into_owned(), why };
    if name.is_empty() {
        return Err(wrong("it is empty; give one such as `vault-login`"));
    }
    if name.contains(['/', '\\']) {
        return Err(wrong("it is a path; give the name alone, and the path as the directory"));
    }
    if name.len() > LONGEST {
        return Err(wrong("it has more than 64 characters"));
    }
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        return Err(wrong("it does not begin with a lower-case letter"));
    }
    if !name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') {
        return Err(wrong("it has other characters than lower-case letters, digits and `-`"));
    }
    if name.ends_with('-') || name.contains("--") {
        return Err(wrong("each `-` in it must stand between letters and digits"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_good_everywhere_are_taken() {
        for name in ["a", "vault-login", "scan2", "x1-2"] {
            assert!(check(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn others_are_refused_with_the_reason() {
        for (name, said) in [
            ("", "empty"),
            ("../evil", "path"),
            ("a/b", "path"),
            ("a\\b", "path"),
            ("..", "begin"),
            (".", "begin"),
            ("-a", "begin"),
            ("1a", "begin"),
            ("Scan", "begin"),
            ("sCan", "other characters"),
            ("a.b", "other characters"),
            ("a b", "other characters"),
            ("a\nb", "other characters"),
            ("ä", "begin"),
            ("aä", "other characters"),
            ("a-", "between"),
            ("a--b", "between"),
            (&"x".repeat(65), "64"),
        ] {
            let error = check(name).err().unwrap_or_else(|| panic!("{name:?} was taken")).to_string();
            assert!(error.contains(said) && !error.contains('\n'), "{name:?}: {error}");
        }
    }
}
