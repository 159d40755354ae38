//! The credentials in an entry that is kept back, so that they are masked wherever they come up.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use windlass_model::url::without_credentials;

use super::Entry;

/// Words in the name of a key whose whole value is a secret.
const SECRET_KEYS: [&str; 5] = ["cookie", "pass", "secret", "token", "apikey"];

/// Fewer characters are found everywhere.
const SHORTEST: usize = 6;

/// What of an entry is a credential.
pub(super) fn of(entry: &Entry) -> Vec<String> {
    let value = String::from_utf8_lossy(entry.value.as_deref().unwrap_or_default()).into_owned();
    let subsection = String::from_utf8_lossy(entry.subsection.as_deref().unwrap_or_default()).into_owned();
    let mut found = without_credentials(&value).credentials;
    found.extend(without_credentials(&subsection).credentials);
    if entry.key == "extraheader" {
        found.extend(of_header(&value));
    }
    if SECRET_KEYS.iter().any(|word| entry.key.contains(word)) && !entry.key.ends_with("file") {
        found.push(value.clone());
    }
    found.extend(assignments(&value));
    found.retain(|text| text.len() >= SHORTEST);
    found
}

/// `AUTHORIZATION: basic dXNlcjpwYXNz`: the last word, and the password in it.
fn of_header(header: &str) -> Vec<String> {
    let Some(word) = header.split_once(':').and_then(|(_, value)| value.split_whitespace().last()) else { return Vec::new() };
    let decoded = STANDARD.decode(word).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let password = decoded.as_deref().and_then(|pair| pair.split_once(':')).map(|(_, password)| password.to_owned());
    [Some(word.to_owned()), password].into_iter().flatten().collect()
}

/// What a helper in a line of shell says: `password=hunter2`.
fn assignments(value: &str) -> impl Iterator<Item = String> {
    let after = |name: &str| value.split(name).skip(1).collect::<Vec<_>>();
    let words = [after("password="), after("token=")].concat();
    let end = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';' | '&' | '\\' | ')');
    words.into_iter().map(move |word| word.split(end).next().unwrap_or_default().to_owned())
}
