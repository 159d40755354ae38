//! What the source of a project says where its component cannot: an interpreter's imports all of its world, and a compiler tells of a power
//! that is not named in words of its own.

use std::fs;
use std::path::Path;

use windlass_model::plugin::Power;

use crate::language::Language;

/// Directories that hold no source of the plugin's own.
const NOT_ITS_OWN: [&str; 5] = ["target", "tests", "node_modules", "bindings", "__pycache__"];

/// Directories of sources are no deeper than that.
const DEEPEST: usize = 8;

/// A larger file was not written by hand.
const MOST: u64 = 4 << 20;

/// The sources of a project in a language.
pub(crate) struct Sources {
    language: Language,
    texts: Vec<String>,
}

impl Sources {
    /// Reads them. What cannot be read is left to the compiler, which says so.
    pub(crate) fn read(language: Language, directory: &Path) -> Self {
        let mut texts = Vec::new();
        add(&mut texts, language, directory, DEEPEST);
        Self { language, texts }
    }

    /// Whether a power's interface is named anywhere.
    pub(crate) fn name(&self, power: Power) -> bool {
        self.texts.iter().any(|text| names(self.language, power, text))
    }

    /// The power that a compiler misses, where it is one that the project does not ask for: its sources name it, and so does what the
    /// compiler wrote.
    pub(crate) fn unasked(&self, asked: &[Power], output: &str) -> Option<Power> {
        let mut others = Power::ALL.into_iter().filter(|power| !asked.contains(power));
        others.find(|power| self.name(*power) && names(self.language, *power, output))
    }
}

fn add(texts: &mut Vec<String>, language: Language, directory: &Path, deep: usize) {
    let mut entries: Vec<_> = fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    entries.sort();
    for path in entries {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let Ok(metadata) = fs::symlink_metadata(&path) else { continue };
        if metadata.is_dir() && deep > 0 && !name.starts_with('.') && !NOT_ITS_OWN.contains(&name) {
            add(texts, language, &path, deep - 1);
        } else if metadata.is_file() && metadata.len() <= MOST && is_source(language, name) {
            texts.extend(fs::read_to_string(&path).ok());
        }
    }
}

fn is_source(language: Language, name: &str) -> bool {
    match language {
        Language::Rust => name.ends_with(".rs"),
        Language::Go => name.ends_with(".go"),
        Language::JavaScript => name.ends_with(".mjs") || name.ends_with(".js"),
        Language::Python => name.ends_with(".py"),
    }
}

/// Whether a text names the interface of a power as its language does.
fn names(language: Language, power: Power, text: &str) -> bool {
    let name = match language {
        Language::JavaScript => format!("windlass:plugin/{power}"),
        Language::Go => format!("windlass_plugin_{}", snake(power)),
        Language::Python | Language::Rust => snake(power),
    };
    // `secrets` is no part of `secrets-reveal`.
    let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    text.match_indices(&name).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + name.len()..]);
        !before.ends_with(inside) && !after.starts_with(inside)
    })
}

fn snake(power: Power) -> String {
    power.as_str().replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_names_a_power_in_its_own_way() {
        for (language, text) in [
            (Language::JavaScript, "import { entries } from 'windlass:plugin/workspace-read@0.1.0';"),
            (Language::Go, "workspaceread \"example.com/scan/bindings/windlass_plugin_workspace_read\""),
            (Language::Python, "from wit_world.imports import host, workspace_read"),
        ] {
            assert!(names(language, Power::WorkspaceRead, text), "{language}");
            assert!(!names(language, Power::WorkspaceWrite, text) && !names(language, Power::Secrets, text), "{language}");
        }
        let reveal = "import * as reveal from 'windlass:plugin/secrets-reveal@0.1.0';";
        assert!(
            !names(Language::JavaScript, Power::Secrets, reveal) && names(Language::JavaScript, Power::SecretsReveal, reveal)
        );
    }

    #[test]
    fn what_is_not_its_own_is_passed_over() {
        let project = tempfile::tempdir().expect("a directory");
        let write = |name: &str, text: &str| {
            let path = project.path().join(name);
            fs::create_dir_all(path.parent().expect("it has one")).expect("a directory");
            fs::write(path, text).expect("a file");
        };
        write("src/plugin.mjs", "import { log } from 'windlass:plugin/host@0.1.0';");
        write("node_modules/x/index.mjs", "import * as s from 'windlass:plugin/secrets@0.1.0';");
        let sources = || Sources::read(Language::JavaScript, project.path());
        assert!(!sources().name(Power::Secrets));
        write("src/deep/login.mjs", "import * as s from 'windlass:plugin/secrets@0.1.0';");
        assert!(sources().name(Power::Secrets));
        assert_eq!(sources().unasked(&[], "unknown module windlass:plugin/secrets@0.1.0"), Some(Power::Secrets));
        assert_eq!(sources().unasked(&[Power::Secrets], "unknown module windlass:plugin/secrets@0.1.0"), None);
        assert_eq!(sources().unasked(&[], "SyntaxError: unexpected token"), None);
    }
}
