//! Names of plugins, which become parts of paths, tags and messages.

use windlass_model::text::shortened;

/// The longest name.
const LONGEST: usize = 64;

/// A text cannot name a plugin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{:?} cannot name a plugin: a name has 1 to {LONGEST} letters, digits, `.`, `-`, `_` or `+`, and begins with a letter or digit", shortened(.0, LONGEST)
)]
pub struct InvalidName(pub String);

/// Checks a name: nothing in it leads out of a directory, is taken for an option, or moves a terminal's cursor.
///
/// # Errors
/// When it is empty, too long, or holds anything but letters and digits of ASCII and `.-_+`.
pub fn check(name: &str) -> Result<(), InvalidName> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '+');
    let good = name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.len() <= LONGEST && name.chars().all(plain);
    if good { Ok(()) } else { Err(InvalidName(name.to_owned())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_never_a_path_or_an_option() {
        for name in ["scan", "vault-login", "a.b_c+1", "7zip"] {
            assert_eq!(check(name), Ok(()));
        }
        for name in ["", ".", "..", "../x", "a/b", "a\\b", "/a", "-rf", "a b", "a\n", "a\0", "\u{202e}a", "é", &"x".repeat(65)] {
            assert!(check(name).is_err(), "{name:?}");
        }
        let long = check(&"/".repeat(1 << 20)).err().map(|e| e.to_string()).unwrap_or_default();
        assert!(long.len() < 400, "{}", long.len());
    }
}
