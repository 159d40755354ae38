//! Secrets kept out of every text that leaves windlass: the second line of defence, behind the agent that masks at the source.
//!
//! There is one [`Redactor`] for a process. Whoever comes to know a secret adds it before anything can be done with it; whatever writes
//! asks it at the moment of writing, so that a text which was queued before a secret was known is masked all the same.

mod patterns;
mod stream;

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

pub use patterns::{Patterns, SHORTEST_MASKED};
pub use stream::MaskedStream;

/// What stands where a secret stood; the agent writes the same.
pub const MASK: &str = "HIDDEN-BY-WINDLASS";

/// The secrets that are known, as everything that shows text knows them. Clones share them.
#[derive(Clone, Default)]
pub struct Redactor {
    secrets: Arc<RwLock<Secrets>>,
}

#[derive(Default)]
struct Secrets {
    values: Vec<Vec<u8>>,
    patterns: Arc<Patterns>,
}

impl Redactor {
    /// One that knows no secret yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Masks these values from now on, each also line by line, as a JSON string and in base64. Those shorter than
    /// [`SHORTEST_MASKED`] bytes are left alone: they would be found everywhere.
    pub fn add<V: AsRef<[u8]>>(&self, values: impl IntoIterator<Item = V>) {
        let mut secrets = self.secrets.write().unwrap_or_else(PoisonError::into_inner);
        let known = secrets.values.len();
        for value in values {
            let value = value.as_ref();
            if !secrets.values.iter().any(|other| other == value) {
                secrets.values.push(value.to_vec());
            }
        }
        if secrets.values.len() > known {
            secrets.patterns = Arc::new(Patterns::of(&secrets.values));
        }
    }

    /// A text without secrets: the same text when it holds none.
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match self.patterns().mask(text.as_bytes()) {
            None => Cow::Borrowed(text),
            Some(masked) => Cow::Owned(String::from_utf8_lossy(&masked).into_owned()),
        }
    }

    /// What to look for now.
    pub fn patterns(&self) -> Arc<Patterns> {
        Arc::clone(&self.secrets.read().unwrap_or_else(PoisonError::into_inner).patterns)
    }
}

/// Shows how many there are, and nothing of them.
impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.secrets.read().unwrap_or_else(PoisonError::into_inner).values.len();
        f.debug_struct("Redactor").field("secrets", &count).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_without_secrets_is_not_copied() {
        let redactor = Redactor::new();
        redactor.add(["hunter22"]);
        assert!(matches!(redactor.text("hunter2 and hunter1"), Cow::Borrowed(_)));
        assert_eq!(redactor.text("é hunter22!"), format!("é {MASK}!"));
    }

    #[test]
    fn a_secret_is_found_in_the_forms_that_tools_print() {
        use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine as _};
        let redactor = Redactor::new();
        redactor.add(["-----BEGIN KEY-----\r\nAbC+/d\"EfG??>>\n-----END KEY-----\n"]);
        let secret = "-----BEGIN KEY-----\r\nAbC+/d\"EfG??>>\n-----END KEY-----\n";
        for shown in [
            secret.to_owned(),
            secret.trim_end().to_owned(),
            "AbC+/d\"EfG??>>".to_owned(),
            serde_json::to_string(secret).unwrap(),
            BASE64_STANDARD.encode(secret),
            BASE64_URL_SAFE_NO_PAD.encode(secret),
        ] {
            let masked = redactor.text(&shown).into_owned();
            assert!(masked.contains(MASK) && !masked.contains("AbC") && masked.len() < MASK.len() + 12, "{masked}");
        }
    }

    #[test]
    fn a_password_is_found_in_the_base64_of_a_longer_text() {
        use base64::prelude::{BASE64_STANDARD, Engine as _};
        let redactor = Redactor::new();
        redactor.add(["correct horse"]);
        for user in ["a", "ab", "abc"] {
            let auth = BASE64_STANDARD.encode(format!("{user}:correct horse"));
            assert!(redactor.text(&auth).contains(MASK), "{auth}");
        }
    }

    #[test]
    fn every_clone_learns_a_new_secret_and_none_shows_it() {
        let redactor = Redactor::new();
        let clone = redactor.clone();
        redactor.add(["first-secret"]);
        redactor.add(["second-secret", "first-secret", "abc"]);
        assert_eq!(clone.text("first-secret second-secret abc"), format!("{MASK} {MASK} abc"));
        assert_eq!(format!("{clone:?}"), "Redactor { secrets: 3, .. }");
    }
}
