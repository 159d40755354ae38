//! What a case grants, in the words of `windlass.yaml`.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde_json::Value;
use windlass_model::plugin::Powers;
use windlass_plugin_host::limited;

/// Powers: each by its word, or `{POWER: what of it}`.
#[derive(Debug, Clone)]
pub(crate) struct Granted(pub(crate) Powers);

impl<'de> Deserialize<'de> for Granted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut powers = Powers::default();
        for One(one) in Vec::<One>::deserialize(deserializer)? {
            one.list().for_each(|power| powers.take(power, &one));
        }
        Ok(Self(powers))
    }
}

/// One entry. It is checked while it is read, so that a mistake is told with its line.
struct One(Powers);

impl<'de> Deserialize<'de> for One {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Entry)
    }
}

struct Entry;

impl<'de> Visitor<'de> for Entry {
    type Value = One;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the word of a power, or {POWER: what of it}")
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<One, E> {
        limited(word, None).map(One).map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<One, A::Error> {
        let mut powers = Powers::default();
        while let Some((word, only)) = map.next_entry::<String, Value>()? {
            let one = limited(&word, Some(&only)).map_err(A::Error::custom)?;
            one.list().for_each(|power| powers.take(power, &one));
        }
        Ok(One(powers))
    }
}
