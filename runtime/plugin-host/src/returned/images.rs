//! Images, as build and push plugins return them, held against what was asked for.

use std::collections::BTreeSet;

use windlass_model::digest::Digest;
use windlass_model::image::ImageReference;
use windlass_model::path;
use windlass_model::plugin::{BuiltImage, ImageLocation, ImagePlace, PushedImage};
use windlass_model::text;

use super::refused;
use crate::bindings::powers::windlass::plugin::images;
use crate::schema::Refusal;
use crate::words;

/// The most references of an image.
const MAX_REFERENCES: usize = 256;

/// The most bytes of a layout's path.
const MAX_PATH: usize = 1024;

/// What a build was asked for, as far as its result must keep to it.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    /// The references that the image is to have.
    pub(crate) tags: Vec<String>,
    /// Whether it may be in the registry already.
    pub(crate) push: bool,
    /// The directory that layouts lie in.
    pub(crate) shared: String,
    /// Where the plugin's manifest says that it leaves images; anywhere if that says nothing.
    pub(crate) leaves: BTreeSet<ImagePlace>,
    /// What the builds before it left.
    pub(crate) before: Vec<BuiltImage>,
}

/// An image that a plugin says it built.
pub(crate) fn built(image: images::BuiltImage, wanted: &Wanted) -> Result<BuiltImage, Refusal> {
    let (place, location) = match image.location {
        images::Location::Daemon(reference) => {
            parse(&reference, "location")?;
            (ImagePlace::Daemon, ImageLocation::Daemon { reference })
        }
        images::Location::Layout(directory) => {
            layout(&directory, wanted)?;
            (ImagePlace::Layout, ImageLocation::Layout { path: directory })
        }
        images::Location::Pushed if wanted.push => (ImagePlace::Pushed, ImageLocation::Pushed),
        images::Location::Pushed => return Err(refused("location", "it is `pushed`, and the build was not asked to push")),
    };
    if !wanted.leaves.is_empty() && !wanted.leaves.contains(&place) {
        let (found, said) = (ImagePlace::in_words(&[place].into()), ImagePlace::in_words(&wanted.leaves));
        return Err(refused("location", format!("the image is {found}, and the plugin's manifest says {said}")));
    }
    let tags: Vec<&str> = wanted.tags.iter().map(String::as_str).collect();
    references(&image.references, "references", &tags)?;
    let digest = image.digest.map(|text| digest(&text, "digest")).transpose()?;
    Ok(BuiltImage { location, references: image.references, digest })
}

/// A directory below the shared one, and no other build's: what that one says of its image would be said of this one.
fn layout(directory: &str, wanted: &Wanted) -> Result<(), Refusal> {
    let within = |inner: &str, outer: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'));
    let plain = directory.len() <= MAX_PATH && directory.chars().all(|c| text::shown(c) == c);
    if !plain || !within(directory, &wanted.shared) || path::normal(directory) != directory {
        let why = format!("`{}` is not a directory below {}, the shared one", words::name(directory), wanted.shared);
        return Err(refused("location", why));
    }
    let others = wanted.before.iter().filter_map(|image| match &image.location {
        ImageLocation::Layout { path } => Some(path.as_str()),
        ImageLocation::Daemon { .. } | ImageLocation::Pushed => None,
    });
    match others.into_iter().find(|other| *other == directory || within(directory, other) || within(other, directory)) {
        Some(other) => Err(refused("location", format!("an earlier step of the task left its image in `{other}`"))),
        None => Ok(()),
    }
}

/// What a push is to send.
#[derive(Debug, Clone, Default)]
pub(crate) struct ToPush(Vec<(String, Option<Digest>)>);

impl ToPush {
    /// References, from the request or else from the images, each with the digest that its build step gave, if it is clear which that is.
    pub(crate) fn of(tags: &[String], built: &[BuiltImage]) -> Self {
        let of_image = |image: &BuiltImage| {
            let digest = image.digest.clone();
            image.references.clone().into_iter().map(move |reference| (reference, digest.clone()))
        };
        match (tags, built) {
            ([], _) => Self(built.iter().flat_map(of_image).collect()),
            (_, [only]) => Self(tags.iter().map(|tag| (tag.clone(), only.digest.clone())).collect()),
            _ => Self(tags.iter().map(|tag| (tag.clone(), None)).collect()),
        }
    }
}

/// The images that a plugin says it pushed: all that it was to push, as they were built.
pub(crate) fn pushed(images: Vec<images::PushedImage>, to_push: &ToPush) -> Result<Vec<PushedImage>, Refusal> {
    let names: Vec<String> = images.iter().map(|image| image.reference.clone()).collect();
    let asked: Vec<&str> = to_push.0.iter().map(|(reference, _)| reference.as_str()).collect();
    references(&names, "pushed", &asked)?;
    let typed = images.into_iter().enumerate().map(|(i, image)| {
        let field = format!("pushed[{i}].digest");
        let found = digest(&image.digest, &field)?;
        let mut of_builds = to_push.0.iter().filter(|(asked, _)| same(asked, &image.reference)).map(|(_, digest)| digest);
        if let Some(Some(built)) = of_builds.clone().next()
            && !of_builds.any(|digest| digest.as_ref().is_none_or(|digest| *digest == found))
        {
            return Err(refused(&field, format!("it is {found}, and the step that built the image says {built}")));
        }
        Ok(PushedImage { digest: found, reference: image.reference })
    });
    typed.collect()
}

/// References that are references, each once: those that were asked for, and all of them.
fn references(found: &[String], field: &str, asked: &[&str]) -> Result<(), Refusal> {
    if found.len() > MAX_REFERENCES {
        return Err(refused(field, format!("there are {}, and at most {MAX_REFERENCES} are allowed", found.len())));
    }
    let mut seen = BTreeSet::new();
    for (i, reference) in found.iter().enumerate() {
        let field = format!("{field}[{i}]");
        let image = parse(reference, &field)?;
        if !asked.iter().any(|asked| same(asked, reference)) {
            return Err(refused(&field, format!("{image} was not asked for")));
        }
        if !seen.insert(image.canonical()) {
            return Err(refused(&field, format!("{image} is listed twice")));
        }
    }
    match asked.iter().find(|asked| !found.iter().any(|reference| same(asked, reference))) {
        Some(missing) => Err(refused(field, format!("{} was asked for and is missing", words::name(missing)))),
        None if found.is_empty() => Err(refused(field, "there are none")),
        None => Ok(()),
    }
}

fn same(one: &str, other: &str) -> bool {
    let full = |text: &str| ImageReference::parse(text).map(|image| image.canonical()).ok();
    one == other || full(one).is_some_and(|name| full(other) == Some(name))
}

fn parse(text: &str, field: &str) -> Result<ImageReference, Refusal> {
    ImageReference::parse(text).map_err(|e| refused(field, e.to_string()))
}

fn digest(text: &str, field: &str) -> Result<Digest, Refusal> {
    Digest::parse(text).map_err(|e| refused(field, e.to_string()))
}
