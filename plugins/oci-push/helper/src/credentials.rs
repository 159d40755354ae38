//! Credentials from a Docker configuration. Their bytes leave this module only for the `Authorization` header and the token
//! request; nothing here can be printed.

use std::collections::HashMap;
use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;

use crate::error::Error;
use crate::reference::{DOCKER_HUB, Repository};

/// What a registry gets to see.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Credential {
    /// A name and a password, key or token.
    Basic { user: String, secret: String },
    /// A refresh token for the registry's token service.
    Identity(String),
    /// A token for the registry itself.
    Bearer(String),
}

/// All credentials of a configuration, by host or host and the beginning of the repository's name.
#[derive(Default)]
pub(crate) struct Credentials {
    by_scope: HashMap<String, Credential>,
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    auths: HashMap<String, Entry>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Entry {
    auth: String,
    username: String,
    password: String,
    identitytoken: String,
    registrytoken: String,
}

/// Padding is optional: not everything that writes these files pads.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

impl Credentials {
    /// From `config.json` in `$DOCKER_CONFIG`, else in `~/.docker`; none when there is no such file.
    pub(crate) fn of_this_process() -> Result<Self, Error> {
        let directory = match (env::var_os("DOCKER_CONFIG").filter(|v| !v.is_empty()), env::var_os("HOME")) {
            (Some(directory), _) => PathBuf::from(directory),
            (None, Some(home)) => Path::new(&home).join(".docker"),
            (None, None) => return Ok(Self::default()),
        };
        let path = directory.join("config.json");
        match fs::read(&path) {
            Ok(bytes) => Self::parse(&bytes).map_err(|problem| Error::Usage(format!("{}: {problem}", path.display()))),
            Err(source) if source.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(source) => Err(Error::File { what: format!("cannot read {}", path.display()), source }),
        }
    }

    /// What is wrong is said by place: the text of a parser's message could hold a secret.
    fn parse(bytes: &[u8]) -> Result<Self, String> {
        let file: File = serde_json::from_slice(bytes)
            .map_err(|e| format!("it is not a Docker configuration (line {}, column {})", e.line(), e.column()))?;
        let mut by_scope = HashMap::new();
        for (key, entry) in file.auths {
            let credential = entry
                .credential()
                .ok_or_else(|| format!("the `auth` of {key:?} is not base64 of NAME:SECRET; log in to that registry again"))?;
            by_scope.extend(credential.map(|credential| (scope(&key), credential)));
        }
        Ok(Self { by_scope })
    }

    /// Those for a repository: of the longest scope that it is in.
    pub(crate) fn of(&self, repository: &Repository) -> Option<&Credential> {
        let whole = repository.to_string();
        let mut scope = whole.as_str();
        loop {
            if let Some(found) = self.by_scope.get(scope) {
                return Some(found);
            }
            scope = scope.rsplit_once('/')?.0;
        }
    }
}

impl Entry {
    /// `Some(None)` when it is empty, as `docker login` with a credential store leaves it; `None` when it is malformed.
    fn credential(self) -> Option<Option<Credential>> {
        if !self.identitytoken.is_empty() {
            return Some(Some(Credential::Identity(self.identitytoken)));
        }
        if !self.registrytoken.is_empty() {
            return Some(Some(Credential::Bearer(self.registrytoken)));
        }
        if self.auth.is_empty() {
            let pair = Credential::Basic { user: self.username, secret: self.password };
            return Some((pair != Credential::Basic { user: String::new(), secret: String::new() }).then_some(pair));
        }
        let text = String::from_utf8(BASE64.decode(self.auth.trim()).ok()?).ok()?;
        let (user, secret) = text.split_once(':')?;
        // Docker once padded the pair with zero bytes.
        Some(Some(Credential::Basic { user: user.to_owned(), secret: secret.trim_end_matches('\0').to_owned() }))
    }
}

impl Credential {
    /// The header for registries and token services that take name and secret.
    pub(crate) fn basic(user: &str, secret: &str) -> String {
        format!("Basic {}", STANDARD.encode(format!("{user}:{secret}")))
    }

