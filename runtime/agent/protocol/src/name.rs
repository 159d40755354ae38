//! Names that both ends can use as file names: of commands, secrets and uploads.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The longest name, in bytes. Longer ones meet the limits of file systems.
const LONGEST: usize = 200;

/// A name that was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{name:?} is not a name for a {what}: use 1 to 200 ASCII letters, digits, '-', '_' and '.', \
     and begin with a letter, a digit or '_'"
)]
pub struct InvalidName {
    what: &'static str,
    name: String,
}

fn check(what: &'static str, name: String) -> Result<String, InvalidName> {
    let begins_well = name.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_');
    let goes_on_well = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    if begins_well && goes_on_well && name.len() <= LONGEST { Ok(name) } else { Err(InvalidName { what, name }) }
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks the name.
            ///
            /// # Errors
            /// When it is empty, longer than 200 bytes, begins with a dot or a dash, or has a
            /// character other than ASCII letters, digits, `-`, `_` and `.`.
            pub fn new(name: impl Into<String>) -> Result<Self, InvalidName> {
                check($what, name.into()).map(Self)
            }

            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidName;

            fn try_from(name: String) -> Result<Self, InvalidName> {
                Self::new(name)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name! {
    /// The name of a command, chosen by the host. Starting the same command under the same name
    /// twice starts it once.
    CommandId, "command"
}
name! {
    /// The name of a secret.
    SecretName, "secret"
}
name! {
    /// The name of an archive on its way into the container.
    UploadId, "upload"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_as_file_names() {
        for good in ["a", "main.build", "GOOGLE_CREDENTIALS", "_x", "3"] {
            assert!(CommandId::new(good).is_ok(), "{good}");
        }
        let long = "x".repeat(201);
        for bad in ["", ".", "..", ".hidden", "-x", "a/b", "a b", "é", "a\0", &long] {
            assert!(CommandId::new(bad).is_err(), "{bad}");
        }
    }
}
