//! The manifest that [`plugin!`](crate::plugin!) puts into the component, written as JSON while the plugin is compiled.
//!
//! It is the custom section `windlass.plugin`:
//! `{"manifest":1,"name":…,"version":…,"kind":…,"description":…,"powers":{POWER: REASON},"request":JSON SCHEMA}`,
//! for a build plugin also `"honours":[FIELD]` and `"facts":{NAME: TEXT}`.
//! For a build or push plugin, `request` describes only the keys that the plugin knows beyond those that all share.

pub use crate::request::{field, object};
pub use serde_json::Value;

/// The powers that a manifest can give reasons for: the interfaces of the WIT package that need a grant.
pub const POWERS: [&str; 8] = [
    "containers",
    "registries",
    "environment",
    "environment-set",
    "secrets",
    "secrets-reveal",
    "workspace-read",
    "workspace-write",
];

/// The fields of the shared build request that a builder may honour beside `context`, `dockerfile` and `tags`. `git_context` is a
/// `context` that is the URL of a repository.
pub const BUILD_FIELDS: [&str; 15] = [
    "target",
    "build_args",
    "labels",
    "secrets",
    "platforms",
    "cache.to",
    "cache.from",
    "cache.mode",
    "no_cache",
    "source_date_epoch",
    "flags",
    "image",
    "cpu",
    "memory",
    "git_context",
];

/// What a request looks like, in the part of JSON Schema that requests need.
#[derive(Debug, Clone, Copy)]
pub enum Schema {
    /// A text.
    Text,
    /// A whole number from 0 up.
    Number,
    /// True or false.
    Boolean,
    /// A list.
    List(&'static Schema),
    /// A map from any key.
    Map(&'static Schema),
    /// A map with these keys.
    Struct {
        /// Its documentation.
        description: &'static str,
        /// Its keys.
        fields: &'static [Field],
    },
}

/// A key of a request.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Its documentation.
    pub description: &'static str,
    /// Whether a request must have it.
    pub required: bool,
    /// What its value looks like.
    pub schema: Schema,
}

/// A plugin's manifest.
#[derive(Debug, Clone, Copy)]
pub struct Manifest {
    /// Its name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// Its world.
    pub kind: &'static str,
    /// What it does, in one sentence.
    pub description: &'static str,
    /// The powers it uses, each with the reason.
    pub powers: &'static [(&'static str, &'static str)],
    /// Of a build plugin: the fields of the shared request that it honours, of [`BUILD_FIELDS`].
    pub honours: &'static [&'static str],
    /// Of a build plugin: what people who choose want to know, by name.
    pub facts: &'static [(&'static str, &'static str)],
    /// The schema of its request.
    pub request: Schema,
}

impl Manifest {
    /// The manifest's length as JSON.
    pub const fn length(&self) -> usize {
        let mut json = Json::<0> { bytes: [], length: 0 };
        json.manifest(self);
        json.length
    }

    /// The manifest as JSON; `N` is its [`Manifest::length`].
    pub const fn json<const N: usize>(&self) -> [u8; N] {
        let mut json = Json::<N> { bytes: [b' '; N], length: 0 };
        json.manifest(self);
        json.bytes
    }
}

/// JSON being written. What does not fit is only counted.
struct Json<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

impl<const N: usize> Json<N> {
    const fn byte(&mut self, byte: u8) {
        if self.length < N {
            self.bytes[self.length] = byte;
        }
        self.length += 1;
    }

    const fn raw(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let mut i = 0;
        while i < bytes.len() {
            self.byte(bytes[i]);
            i += 1;
        }
    }

    /// A JSON string, without the space that doc comments begin with.
    const fn string(&mut self, text: &str) {
        let bytes = text.as_bytes();
        self.byte(b'"');
        let mut i = if !bytes.is_empty() && bytes[0] == b' ' { 1 } else { 0 };
        while i < bytes.len() {
            match bytes[i] {
                b'"' | b'\\' => {
                    self.byte(b'\\');
                    self.byte(bytes[i]);
                }
                // A control character in a description is a line break or as good as one.
                0..0x20 => self.byte(b' '),
                byte => self.byte(byte),
            }
            i += 1;
        }
        self.byte(b'"');
    }

    const fn member(&mut self, comma: bool, name: &str) {
        if comma {
            self.byte(b',');
        }
        self.string(name);
        self.byte(b':');
    }

