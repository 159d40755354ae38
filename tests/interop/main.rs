//! What windlass packs, signs and pushes, programs of others pull, copy and verify; and the other way round.

#![allow(clippy::expect_used, reason = "a test that cannot go on should say why and stop")]

mod clients;
mod copies;
mod cosign;
mod one_line;
#[path = "../support/mod.rs"]
mod support;
mod together;

use std::path::Path;
use std::process::Command;

use support::peers::Referrers;
use support::world::required;
use support::{Outcome, kept};
use tempfile::TempDir;

/// A directory to work in, two registries, and two components.
struct Place {
    directory: TempDir,
    referrers: Referrers,
    /// A repository that no other test has.
    repository: String,
}

impl Place {
    fn new() -> Self {
        let directory = TempDir::new().expect("a directory");
        let unique = directory.path().file_name().expect("a name").to_string_lossy().to_lowercase().replace('.', "");
        Self { directory, referrers: Referrers::start(), repository: format!("interop/{unique}") }
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Of the registry that does not know what refers to what, and of one that does.
    fn registries(&self) -> [String; 2] {
        [required("REGISTRY_PLAIN"), self.referrers.address.clone()]
    }

    /// `REGISTRY/REPOSITORY/NAME` of a registry.
    fn at(&self, registry: &str, name: &str) -> String {
        format!("{registry}/{}/{name}", self.repository)
    }

    /// windlass, as somebody runs it who reaches both registries without TLS.
    fn windlass(&self, arguments: &[&str]) -> Outcome {
        let reach = self.registries().map(|registry| format!("\"{registry}\": {{insecure: true}}")).join(", ");
        let settings = self.path().join("settings.yaml");
        std::fs::write(&settings, format!("registries: {{{reach}}}\n")).expect("it is written");
        let output = Command::new(env!("CARGO_BIN_EXE_windlass"))
            .args(arguments)
            .env("WINDLASS_SETTINGS", settings)
            .current_dir(self.path())
            .env("XDG_CACHE_HOME", self.path().join("cache"))
            .env("XDG_CONFIG_HOME", self.path().join("config"))
            .env("XDG_CONFIG_DIRS", self.path().join("system"))
            .env("HOME", self.path())
            .output();
        Outcome::new(&output.expect("windlass runs"))
    }

    fn oras(&self, arguments: &[&str]) -> Outcome {
        support::peers::run("ORAS", arguments, self.path())
    }

    fn crane(&self, arguments: &[&str]) -> Outcome {
        support::peers::run("CRANE", arguments, self.path())
    }

    fn cosign(&self, arguments: &[&str]) -> Outcome {
        support::peers::run("COSIGN", arguments, self.path())
    }

    /// Packs a bundle of two plugins as `bundle`, and one of them by itself as `one`.
    fn packs(&self) {
        for name in [ONE, OTHER] {
            std::fs::write(self.path().join(format!("{name}.wasm")), kept::newest(name).component).expect("it is written");
        }
        let (one, other) = (format!("{ONE}.wasm"), format!("{OTHER}.wasm"));
        self.windlass(&["plugin", "pack", &one, &other, "--name", "corp", "--tag", "3.0.0", "--out", "bundle"]).exits(0);
        self.windlass(&["plugin", "pack", &one, "--out", "one"]).exits(0);
    }

    /// Pushes one of the two; its digest.
    fn pushes(&self, layout: &str, to: &str) -> String {
        self.windlass(&["plugin", "push", layout, to]).exits(0).stdout.trim().to_owned()
    }

    /// A key of ours: the files of its two halves.
    fn key(&self) -> (String, String) {
        let pair = rcgen::KeyPair::generate().expect("a key");
        let write = |name: &str, text: String| {
            std::fs::write(self.path().join(name), text).expect("it is written");
            name.to_owned()
        };
        (write("ours.key", pair.serialize_pem()), write("ours.pub", pair.public_key_pem()))
    }
}

/// What plugins of the kept components may be granted, who ask for every power: of the task's secrets `TOKEN` alone.
const GRANTS: &str = "[{containers: [main]}, registries, environment, {environment-set: [GREETED]}, {secrets: [TOKEN]}, secrets-reveal, \
                      workspace-read, {workspace-write: [greeting.txt]}, {pod: {capabilities: [], ports: []}}, {http: [example.com]}, \
                      {results: [GREETINGS]}]";

/// What is packed, by itself and with the other.
const ONE: &str = "rust-step";
const OTHER: &str = "javascript-step";

#[track_caller]
fn says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "no `{part}` in:\n{text}");
    }
}
