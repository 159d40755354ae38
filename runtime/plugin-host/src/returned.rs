//! What plugins return, typed: credentials and images. A field that makes no sense is refused by its name.

use std::collections::BTreeSet;
use std::time::{SystemTime, UNIX_EPOCH};

use windlass_model::digest::Digest;
use windlass_model::image::ImageReference;
use windlass_model::path;
use windlass_model::plugin::{BuiltImage, ImageLocation, PushedImage};

use crate::bindings::login::exports::windlass::plugin::login_plugin::Expiry;
use crate::bindings::powers::windlass::plugin::images;
use crate::schema::Refusal;

/// The most credentials that one call returns.
pub(crate) const MAX_ITEMS: usize = 64;

/// The most references of an image.
const MAX_REFERENCES: usize = 256;

/// The most bytes of a user name.
const MAX_USERNAME: usize = 1024;

/// A registry's host as it stands in image references: a name or an address, and a port if it has one.
pub(crate) fn registry(text: &str, field: &str) -> Result<String, Refusal> {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let label = |label: &str| {
        let inner = |c: char| c.is_ascii_alphanumeric() || c == '-';
        (1..=63).contains(&label.len()) && label.chars().all(inner) && !label.starts_with('-') && !label.ends_with('-')
    };
    let address = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let host_fits = match address {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => host.len() <= 253 && host.split('.').all(label),
    };
    let port_fits = |port: &str| port.chars().all(|c| c.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0);
    if host_fits && port.is_none_or(port_fits) {
        return Ok(text.to_owned());
    }
    let why = format!("`{}` is not a registry's host: write HOST or HOST:PORT, without a scheme and a path", text.escape_debug());
    Err(refused(field, why))
}

/// A name that basic authentication can carry.
pub(crate) fn username(text: &str, field: &str) -> Result<String, Refusal> {
    if text.is_empty() || text.len() > MAX_USERNAME || text.contains(':') || text.chars().any(char::is_control) {
        let why = format!("a user name has 1 to {MAX_USERNAME} bytes, no `:` and no control character");
        return Err(refused(field, why));
    }
    Ok(text.to_owned())
}

/// The time of an expiry in seconds since 1970, when it lies ahead.
pub(crate) fn expiry(expiry: Expiry, now: SystemTime, field: &str) -> Result<u64, Refusal> {
    let now = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let at = match expiry {
        Expiry::At(at) => Some(at),
        Expiry::After(seconds) => now.checked_add(seconds),
    };
    match at {
        Some(at) if at > now => Ok(at),
        Some(_) => Err(refused(field, "it is in the past, so the credentials are useless")),
        None => Err(refused(field, "there is no such time")),
    }
}

/// What a build was asked for, as far as its result must keep to it.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    /// The references that the image is to have.
    pub(crate) tags: Vec<String>,
    /// Whether it may be in the registry already.
    pub(crate) push: bool,
    /// The directory that layouts lie in.
    pub(crate) shared: String,
}

/// An image that a plugin says it built.
pub(crate) fn built(image: images::BuiltImage, wanted: &Wanted) -> Result<BuiltImage, Refusal> {
    let location = match image.location {
        images::Location::Daemon(reference) => {
            parse(&reference, "location")?;
            ImageLocation::Daemon { reference }
        }
        images::Location::Layout(directory) => {
            let below = directory.strip_prefix(wanted.shared.as_str()).is_some_and(|rest| rest.starts_with('/'));
            if !below || path::normal(&directory) != directory || directory.chars().any(char::is_control) {
                let why = format!("`{}` is not a directory below {}, the shared one", directory.escape_debug(), wanted.shared);
                return Err(refused("location", why));
            }
            ImageLocation::Layout { path: directory }
        }
        images::Location::Pushed if wanted.push => ImageLocation::Pushed,
        images::Location::Pushed => return Err(refused("location", "it is `pushed`, and the build was not asked to push")),
    };
    let asked = |reference: &str| wanted.tags.iter().any(|tag| same(tag, reference));
    references(&image.references, "references", asked)?;
    let digest = image.digest.map(|text| digest(&text, "digest")).transpose()?;
    Ok(BuiltImage { location, references: image.references, digest })
}

/// The images that a plugin says it pushed, of those that it was to push.
pub(crate) fn pushed(images: Vec<images::PushedImage>, wanted: &BTreeSet<String>) -> Result<Vec<PushedImage>, Refusal> {
    let names: Vec<String> = images.iter().map(|image| image.reference.clone()).collect();
    references(&names, "pushed", |reference| wanted.iter().any(|asked| same(asked, reference)))?;
    let typed = images.into_iter().enumerate().map(|(i, image)| {
        Ok(PushedImage { digest: digest(&image.digest, &format!("pushed[{i}].digest"))?, reference: image.reference })
    });
    typed.collect()
}

/// References that are references, each once, and each asked for.
fn references(found: &[String], field: &str, asked: impl Fn(&str) -> bool) -> Result<(), Refusal> {
    if found.is_empty() || found.len() > MAX_REFERENCES {
        return Err(refused(field, format!("there are {}, and there are 1 to {MAX_REFERENCES} of them", found.len())));
    }
    let mut seen = BTreeSet::new();
    for (i, reference) in found.iter().enumerate() {
        let field = format!("{field}[{i}]");
        let image = parse(reference, &field)?;
        if !asked(reference) {
            return Err(refused(&field, format!("{image} was not asked for")));
        }
        if !seen.insert(image.canonical()) {
            return Err(refused(&field, format!("{image} is listed twice")));
        }
    }
    Ok(())
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

/// The refusal of a field.
pub(crate) fn refused(field: &str, reason: impl Into<String>) -> Refusal {
    Refusal { field: field.to_owned(), reason: reason.into() }
}

#[cfg(test)]
mod tests;
