//! The files of a project, from templates.

mod fill;

use std::collections::BTreeMap;

use windlass_model::plugin::{PluginKind, Power};

use super::sdk;
use crate::build::bindings_of_new;
use crate::description;
use crate::language::Language;
use crate::wit;
use fill::fill;

/// A project that is to be written.
pub(super) struct Project<'a> {
    pub(super) name: &'a str,
    pub(super) kind: PluginKind,
    pub(super) language: Language,
    pub(super) powers: &'a [Power],
}

/// The templates of each language, by the paths of the files that are made of them.
fn templates(language: Language) -> &'static [(&'static str, &'static str)] {
    match language {
        Language::Rust => &[
            ("Cargo.toml", include_str!("../../templates/rust/Cargo.toml.in")),
            ("src/lib.rs", include_str!("../../templates/rust/lib.rs.in")),
        ],
        Language::Go => &[
            ("go.mod", include_str!("../../templates/go/go.mod.in")),
            ("plugin.go", include_str!("../../templates/go/plugin.go.in")),
        ],
        Language::JavaScript => &[
            ("src/plugin.mjs", include_str!("../../templates/javascript/plugin.mjs.in")),
            ("src/windlass.mjs", include_str!("../../templates/javascript/windlass.mjs")),
        ],
        Language::Python => &[
            ("src/plugin.py", include_str!("../../templates/python/plugin.py.in")),
            ("src/windlass.py", include_str!("../../templates/python/windlass.py")),
        ],
    }
}

/// Those of all languages.
const COMMON: [(&str, &str); 3] = [
    ("README.md", include_str!("../../templates/README.md.in")),
    (".gitignore", include_str!("../../templates/gitignore.in")),
    ("tests/first.yaml", include_str!("../../templates/first.yaml.in")),
];

/// What a project says of itself, where its source does not.
const DESCRIPTION: &str = include_str!("../../templates/windlass-plugin.yaml.in");

impl Project<'_> {
    /// All files, by their paths.
    pub(super) fn files(&self) -> Result<BTreeMap<String, String>, String> {
        let mut files: BTreeMap<String, String> = COMMON
            .iter()
            .chain(templates(self.language))
            .map(|(name, template)| ((*name).to_owned(), self.fill(template)))
            .collect();
        if self.language == Language::Rust {
            sdk::add(&mut files);
            files.insert("Cargo.lock".to_owned(), sdk::lock(&format!("{}-plugin", self.name)));
            return Ok(files);
        }
        files.insert(description::FILE.to_owned(), self.fill(DESCRIPTION));
        for (name, text) in wit::PACKAGE {
            files.insert(format!("{}/{name}", wit::IN_PROJECT), text.to_owned());
        }
        let world = wit::world(self.kind, self.powers, wit::VERSION);
        if self.language == Language::Go {
            files.extend(bindings_of_new(&world, self.kind, self.powers, &format!("example.com/{}", self.name))?);
        }
        files.insert("wit/world.wit".to_owned(), world);
        Ok(files)
    }

    fn fill(&self, template: &str) -> String {
        fill(
            template,
            |word| self.has(word),
            &[
                ("name", self.name),
                ("kind", &self.kind.to_string()),
                ("language", self.language.as_str()),
                ("type", &type_of(self.name)),
            ],
        )
    }

    /// Whether a word of a template's condition is true: a language, a kind, a power, `powers` where there is one, and `calls` where there is
    /// one that a function of its own shows.
    fn has(&self, word: &str) -> bool {
        let shown_elsewhere = |power: &Power| matches!(power, Power::Pod | Power::Secrets);
        match word {
            "powers" => !self.powers.is_empty(),
            "calls" => self.powers.iter().any(|power| !shown_elsewhere(power)),
            _ => {
                word == self.language.as_str()
                    || word == self.kind.to_string()
                    || self.powers.iter().any(|power| power.as_str() == word)
            }
        }
    }
}

/// A name as types are named, and as nothing of the SDK is: a plugin may well be called `login`.
fn type_of(name: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    };
    name.split('-').map(capital).chain(["Plugin".to_owned()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::KINDS;

    fn files(language: Language, kind: PluginKind, powers: &[Power]) -> BTreeMap<String, String> {
        Project { name: "vault-login", kind, language, powers }.files().unwrap_or_else(|e| panic!("{e}"))
    }

    #[test]
    fn nothing_of_a_template_is_left() {
        for language in Language::ALL {
            for (_, kind) in KINDS {
                for powers in [&[][..], kind.powers()] {
                    for (name, text) in files(language, kind, powers) {
                        let ours = !name.starts_with("vendor/") && !name.starts_with("bindings/") && !name.starts_with("wit/");
                        let left = text.lines().find(|line| {
                            let line = line.trim_start();
                            line.contains("{{") || line.starts_with("//:") || line.starts_with("#:")
                        });
                        assert!(!ours || left.is_none(), "{language} {kind} {name}: {left:?}");
                    }
                }
            }
        }
    }

    /// Each power is shown in use, or said where it is not a call.
    #[test]
    fn each_power_is_in_the_source_and_in_the_manifest() {
        for language in Language::ALL {
            let (source, manifest) = match language {
                Language::Rust => ("src/lib.rs", "src/lib.rs"),
                Language::Go => ("plugin.go", description::FILE),
                Language::JavaScript => ("src/plugin.mjs", description::FILE),
                Language::Python => ("src/plugin.py", description::FILE),
            };
            for (_, kind) in KINDS {
                let without = files(language, kind, &[]);
                for power in kind.powers().iter().copied() {
                    let with = files(language, kind, &[power]);
                    assert_ne!(without[source], with[source], "{language} {kind} {power}");
                    assert!(with[manifest].contains(&format!("{power}")), "{language} {kind} {power}: {}", with[manifest]);
                }
            }
        }
    }

    #[test]
    fn a_name_becomes_a_type() {
        assert_eq!((type_of("vault-login"), type_of("a1")), ("VaultLoginPlugin".to_owned(), "A1Plugin".to_owned()));
        // What a template takes from the SDK.
        let source = include_str!("../../templates/rust/lib.rs.in");
        for (word, _) in KINDS {
            let own = type_of(word);
            assert!(!source.contains(&own) && source.contains(own.trim_end_matches("Plugin")), "{own}");
        }
    }
}