    const fn manifest(&mut self, manifest: &Manifest) {
        self.raw("{\"manifest\":1");
        self.member(true, "name");
        self.string(manifest.name);
        self.member(true, "version");
        self.string(manifest.version);
        self.member(true, "kind");
        self.string(manifest.kind);
        self.member(true, "description");
        self.string(manifest.description);
        self.member(true, "powers");
        self.byte(b'{');
        let mut i = 0;
        while i < manifest.powers.len() {
            assert!(
                is_one_of(&POWERS, manifest.powers[i].0),
                "there is no such power: see windlass_plugin_sdk::manifest::POWERS"
            );
            self.member(i > 0, manifest.powers[i].0);
            self.string(manifest.powers[i].1);
            i += 1;
        }
        self.byte(b'}');
        if !manifest.honours.is_empty() {
            self.honours(manifest.honours);
        }
        if !manifest.facts.is_empty() {
            self.facts(manifest.facts);
        }
        self.member(true, "request");
        self.schema(&manifest.request, "");
        self.byte(b'}');
    }

    const fn honours(&mut self, fields: &[&str]) {
        self.member(true, "honours");
        self.byte(b'[');
        let mut i = 0;
        while i < fields.len() {
            assert!(
                is_one_of(&BUILD_FIELDS, fields[i]),
                "there is no such field: see windlass_plugin_sdk::manifest::BUILD_FIELDS"
            );
            if i > 0 {
                self.byte(b',');
            }
            self.string(fields[i]);
            i += 1;
        }
        self.byte(b']');
    }

    const fn facts(&mut self, facts: &[(&str, &str)]) {
        self.member(true, "facts");
        self.byte(b'{');
        let mut i = 0;
        while i < facts.len() {
            self.member(i > 0, facts[i].0);
            self.string(facts[i].1);
            i += 1;
        }
        self.byte(b'}');
    }

    const fn schema(&mut self, schema: &Schema, description: &str) {
        match schema {
            Schema::Text => self.raw("{\"type\":\"string\""),
            Schema::Number => self.raw("{\"type\":\"integer\",\"minimum\":0"),
            Schema::Boolean => self.raw("{\"type\":\"boolean\""),
            Schema::List(items) => {
                self.raw("{\"type\":\"array\",\"items\":");
                self.schema(items, "");
            }
            Schema::Map(values) => {
                self.raw("{\"type\":\"object\",\"additionalProperties\":");
                self.schema(values, "");
            }
            Schema::Struct { fields, .. } => self.object(fields),
        }
        let own = match schema {
            Schema::Struct { description, .. } => *description,
            _ => "",
        };
        let description = if description.is_empty() { own } else { description };
        if !description.is_empty() {
            self.member(true, "description");
            self.string(description);
        }
        self.byte(b'}');
    }

    const fn object(&mut self, fields: &[Field]) {
        self.raw("{\"type\":\"object\",\"properties\":{");
        let mut i = 0;
        while i < fields.len() {
            self.member(i > 0, fields[i].name);
            self.schema(&fields[i].schema, fields[i].description);
            i += 1;
        }
        self.raw("},\"required\":[");
        let mut i = 0;
        let mut first = true;
        while i < fields.len() {
            if fields[i].required {
                if !first {
                    self.byte(b',');
                }
                self.string(fields[i].name);
                first = false;
            }
            i += 1;
        }
        self.raw("],\"additionalProperties\":false");
    }
}

const fn is_one_of(known: &[&str], name: &str) -> bool {
    let mut i = 0;
    while i < known.len() {
        if same(name.as_bytes(), known[i].as_bytes()) {
            return true;
        }
        i += 1;
    }
    false
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Request as _;

    crate::request! {
        /// What to "scan".
        struct Scan {
            /// Where,
            /// exactly.
            path: String,
            tags: Vec<String>,
        }
    }

    #[test]
    fn the_manifest_is_json_made_at_compile_time() {
        const MANIFEST: Manifest = Manifest {
            name: "scan",
            version: "1.0.0",
            kind: "step",
            description: "Scans.",
            powers: &[("workspace-read", "reads what it scans")],
            honours: &["labels", "cache.to"],
            facts: &[("maintained", "by us")],
            request: Scan::SCHEMA,
        };
        const JSON: [u8; MANIFEST.length()] = MANIFEST.json();
        let found: Value = serde_json::from_slice(&JSON).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&JSON)));
        let expected = serde_json::json!({
            "manifest": 1, "name": "scan", "version": "1.0.0", "kind": "step", "description": "Scans.",
            "powers": {"workspace-read": "reads what it scans"},
            "honours": ["labels", "cache.to"], "facts": {"maintained": "by us"},
            "request": {
                "type": "object",
                "properties": {
                    "path": {"type": "string", "description": "Where, exactly."},
                    "tags": {"type": "array", "items": {"type": "string"}},
                },
                "required": ["path"], "additionalProperties": false, "description": "What to \"scan\".",
            },
        });
        assert_eq!(found, expected);
    }
}
