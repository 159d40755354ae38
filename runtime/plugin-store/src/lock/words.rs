//! Values that are one word in the file, read so that a mistake is told with its own line.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserializer, Visitor};
use windlass_artifact::name;
use windlass_model::digest::Digest;
use windlass_model::plugin::PluginKind;
use windlass_model::text::shortened;

/// A word that means something.
pub(super) trait Word: Sized {
    /// What it takes, for messages.
    const EXPECTED: &str;
    /// The meaning, or what is wrong.
    fn parse(text: &str) -> Result<Self, String>;
}

impl Word for Digest {
    const EXPECTED: &str = "a digest (`sha256:` and 64 digits)";
    fn parse(text: &str) -> Result<Self, String> {
        Self::parse(text).map_err(|_| {
            format!("{:?} is not a digest: it takes `sha256:` and 64 lower-case hexadecimal digits", shortened(text, 80))
        })
    }
}

impl Word for PluginKind {
    const EXPECTED: &str = "a kind of plugin";
    fn parse(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|kind| kind.to_string() == text);
        found.ok_or_else(|| {
            let kinds = Self::ALL.map(|kind| kind.to_string()).join(", ");
            format!("{:?} is no kind of plugin: there are {kinds}", shortened(text, 40))
        })
    }
}

/// What a plugin calls itself.
pub(super) struct Name(pub(super) String);

impl Word for Name {
    const EXPECTED: &str = "a plugin's name";
    fn parse(text: &str) -> Result<Self, String> {
        name::check(text).map(|()| Self(text.to_owned())).map_err(|error| error.to_string())
    }
}

/// Text that is shown to people and compared, such as a reference or a version.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Plain(pub(super) String);

impl Word for Plain {
    const EXPECTED: &str = "a text";
    fn parse(text: &str) -> Result<Self, String> {
        let good = !text.is_empty() && text.len() <= 2048 && !text.chars().any(char::is_control);
        let good = good.then(|| Self(text.to_owned()));
        good.ok_or_else(|| format!("{:?} is empty, too long, or holds control characters", shortened(text, 80)))
    }
}

/// Reads a word. The error is raised while the text is at hand, so that it gets the text's line and not that of the entry.
pub(super) fn word<'de, T: Word, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    struct Of<T>(PhantomData<T>);
    impl<T: Word> Visitor<'_> for Of<T> {
        type Value = T;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(T::EXPECTED)
        }
        fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
            T::parse(text).map_err(E::custom)
        }
    }
    deserializer.deserialize_str(Of(PhantomData))
}

/// The same where there may be none.
pub(super) fn optional<'de, T: Word, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    word(deserializer).map(Some)
}

/// A word as serde asks for one.
pub(super) struct As<T>(pub(super) T);

impl<'de, T: Word> de::Deserialize<'de> for As<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        word(deserializer).map(Self)
    }
}