    /// Removes whatever is secret from text that came from outside.
    pub(crate) fn scrub(&self, text: &str) -> String {
        let secrets = match self {
            Self::Basic { user, secret } => {
                let pair = format!("{user}:{secret}");
                vec![STANDARD.encode(&pair), STANDARD_NO_PAD.encode(&pair), secret.clone()]
            }
            Self::Identity(secret) | Self::Bearer(secret) => vec![secret.clone()],
        };
        secrets
            .iter()
            .filter(|secret| !secret.is_empty())
            .fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), "***"))
    }
}

/// A key of the file as the host, or host and repository, that references write.
fn scope(key: &str) -> String {
    let bare = key.trim_start_matches("https://").trim_start_matches("http://").trim_end_matches('/');
    let bare = bare.strip_suffix("/v1").or_else(|| bare.strip_suffix("/v2")).unwrap_or(bare);
    match bare.split_once('/') {
        Some(("index.docker.io" | "registry-1.docker.io", rest)) => format!("{DOCKER_HUB}/{rest}"),
        None if matches!(bare, "index.docker.io" | "registry-1.docker.io") => DOCKER_HUB.to_owned(),
        _ => bare.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(credentials: &Credentials, repository: &str) -> Option<String> {
        match credentials.of(&repository.parse().unwrap()) {
            Some(Credential::Basic { user, secret }) => Some(format!("{user}:{secret}")),
            Some(Credential::Identity(token)) => Some(format!("identity {token}")),
            Some(Credential::Bearer(token)) => Some(format!("bearer {token}")),
            None => None,
        }
    }

    #[test]
    fn the_longest_scope_wins() {
        let file = br#"{"auths": {
            "gcr.io": {"auth": "YTox"}, "gcr.io/p/a": {"auth": "Yjoy"}, "https://index.docker.io/v1/": {"auth": "aHViOjM="},
            "corp:5000": {"username": "c", "password": "4"}, "r.io": {"identitytoken": "5"}, "s.io": {"registrytoken": "6"}, "empty.io": {}
        }, "credsStore": "desktop"}"#;
        let credentials = Credentials::parse(file).unwrap();
        for (repository, expected) in [
            ("gcr.io/p", Some("a:1")),
            ("gcr.io/p/ab", Some("a:1")),
            ("gcr.io/p/a", Some("b:2")),
            ("gcr.io/p/a/b", Some("b:2")),
            ("busybox", Some("hub:3")),
            ("corp:5000/x", Some("c:4")),
            ("r.io/x", Some("identity 5")),
            ("s.io/x", Some("bearer 6")),
            ("empty.io/x", None),
            ("other.io/x", None),
        ] {
            assert_eq!(user(&credentials, repository).as_deref(), expected, "{repository}");
        }
    }

    #[test]
    fn a_key_with_colons_and_no_padding_is_read_whole() {
        let credentials = Credentials::parse(br#"{"auths": {"gcr.io": {"auth": "X2pzb25fa2V5OnsiYSI6ImIifQ"}}}"#).unwrap();
        assert_eq!(user(&credentials, "gcr.io/x").as_deref(), Some(r#"_json_key:{"a":"b"}"#));
    }

    #[test]
    fn a_malformed_file_is_refused_without_repeating_it() {
        for file in [r#"{"auths": {"gcr.io": {"auth": "hunter2!"}}}"#, r#"{"auths": {"gcr.io": "hunter2!"}}"#, "hunter2!"] {
            let problem = Credentials::parse(file.as_bytes()).err().unwrap();
            assert!(!problem.contains("hunter2"), "{problem}");
        }
    }

    #[test]
    fn an_echo_of_a_secret_is_scrubbed() {
        let credential = Credential::Basic { user: "me".into(), secret: "hunter2".into() };
        let echo = format!("no {} and no hunter2", Credential::basic("me", "hunter2"));
        assert_eq!(credential.scrub(&echo), "no Basic *** and no ***");
    }
}
