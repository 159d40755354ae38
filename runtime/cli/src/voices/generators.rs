//! The files that plugins make tasks of, of all settings files.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use windlass_model::plugin_reference::PluginReference;
use windlass_model::settings::Generate;

use super::{Layer, Voices};

/// A file that a plugin makes tasks of, as one settings file says.
#[derive(Debug, Clone, Copy)]
pub struct Generator<'a> {
    /// The settings file.
    pub layer: &'a Layer,
    /// Its place in the list there.
    pub at: usize,
    /// What is said.
    pub said: &'a Generate,
    /// Whether it is the repository that says so. What a platform says counts for the projects that have such a file.
    pub of_repository: bool,
}

impl Voices {
    /// All that counts: of what several settings files say of one file, what the first of them says.
    pub fn generators(&self) -> Vec<Generator<'_>> {
        let (mut all, mut known) = (Vec::new(), BTreeSet::new());
        for layer in self.layers() {
            let of_layer = layer.settings.generate.iter().enumerate().filter(|(_, said)| !known.contains(&said.file));
            let of_repository = self.is_repository(layer);
            all.extend(of_layer.map(|(at, said)| Generator { layer, at, said, of_repository }));
            known.extend(layer.settings.generate.iter().map(|said| said.file.clone()));
        }
        all
    }
}

impl Generator<'_> {
    /// The path of a part of it from the root of its settings file: `generate[1].uses`.
    pub fn setting(&self, part: &str) -> String {
        format!("generate[{}].{part}", self.at)
    }

    /// Its plugin, and the directory that a path of it counts from. What a platform names is told by its whole path, so that no project has
    /// one of that name.
    pub fn plugin(&self) -> (PluginReference, PathBuf) {
        let base = if self.layer.directory() == Path::new("") { Path::new(".") } else { self.layer.directory() };
        let reference = match &self.said.uses {
            PluginReference::File(path) if !self.of_repository => {
                let path = base.join(path);
                PluginReference::file(&std::path::absolute(&path).unwrap_or(path).to_string_lossy())
            }
            reference => reference.clone(),
        };
        (reference, base.to_owned())
    }
}
