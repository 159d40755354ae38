//! Paths: what a shell takes relative to where it is, a request takes relative to the working directory or the context.

use crate::text::{Segment, Text};

/// Whether a build context is fetched from elsewhere.
pub(super) fn is_remote(context: &Text) -> bool {
    let scheme = context.segments().iter().any(|segment| matches!(segment, Segment::Literal(text) if text.contains("://")));
    scheme || context.starts_with("git@") || context.starts_with("github.com/")
}

/// A path seen from the working directory.
pub(super) fn from_working_directory(directory: &Text, path: &Text) -> Text {
    if let Some(inside) = below_root(path) {
        return clean(inside);
    }
    if path.starts_with("/") || directory.is_empty() {
        return clean(path.clone());
    }
    let path = clean(path.clone());
    if path.literal() == Some(".") { directory.clone() } else { directory.clone().then(Text::of_literal("/")).then(path) }
}

/// The directory that `cd` goes to; empty for the working directory.
pub(super) fn directory(from: &Text, to: &Text) -> Option<Text> {
    let path = from_working_directory(from, to);
    // `..` would have to be worked out, and another root is out of the working copy.
    let climbs = path.split('/').iter().any(|part| part.literal() == Some(".."));
    match path.literal() {
        _ if climbs || path.starts_with("/") => None,
        Some(".") => Some(Text::default()),
        _ => Some(path),
    }
}

/// A Dockerfile's path seen from the context, both given as seen from the working directory; `None` when that cannot be told.
pub(super) fn from_context(context: &Text, dockerfile: &Text) -> Option<Text> {
    if context.literal() == Some(".") || dockerfile.starts_with("/") {
        return Some(dockerfile.clone());
    }
    if let Some(inside) = dockerfile.strip_text(&context.clone().then(Text::of_literal("/"))) {
        return Some(inside);
    }
    let context = context.literal()?;
    let mut parts = context.split('/');
    if context.starts_with('/') || parts.any(|part| part == "..") {
        return None;
    }
    let up = "../".repeat(context.split('/').count());
    Some(Text::of_literal(&up).then(dockerfile.clone()))
}

/// What follows the variables that hold the working directory.
fn below_root(path: &Text) -> Option<Text> {
    let root = |name: &str| path.strip_text(&Text::of_variable(name));
    let rest = root("CIRRUS_WORKING_DIR")?;
    if rest.is_empty() { Some(Text::of_literal(".")) } else { rest.strip_prefix("/") }
}

/// Without `./` in front and `/` behind.
fn clean(path: Text) -> Text {
    let mut path = path;
    while let Some(rest) = path.strip_prefix("./") {
        path = rest;
    }
    let trimmed = match path.segments().split_last() {
        Some((Segment::Literal(last), _)) if last.len() > 1 && last.ends_with('/') => path.trim_end('/'),
        _ => path,
    };
    if trimmed.is_empty() { Text::of_literal(".") } else { trimmed }
}
