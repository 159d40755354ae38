//! What is true of a variable because of its name, its value or its length.

/// Names that end so hold secrets by long custom; the hosted service masked them without being asked.
const SECRET_ENDINGS: [&str; 5] = ["_PASSWORD", "_SECRET", "_TOKEN", "_ACCESS_KEY", "_SECRET_KEY"];

/// Whether the name of a variable alone says that its value is a secret.
pub fn is_sensitive(name: &str) -> bool {
    SECRET_ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Whether the plain text of a variable that is [sensitive](is_sensitive) by its name can be a secret: a switch such as `NEEDS_TOKEN: true` is
/// none, and neither is text that refers to other variables.
pub fn can_be_secret(value: &str) -> bool {
    const SWITCHES: [&str; 8] = ["true", "false", "yes", "no", "on", "off", "none", "null"];
    !value.contains('$') && !SWITCHES.iter().any(|switch| value.trim().eq_ignore_ascii_case(switch))
}

/// The most bytes of `NAME=value`: Linux takes 128 KiB with the NUL behind it, whatever the image.
pub const LONGEST: usize = (128 << 10) - 1;

/// The most bytes that Linux takes for all arguments and variables of a command together, where nobody changed the limit of its stack.
pub const ALL_TOGETHER: usize = 2 << 20;

/// Whether no command can be given this variable.
pub fn is_too_long(name: &str, value_length: usize) -> bool {
    name.len().saturating_add(1).saturating_add(value_length) > LONGEST
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_that_a_value_is_a_secret() {
        for name in ["DOCKER_PASSWORD", "NPM_TOKEN", "AWS_SECRET_ACCESS_KEY", "A_SECRET", "A_SECRET_KEY"] {
            assert!(is_sensitive(name), "{name}");
        }
        for name in ["CIRRUS_BRANCH", "TOKENS", "TOKEN", "npm_token", "KEY"] {
            assert!(!is_sensitive(name), "{name}");
        }
        assert!(can_be_secret("npm-0123") && !can_be_secret("True") && !can_be_secret("$OTHER"));
    }

    #[test]
    fn a_variable_is_too_long_from_the_byte_on_that_linux_refuses() {
        assert!(!is_too_long("A", LONGEST - 2) && is_too_long("A", LONGEST - 1));
    }
}
