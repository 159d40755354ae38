//! The images that a Dockerfile starts from.

use std::collections::BTreeSet;

/// An image that is not pinned.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Loose {
    /// The line of its `FROM`, counted from one.
    pub(crate) line: usize,
    pub(crate) image: String,
}

/// Finds every `FROM` of an image without a digest. Stages of the file itself, and `scratch`, are no images. An image behind
/// an `ARG` is looked at by the argument's default.
pub(crate) fn loose_images(text: &str) -> Vec<Loose> {
    let mut stages = BTreeSet::from(["scratch".to_owned()]);
    let mut arguments: Vec<(String, String)> = Vec::new();
    let mut loose = Vec::new();
    for (i, line) in text.lines().enumerate() {
        let mut words = line.split_whitespace();
        match words.next().map(str::to_ascii_uppercase).as_deref() {
            Some("ARG") => {
                let pairs = words.filter_map(|word| word.split_once('='));
                arguments.extend(pairs.map(|(name, value)| (name.to_owned(), value.trim_matches('"').to_owned())));
            }
            Some("FROM") => {
                let mut words = words.skip_while(|word| word.starts_with("--"));
                let Some(image) = words.next().map(|image| expand(image, &arguments)) else { continue };
                if !stages.contains(&image.to_ascii_lowercase()) && !image.contains("@sha256:") {
                    loose.push(Loose { line: i + 1, image });
                }
                if let (Some("AS" | "as" | "As"), Some(stage)) = (words.next(), words.next()) {
                    stages.insert(stage.to_ascii_lowercase());
                }
            }
            _ => {}
        }
    }
    loose
}

fn expand(image: &str, arguments: &[(String, String)]) -> String {
    let replace = |text: String, (name, value): &(String, String)| {
        text.replace(&format!("${{{name}}}"), value).replace(&format!("${name}"), value)
    };
    arguments.iter().fold(image.to_owned(), replace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_scratch_and_pinned_images_pass() {
        let text = "ARG BASE=alpine@sha256:12\nFROM --platform=linux/amd64 $BASE AS build\nRUN true\nFROM build\nFROM scratch\n";
        assert_eq!(loose_images(text), []);
    }

    #[test]
    fn an_image_that_can_change_is_named_with_its_line() {
        let text = "ARG VERSION=3\n# comment\nfrom golang:${VERSION} as build\nFROM docker\n";
        let expected = [Loose { line: 3, image: "golang:3".into() }, Loose { line: 4, image: "docker".into() }];
        assert_eq!(loose_images(text), expected);
    }
}
