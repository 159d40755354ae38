//! `registries` and `host_aliases`: how pods reach what they pull from and push to.

use super::fields::Fields;
use crate::yaml::{Entry, Node};
use std::net::IpAddr;
use windlass_model::image::ImageReference;
use windlass_model::pod::HostAlias;
use windlass_model::settings::RegistrySettings;

pub(super) fn registry(registry: &Entry, fields: &Fields<'_>) -> Option<RegistrySettings> {
    let host = &*registry.key.text;
    if host.is_empty() || host.contains(['/', ' ']) {
        fields.invalid(
            registry,
            format!("`{host}` is not a registry's host"),
            "write the host as it appears in image names, with its port if it has one: `registry.corp:5000`",
        );
        return None;
    }
    let what = format!("the registry `{host}`");
    let entries = fields.map(&registry.value, registry.key.span, &what, &["insecure", "ca_file", "mirrors"])?;
    let mut settings = RegistrySettings::default();
    for entry in entries {
        match &*entry.key.text {
            "insecure" => settings.insecure = fields.flag(entry).unwrap_or_default(),
            "ca_file" => settings.ca_file = fields.word(entry),
            "mirrors" => settings.mirrors = fields.words(entry).unwrap_or_default(),
            _ => {}
        }
    }
    Some(settings)
}

/// The image for a builder.
pub(super) fn image(entry: &Entry, fields: &Fields<'_>) -> Option<String> {
    let text = fields.word(entry)?;
    match ImageReference::parse(&text) {
        Ok(_) => Some(text),
        Err(error) => {
            fields.invalid(
                entry,
                error.to_string(),
                "write an image as `docker pull` takes it: `mirror.corp/team/builder:v1.24.0`",
            );
            None
        }
    }
}

pub(super) fn host_alias(item: &Node, fields: &Fields<'_>) -> Option<HostAlias> {
    let entries = fields.map(item, item.span, "a host alias", &["ip", "hostnames"])?;
    let find = |key: &str| entries.iter().find(|entry| &*entry.key.text == key);
    let required = |key: &str, help: &str| {
        let found = find(key);
        if found.is_none() {
            fields.missing(entries, item.span, "a host alias", key, help);
        }
        found
    };
    let ip = required("ip", "give the address: `ip: 10.0.0.7`").and_then(|entry| {
        let text = fields.word(entry)?;
        if text.parse::<IpAddr>().is_err() {
            fields.invalid(entry, format!("`{text}` is not an IP address"), "write it in numbers: `10.0.0.7` or `fd00::7`");
            return None;
        }
        Some(text)
    });
    let hostnames = required("hostnames", "list the names: `hostnames: [gcr.io]`").and_then(|entry| {
        let names = fields.words(entry)?;
        let wrong: Vec<&String> = names.iter().filter(|name| !is_hostname(name)).collect();
        for wrong in &wrong {
            fields.invalid(
                entry,
                format!("`{wrong}` is not a host name"),
                "write lower-case letters, digits, `-` and `.`, without a port",
            );
        }
        wrong.is_empty().then(|| names.clone())
    });
    Some(HostAlias { ip: ip?, hostnames: hostnames? })
}

/// A DNS subdomain, as Kubernetes checks host aliases.
fn is_hostname(name: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.chars().all(|char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.len() <= 253 && name.split('.').all(label)
}
