//! Powers in the file: as settings write them, a word each, with its limits behind it where it has some.
//!
//! What a plugin asks for is kept exactly, also what no manifest says: several limits that all have to allow something are a list of lists.

mod limits;
mod written;

use std::fmt;

use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use windlass_model::plugin::{Power, Powers};
use windlass_model::text::shortened;

pub(super) use written::items;

/// Reads the list.
pub(super) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Powers, D::Error> {
    struct List;
    impl<'de> Visitor<'de> for List {
        type Value = Powers;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of powers")
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Powers, A::Error> {
            let mut powers = Powers::default();
            while items.next_element_seed(Item(&mut powers))?.is_some() {}
            Ok(powers)
        }
    }
    deserializer.deserialize_seq(List)
}

/// One item, which adds a power. Its mistakes are told while it is read, so that they have its line.
struct Item<'a>(&'a mut Powers);

impl<'de> de::DeserializeSeed<'de> for Item<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Item<'_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a power, such as `registries` or `secrets: [NAME]`")
    }
    fn visit_str<E: de::Error>(self, word: &str) -> Result<(), E> {
        let power = fresh(word, self.0).map_err(E::custom)?;
        limits::without(power, self.0);
        Ok(())
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(word) = map.next_key::<String>()? {
            let power = fresh(&word, self.0).map_err(de::Error::custom)?;
            let value: serde_yaml::Value = map.next_value()?;
            limits::with(power, &value, self.0).map_err(|why| de::Error::custom(format!("the power `{power}`: {why}")))?;
        }
        Ok(())
    }
}

/// The power of a word, which has not been read before.
fn fresh(word: &str, powers: &Powers) -> Result<Power, String> {
    let Some(power) = Power::of_word(word) else {
        return Err(format!("there is no power {:?}; use a newer windlass, if one has written it", shortened(word, 40)));
    };
    if powers.has(power) { Err(format!("the power `{power}` is written twice")) } else { Ok(power) }
}
