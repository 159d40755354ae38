//! `dockerfile`: an image that a task wants to have been built for it.

use super::read::{Reader, last, place};
use crate::diagnostics::{Code, Diagnostic};
use crate::shape::Shape;
use crate::variables::{Binding, Expanded};
use crate::yaml::{Entry, Key, Value};
use std::collections::BTreeMap;
use windlass_model::task::{BuiltImage, InstanceImage};

/// The variable that names the directory of the build context, relative to the project's root.
const CONTEXT: &str = "CIRRUS_DOCKER_CONTEXT";

impl Reader<'_> {
    /// What a main container starts from. Of `image` and `dockerfile`, the one further down counts; what a task adds to the
    /// map that it inherits stands below it.
    pub(super) fn instance_image(&self, entries: &[Entry], owner: &Key) -> Option<InstanceImage> {
        let counts = entries.iter().rev().find(|entry| matches!(&*entry.key.text, "image" | "dockerfile"));
        let (lost, winner): (&[&str], &str) = match counts {
            Some(entry) if &*entry.key.text == "dockerfile" => (&["image"], "dockerfile"),
            Some(_) => (&["dockerfile", "docker_arguments"], "image"),
            None => (&[], ""),
        };
        for entry in lost.iter().filter_map(|key| last(entries, key)) {
            let message =
                format!("`{}` has no effect: of `image` and `dockerfile` the last one counts, here `{winner}`", entry.key.text);
            self.push(Diagnostic::note(Code::Ignored, entry.key.span, message));
        }
        match counts.filter(|_| winner == "dockerfile") {
            Some(dockerfile) => {
                let arguments = last(entries, "docker_arguments").map(|entry| self.docker_arguments(entry)).unwrap_or_default();
                Some(InstanceImage::Environment(self.built_environment(dockerfile, arguments)?))
            }
            None => self.image(entries, owner).map(InstanceImage::Reference),
        }
    }

    fn built_environment(&self, entry: &Entry, arguments: BTreeMap<String, String>) -> Option<BuiltImage> {
        let written = self.field(entry)?;
        let context = match self.scope.get(CONTEXT).map(|binding| match binding {
            Binding::Text(text) => self.scope.expand(text),
            Binding::Secret => Expanded::Text(String::new()),
        }) {
            Some(Expanded::Text(context)) => context,
            Some(Expanded::TooLong) | None => String::new(),
        };
        let Some(directory) = parts(&context) else {
            let message = format!("`{CONTEXT}` is `{context}`, which is not a directory of the project");
            self.push(
                Diagnostic::error(Code::InvalidValue, place(entry), message).help("give it relative to the project's root"),
            );
            return None;
        };
        let Some(path) = parts(&written).filter(|path| !path.is_empty()) else {
            let message = format!("`{written}` is not a file of the project");
            self.push(
                Diagnostic::error(Code::InvalidValue, place(entry), message).help("give it relative to the project's root"),
            );
            return None;
        };
        let Some(dockerfile) = path.strip_prefix(directory.as_slice()).filter(|path| !path.is_empty()) else {
            let message = format!("`{written}` is not in `{context}`, the build context that `{CONTEXT}` names");
            self.push(
                Diagnostic::error(Code::InvalidValue, place(entry), message)
                    .help("builders see only the context: move the Dockerfile into it, or name a directory above both"),
            );
            return None;
        };
        let context = if directory.is_empty() { ".".to_owned() } else { directory.join("/") };
        Some(BuiltImage { context, dockerfile: dockerfile.join("/"), arguments })
    }

    /// A map, or a list of maps. The last value of a name counts.
    fn docker_arguments(&self, entry: &Entry) -> BTreeMap<String, String> {
        let maps: Vec<&[Entry]> = match &entry.value.value {
            Value::Map(entries) => vec![entries],
            Value::List(items) => {
                let maps: Vec<&[Entry]> = items.iter().filter_map(|item| item.as_map()).collect();
                if maps.len() < items.len() {
                    self.wrong_type(entry, Shape::Map);
                }
                maps
            }
            Value::Text(_) if entry.value.is_absent() => Vec::new(),
            Value::Text(_) => {
                self.wrong_type(entry, Shape::Map);
                Vec::new()
            }
        };
        let value = |argument: &Entry| {
            if argument.value.is_absent() { Some(String::new()) } else { self.field(argument) }
        };
        maps.into_iter().flatten().filter_map(|argument| Some((argument.key.text.to_string(), value(argument)?))).collect()
    }
}

/// The parts of a path that stays in its directory.
fn parts(path: &str) -> Option<Vec<&str>> {
    let mut parts = Vec::new();
    if path.starts_with('/') {
        return None;
    }
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts)
}
