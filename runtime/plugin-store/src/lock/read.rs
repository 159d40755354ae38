//! From text to a lock, with the line of whatever is wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::marker::PhantomData;
use std::path::Path;

use serde::Deserialize;
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, Visitor};
use windlass_artifact::signature::{Identity, Signer};
use windlass_files::FileError;
use windlass_model::digest::Digest;
use windlass_model::plugin::{PluginKind, Powers};

use super::words::{As, Name, Plain, Word, optional, word};
use super::{BundleEntry, Entry, Lock, LockError, MAX_BYTES, VERSION, powers};

impl Lock {
    /// Reads a lock from a file; `None` when there is none.
    ///
    /// # Errors
    /// When it is no file, or no lock.
    pub fn read(path: &Path) -> Result<Option<Self>, LockError> {
        let bytes = match windlass_files::named(path, MAX_BYTES) {
            Err(error) if error.is_not_found() => return Ok(None),
            Err(FileError::TooLarge(_)) => return Err(LockError::TooLarge),
            read => read?,
        };
        let line = |at: usize| bytes.iter().take(at).filter(|byte| **byte == b'\n').count() + 1;
        let text = std::str::from_utf8(&bytes)
            .map_err(|e| LockError::Wrong { line: line(e.valid_up_to()), what: "it is not text in UTF-8".to_owned() })?;
        Self::parse(text).map(Some)
    }

    /// Reads a lock.
    ///
    /// # Errors
    /// What is wrong with it, and in which line.
    pub fn parse(text: &str) -> Result<Self, LockError> {
        if u64::try_from(text.len()).is_ok_and(|length| length > MAX_BYTES) {
            return Err(LockError::TooLarge);
        }
        for (at, line) in text.lines().enumerate() {
            let markers = ["<<<<<<<", "|||||||", "=======", ">>>>>>>"];
            if let Some(marker) = markers.into_iter().find(|marker| line.starts_with(marker)) {
                return Err(LockError::Conflict { line: at + 1, marker });
            }
        }
        // First of all, so that what a later form has is not taken for a mistake.
        let head: Head = serde_yaml::from_str(text).map_err(|e| wrong(&e))?;
        if head.version > VERSION {
            return Err(LockError::Newer(head.version));
        }
        let file: File = serde_yaml::from_str(text).map_err(|e| wrong(&e))?;
        let bundles = file.bundles.0.into_iter().map(|(reference, bundle)| (reference.clone(), bundle.entry(reference)));
        let plugins = file.plugins.0.into_iter().map(|(reference, plugin)| (reference.clone(), plugin.entry(reference)));
        Ok(Self { bundles: bundles.collect(), plugins: plugins.collect() })
    }
}

/// The words of the parser without the place, which is told in its own way.
fn wrong(error: &serde_yaml::Error) -> LockError {
    let text = error.to_string();
    let Some(place) = error.location() else { return LockError::Wrong { line: 1, what: text } };
    let what = text.replacen(&format!(" at line {} column {}", place.line(), place.column()), "", 1);
    LockError::Wrong { line: place.line(), what: windlass_model::text::one_line(&what).into_owned() }
}

#[derive(Deserialize)]
struct Head {
    version: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "version")]
    _version: u64,
    #[serde(default)]
    bundles: Entries<Bundle>,
    #[serde(default)]
    plugins: Entries<Plugin>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Bundle {
    #[serde(default, deserialize_with = "optional")]
    tag: Option<Plain>,
    #[serde(deserialize_with = "word")]
    manifest: Digest,
    #[serde(default, deserialize_with = "signer")]
    signer: Option<Signer>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Plugin {
    #[serde(deserialize_with = "word")]
    name: Name,
    #[serde(deserialize_with = "word")]
    kind: PluginKind,
    #[serde(deserialize_with = "word")]
    version: Plain,
    #[serde(deserialize_with = "word")]
    interface: Plain,
    #[serde(default, deserialize_with = "optional")]
    tag: Option<Plain>,
    #[serde(deserialize_with = "word")]
    manifest: Digest,
    #[serde(deserialize_with = "word")]
    component: Digest,
    #[serde(deserialize_with = "powers::read")]
    powers: Powers,
    #[serde(default)]
    secrets: Vec<As<Plain>>,
    #[serde(default, deserialize_with = "signer")]
    signer: Option<Signer>,
}

/// Either a key, or an identity and an issuer. Half of one is a mistake, and not nobody: a signer that got lost must not go unnoticed.
fn signer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Signer>, D::Error> {
    struct Written;
    impl<'de> Visitor<'de> for Written {
        type Value = Signer;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("`{key: …}`, or `{identity: …, issuer: …}`")
        }
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Signer, A::Error> {
            let (mut key, mut identity, mut issuer) = (None, None, None);
            while let Some(field) = map.next_key::<String>()? {
                let again = match field.as_str() {
                    "key" => key.replace(map.next_value::<As<Digest>>()?.0).is_some(),
                    "identity" => identity.replace(map.next_value::<As<Plain>>()?.0.0).is_some(),
                    "issuer" => issuer.replace(map.next_value::<As<Plain>>()?.0.0).is_some(),
                    _ => true,
                };
                if again {
                    return Err(de::Error::custom("a signer is `{key: …}` or `{identity: …, issuer: …}`, each once"));
                }
            }
            match (key, identity, issuer) {
                (Some(key), None, None) => Ok(Signer::Key(key)),
                (None, Some(identity), Some(issuer)) => Ok(Signer::Identity(Identity { identity, issuer })),
                _ => Err(de::Error::custom("a signer is `{key: …}`, or `{identity: …, issuer: …}` with both")),
            }
        }
    }
    deserializer.deserialize_map(Written).map(Some)
}

impl Bundle {
    fn entry(self, reference: String) -> BundleEntry {
        BundleEntry { reference, tag: self.tag.map(|tag| tag.0), manifest: self.manifest, signer: self.signer }
    }
}

impl Plugin {
    fn entry(self, reference: String) -> Entry {
        Entry {
            reference,
            name: self.name.0,
            kind: self.kind,
            version: self.version.0,
            interface: self.interface.0,
            tag: self.tag.map(|tag| tag.0),
            manifest: self.manifest,
            component: self.component,
            powers: self.powers,
            secrets: self.secrets.into_iter().map(|name| name.0.0).collect(),
            signer: self.signer,
        }
    }
}

/// Entries by reference, each of which is there once.
struct Entries<T>(BTreeMap<String, T>);

impl<T> Default for Entries<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Entries<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Map<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Map<T> {
            type Value = Entries<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("entries, each below its reference")
            }
            /// The section without an entry.
            fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
                Ok(Entries::default())
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let (mut entries, mut seen) = (BTreeMap::new(), BTreeSet::new());
                while let Some(reference) = map.next_key_seed(Once(&mut seen))? {
                    entries.insert(reference, map.next_value()?);
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_any(Map(PhantomData))
    }
}

/// A reference that was not there before. Told while it is at hand, so that the error has its line.
struct Once<'a>(&'a mut BTreeSet<String>);

impl<'de> DeserializeSeed<'de> for Once<'_> {
    type Value = String;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Once<'_> {
    type Value = String;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a reference")
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<String, E> {
        let Plain(reference) = Plain::parse(text).map_err(E::custom)?;
        if self.0.insert(reference.clone()) {
            Ok(reference)
        } else {
            Err(E::custom(format!("`{reference}` has two entries, and which of them counts nobody can tell; delete one")))
        }
    }
}
