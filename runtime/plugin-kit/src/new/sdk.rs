//! The SDK, as windlass carries it: a Rust project outside of a checkout of windlass has it in `vendor/windlass`.
//!
//! It comes along as source, and not as a generated binding, because the SDK is what makes a Rust plugin short: requests that know their own
//! schema, and a manifest that the compiler writes. It lies as in the repository, since its macros look for `wit/` from where it is.

use std::collections::BTreeMap;

use crate::wit;

/// Where it lies in a project.
const DIRECTORY: &str = "vendor/windlass";

/// The versions are the workspace's.
const MANIFEST: &str = include_str!("../../templates/rust/sdk.toml");

macro_rules! sources {
    ($($name:literal),* $(,)?) => {
        /// The SDK's files, by their paths in its `src`.
        const SOURCES: &[(&str, &str)] = &[$(($name, include_str!(concat!("../../../../plugins/sdk/src/", $name)))),*];
    };
}

sources! {
    "bindings.rs", "builder.rs", "builder/diagnosis.rs", "builder/dockerfile.rs", "builder/pod.rs", "containers.rs", "error.rs", "export.rs",
    "http.rs", "images.rs", "lib.rs", "log.rs", "manifest.rs", "manifest/json.rs", "manifest/limit.rs", "manifest/writer.rs", "needs.rs",
    "plugin.rs", "registries.rs", "request.rs", "results.rs", "secrets.rs", "tasks.rs", "variables.rs", "workspace.rs",
}

/// What a plugin of this SDK is built from, as it is tried out.
const LOCK: &str = include_str!("../../../../examples/plugins/pinned-images/Cargo.lock");

/// The package of that example.
const OF_EXAMPLE: &str = "pinned-images";

/// Adds the SDK's files.
pub(super) fn add(files: &mut BTreeMap<String, String>) {
    files.insert(format!("{DIRECTORY}/plugins/sdk/Cargo.toml"), MANIFEST.to_owned());
    files.insert(format!("{DIRECTORY}/LICENSE"), include_str!("../../../../LICENSE").to_owned());
    for (name, text) in SOURCES {
        files.insert(format!("{DIRECTORY}/plugins/sdk/src/{name}"), (*text).to_owned());
    }
    for (name, text) in wit::PACKAGE {
        files.insert(format!("{DIRECTORY}/wit/{name}"), text.to_owned());
    }
}

/// `Cargo.lock` of a package that uses the SDK alone. Cargo wants its packages in order.
pub(super) fn lock(package: &str) -> String {
    let (head, rest) = LOCK.split_once("[[package]]\n").unwrap_or((LOCK, ""));
    let named = |block: &str| block.replace(&format!("name = \"{OF_EXAMPLE}\""), &format!("name = \"{package}\""));
    let mut blocks: Vec<String> = rest.split("[[package]]\n").map(|block| named(block.trim_end())).collect();
    blocks.sort();
    format!("{head}[[package]]\n{}\n", blocks.join("\n\n[[package]]\n"))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::*;

    fn repository() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
    }

    fn below(directory: &Path, prefix: &str, found: &mut Vec<String>) {
        for entry in fs::read_dir(directory).expect("a directory") {
            let entry = entry.expect("an entry");
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                below(&entry.path(), &format!("{name}/"), found);
            } else {
                found.push(name);
            }
        }
    }

    #[test]
    fn every_file_of_the_sdk_is_carried() {
        let mut there = Vec::new();
        below(&repository().join("plugins/sdk/src"), "", &mut there);
        there.sort();
        assert_eq!(SOURCES.iter().map(|(name, _)| *name).collect::<Vec<_>>(), there);
    }

    /// A dependency is a line of `[dependencies]`, `name = …`; the workspace says how where the SDK's own file says that it does.
    #[test]
    fn it_depends_on_what_the_sdk_depends_on() {
        let workspace = fs::read_to_string(repository().join("Cargo.toml")).expect("Cargo.toml");
        let own = fs::read_to_string(repository().join("plugins/sdk/Cargo.toml")).expect("Cargo.toml");
        let dependencies = |text: &str| {
            let (_, rest) = text.split_once("[dependencies]\n").expect("dependencies");
            rest.lines()
                .take_while(|line| !line.starts_with('['))
                .filter(|line| !line.is_empty())
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let named = dependencies(&own).into_iter().map(|line| {
            let name = line.strip_suffix(".workspace = true").unwrap_or_else(|| panic!("{line}"));
            workspace.lines().find(|line| line.starts_with(&format!("{name} = "))).expect("the workspace has it").to_owned()
        });
        assert_eq!(dependencies(MANIFEST), named.collect::<Vec<_>>());
        for text in ["version = \"0.1.0\"", "edition = \"2024\"", "rust-version = \"1.95\""] {
            assert!(workspace.contains(text) && MANIFEST.contains(text), "{text}");
        }
    }

    #[test]
    fn the_lock_has_its_packages_in_order() {
        for package in ["aaa", "zzz"] {
            let lock = lock(package);
            let names: Vec<&str> = lock.lines().filter_map(|line| line.strip_prefix("name = ")).collect();
            assert!(names.is_sorted() && names.contains(&format!("{package:?}").as_str()), "{names:?}");
            assert!(lock.starts_with("# This file is automatically @generated") && !lock.contains(OF_EXAMPLE), "{lock}");
        }
    }
}
