//! Credentials in addresses.

/// An address without its credentials, and these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bare {
    /// What still says where something is.
    pub url: String,
    /// What was taken out, as it was written and as it is meant.
    pub credentials: Vec<String>,
}

/// Takes credentials out of `scheme://user:password@host/path`. Over SSH a user's name says how to connect, and stays; everywhere else a
/// lone name may be a token.
pub fn without_credentials(url: &str) -> Bare {
    let unchanged = || Bare { url: url.to_owned(), credentials: Vec::new() };
    let Some((scheme, rest)) = url.split_once("://") else { return unchanged() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let Some((user, host)) = authority.rsplit_once('@') else { return unchanged() };
    let (name, password) = user.split_once(':').map_or((user, None), |(name, password)| (name, Some(password)));
    let names_login = scheme.to_ascii_lowercase().split('+').any(|part| part == "ssh");
    let (kept, taken) = match (names_login, password) {
        (true, password) => (format!("{name}@"), vec![password.unwrap_or_default()]),
        (false, Some(password)) => (String::new(), vec![name, password]),
        (false, None) => (String::new(), vec![name]),
    };
    let mut credentials: Vec<String> = taken.iter().flat_map(|text| [(*text).to_owned(), decoded(text)]).collect();
    credentials.retain(|text| !text.is_empty() && !WELL_KNOWN.contains(&text.as_str()));
    credentials.sort();
    credentials.dedup();
    Bare { url: format!("{scheme}://{kept}{host}{path}"), credentials }
}

/// User names that stand before a token, or behind one, and are none.
const WELL_KNOWN: [&str; 7] = ["git", "oauth2", "x-access-token", "x-oauth-basic", "x-token-auth", "gitlab-ci-token", "token"];

/// `%40` as `@`.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let escape = after.get(..2).and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        match escape {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_taken_out_and_known() {
        for (url, bare, credentials) in [
            ("https://x-access-token:ghp_1@github.com/corp/app", "https://github.com/corp/app", &["ghp_1"][..]),
            ("https://ghp_1@github.com/corp/app", "https://github.com/corp/app", &["ghp_1"]),
            ("https://ghp_1:x-oauth-basic@github.com/a", "https://github.com/a", &["ghp_1"]),
            ("HTTPS://me:p%40ss@host:8443?x=1", "HTTPS://host:8443?x=1", &["me", "p%40ss", "p@ss"]),
            ("ssh://git:pw12@host/corp/app", "ssh://git@host/corp/app", &["pw12"]),
            ("git+ssh://git@host/a", "git+ssh://git@host/a", &[]),
            ("https://a@b@host/x", "https://host/x", &["a@b"]),
            ("https://host/a@b", "https://host/a@b", &[]),
            ("git@github.com:corp/app", "git@github.com:corp/app", &[]),
            ("/srv/git/app", "/srv/git/app", &[]),
        ] {
            let found = without_credentials(url);
            assert_eq!(
                (found.url.as_str(), found.credentials),
                (bare, credentials.iter().map(|c| (*c).to_owned()).collect()),
                "{url}"
            );
        }
    }
}
