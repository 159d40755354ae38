//! Credentials, as login plugins return them.

use std::net::Ipv6Addr;
use std::time::{SystemTime, UNIX_EPOCH};

use secrecy::ExposeSecret as _;
use windlass_model::plugin::Credentials;

use super::refused;
use crate::bindings::login::exports::windlass::plugin::login_plugin::{self, Expiry};
use crate::schema::Refusal;
use crate::state::State;
use crate::words;

/// The most credentials that one call returns.
const MAX_ITEMS: usize = 64;

/// The most bytes of a user name.
const MAX_USERNAME: usize = 1024;

/// The most bytes of a password, token or key. Servers take headers of 8 to 32 KiB, and the largest keys have three.
pub(super) const MAX_PASSWORD: usize = 32 << 10;

/// Takes what a login returned; its handles are in the state of its instance.
pub(crate) fn credentials(found: Vec<login_plugin::Credentials>, state: &State) -> Result<Vec<Credentials>, Refusal> {
    if found.len() > MAX_ITEMS {
        return Err(refused("credentials", format!("there are {}, and at most {MAX_ITEMS} are allowed", found.len())));
    }
    let now = SystemTime::now();
    let mut taken: Vec<Credentials> = Vec::with_capacity(found.len());
    for (i, found) in found.into_iter().enumerate() {
        let at = |member: &str| format!("credentials[{i}].{member}");
        let registry = registry(&found.registry, &at("registry"))?;
        // In any case, it is the same host.
        if let Some(other) = taken.iter().find(|other| other.registry.eq_ignore_ascii_case(&registry)) {
            return Err(refused(&at("registry"), format!("`{}` is listed twice", other.registry)));
        }
        let username = username(&found.username, &at("username"))?;
        let secret = state.table.get(&found.secret).map_err(|e| refused(&at("secret"), e.to_string()))?.0.clone();
        let value = state.reach.as_ref().and_then(|reach| reach.pod.as_ref()?.secret(&secret));
        let value = value.ok_or_else(|| refused(&at("secret"), format!("the secret {secret} is gone")))?;
        password(value.expose_secret(), &at("secret"))?;
        let expires_at = found.expiry.map(|expiry| expiry_at(expiry, now, &at("expiry"))).transpose()?;
        taken.push(Credentials { registry, username, secret, expires_at });
    }
    Ok(taken)
}

/// A registry's host as it stands in image references: a name or an address, and a port if it has one. Docker Hub has one name.
pub(super) fn registry(text: &str, field: &str) -> Result<String, Refusal> {
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
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => host.len() <= 253 && host.split('.').all(label),
    };
    // In one form, so that one registry is not two.
    let port_fits = |port: &str| port.parse::<u16>().is_ok_and(|number| number > 0 && number.to_string() == port);
    if !host_fits || !port.is_none_or(port_fits) {
        let why =
            format!("`{}` is not a registry's host: write HOST or HOST:PORT, without a scheme and a path", words::name(text));
        return Err(refused(field, why));
    }
    Ok(match text.to_ascii_lowercase().as_str() {
        "docker.io" | "index.docker.io" | "registry-1.docker.io" => "docker.io".to_owned(),
        _ => text.to_owned(),
    })
}

/// A name that basic authentication can carry.
pub(super) fn username(text: &str, field: &str) -> Result<String, Refusal> {
    if text.is_empty() || text.len() > MAX_USERNAME || text.contains(':') || text.chars().any(char::is_control) {
        let why = format!("a user name has 1 to {MAX_USERNAME} bytes, no `:` and no control character");
        return Err(refused(field, why));
    }
    Ok(text.to_owned())
}

/// A password that those who read a Docker configuration take. One that they do not would cost the task its other logins, too. A line end
/// behind it is no part of it.
pub(super) fn password(bytes: &[u8], field: &str) -> Result<(), Refusal> {
    let bare = bytes.strip_suffix(b"\n").map_or(bytes, |line| line.strip_suffix(b"\r").unwrap_or(line));
    let why = match bare.len() {
        0 => "it is empty, so it logs nobody in".to_owned(),
        length if length > MAX_PASSWORD => format!("it has {length} bytes, and at most {MAX_PASSWORD} are allowed"),
        _ if std::str::from_utf8(bare).is_err() => "it is not UTF-8 text, and tools read passwords as text".to_owned(),
        _ => return Ok(()),
    };
    Err(refused(field, why))
}

/// The time of an expiry in seconds since 1970, when it lies ahead.
pub(super) fn expiry_at(expiry: Expiry, now: SystemTime, field: &str) -> Result<u64, Refusal> {
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
