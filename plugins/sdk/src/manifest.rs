//! The manifest that [`plugin!`](crate::plugin!) puts into the component, written as JSON while the plugin is compiled.
//!
//! It is the custom section `windlass.plugin`:
//! `{"manifest":1,"name":…,"version":…,"kind":…,"description":…,"powers":{POWER: REASON},"request":JSON SCHEMA}`,
//! in place of a reason `{"reason":REASON,"only":LIMIT}` where less than the whole power is asked for;
//! for a build plugin also `"honours":[FIELD]`, `"leaves":[PLACE]` and `"facts":{NAME: TEXT}`, and for a push plugin `"takes":[PLACE]`.
//! For a build or push plugin, `request` describes only the keys that the plugin knows beyond those that all share.

mod json;
mod limit;
mod writer;

pub use crate::request::{field, object};
pub use limit::{Limit, Pod};
pub use serde_json::Value;

use writer::Json;

/// The powers that a manifest can ask for: the interfaces of the WIT package that need a grant, and `pod`, which `requirements` uses.
pub const POWERS: [&str; 11] = [
    "pod",
    "containers",
    "registries",
    "environment",
    "environment-set",
    "secrets",
    "secrets-reveal",
    "workspace-read",
    "workspace-write",
    "http",
    "results",
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

/// Where a build may leave its image, and a push takes it from: in a docker daemon, as an OCI layout, or in the registry already.
pub const PLACES: [&str; 3] = ["daemon", "layout", "pushed"];

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
    /// The powers it uses, each with its limit and the reason.
    pub powers: &'static [(&'static str, Limit, &'static str)],
    /// Of a build plugin: the fields of the shared request that it honours, of [`BUILD_FIELDS`].
    pub honours: &'static [&'static str],
    /// Of a build plugin: where it may leave its image, of [`PLACES`]. A push that takes none of them is refused before the run.
    pub leaves: &'static [&'static str],
    /// Of a push plugin: from where it takes images, of [`PLACES`].
    pub takes: &'static [&'static str],
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
        const CAPABILITIES: &[&str] = &["CHOWN"];
        const MANIFEST: Manifest = Manifest {
            name: "scan",
            version: "1.0.0",
            kind: "step",
            description: "Scans.",
            powers: &[
                ("workspace-read", crate::limit!(["src/*", "Dockerfile"]), "reads what it scans"),
                ("registries", crate::limit!(), "knows them"),
                ("http", crate::limit!(["*.corp.example"]), "asks"),
                ("results", crate::limit!(["FINDINGS"]), "tells"),
                ("environment-set", crate::limit!("all"), "tells"),
                (
                    "pod",
                    crate::limit!({ level: "baseline", except: ["seccomp-unconfined"], capabilities: (CAPABILITIES), ports: [80, 81], shared: false }),
                    "runs it",
                ),
            ],
            honours: &["labels", "cache.to"],
            leaves: &["layout", "pushed"],
            takes: &[],
            facts: &[("maintained", "by us")],
            request: Scan::SCHEMA,
        };
        const JSON: [u8; MANIFEST.length()] = MANIFEST.json();
        let found: Value = serde_json::from_slice(&JSON).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&JSON)));
        let expected = serde_json::json!({
            "manifest": 1, "name": "scan", "version": "1.0.0", "kind": "step", "description": "Scans.",
            "powers": {
                "workspace-read": {"reason": "reads what it scans", "only": ["src/*", "Dockerfile"]},
                "registries": "knows them",
                "http": {"reason": "asks", "only": ["*.corp.example"]},
                "results": {"reason": "tells", "only": ["FINDINGS"]},
                "environment-set": {"reason": "tells", "only": "all"},
                "pod": {"reason": "runs it", "only": {
                    "level": "baseline", "except": ["seccomp-unconfined"], "capabilities": ["CHOWN"], "ports": [80, 81], "shared": false,
                }},
            },
            "honours": ["labels", "cache.to"], "leaves": ["layout", "pushed"], "facts": {"maintained": "by us"},
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
