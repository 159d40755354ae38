//! A configuration file of Docker or Podman.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Deserialize;
use windlass_model::text;

use super::{CredentialsError, Login, Secret};
use crate::repository::canonical;

/// Bytes that such a file may have.
const LARGEST: u64 = 1 << 20;

/// Padding is optional: not everything that writes these files pads.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What such a file says of logins.
pub(super) struct Configuration {
    path: PathBuf,
    content: Content,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Content {
    auths: HashMap<String, Entry>,
    cred_helpers: HashMap<String, String>,
    creds_store: String,
}

/// One login as it is written.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Entry {
    #[serde(skip)]
    key: String,
    auth: String,
    username: String,
    password: String,
    identitytoken: String,
    registrytoken: String,
}

impl Configuration {
    /// Reads one; nothing when there is no such file.
    pub(super) async fn read(path: &Path) -> Result<Option<Self>, CredentialsError> {
        let unreadable = |problem: String| CredentialsError::Unreadable { path: shown(path), problem };
        let place = path.to_owned();
        let read = tokio::task::spawn_blocking(move || windlass_files::named(&place, LARGEST)).await;
        match read.map_err(|problem| unreadable(problem.to_string()))? {
            Ok(bytes) => Self::parse(path, &bytes).map(Some),
            Err(problem) if problem.is_not_found() => Ok(None),
            Err(problem) => Err(unreadable(problem.to_string())),
        }
    }

    /// What is wrong is said by place: the text of a parser's message could hold a secret.
    pub(super) fn parse(path: &Path, bytes: &[u8]) -> Result<Self, CredentialsError> {
        // Podman starts with an empty file.
        if bytes.trim_ascii().is_empty() {
            return Ok(Self { path: path.to_owned(), content: Content::default() });
        }
        let malformed =
            |e: serde_json::Error| CredentialsError::Malformed { path: shown(path), line: e.line(), column: e.column() };
        let mut content: Content = serde_json::from_slice(bytes).map_err(malformed)?;
        for (key, entry) in &mut content.auths {
            entry.key = key.clone();
        }
        Ok(Self { path: path.to_owned(), content })
    }

    pub(super) fn path(&self) -> String {
        shown(&self.path)
    }

    /// The helper for a scope, with the key that it knows it by.
    pub(super) fn helper(&self, wanted: &str) -> Option<(&str, &str)> {
        let helpers = self.content.cred_helpers.iter().filter(|(key, name)| scope(key) == wanted && !name.is_empty());
        helpers.map(|(key, name)| (key.as_str(), name.as_str())).min()
    }

    /// The login for a scope. One host may have several keys; the first of them by name counts.
    pub(super) fn entry(&self, wanted: &str) -> Option<&Entry> {
        let entries = self.content.auths.values().filter(|entry| scope(&entry.key) == wanted && !entry.is_empty());
        entries.min_by_key(|entry| &entry.key)
    }

    /// The helper that has all logins which no other has.
    pub(super) fn store(&self) -> Option<&str> {
        Some(self.content.creds_store.as_str()).filter(|name| !name.is_empty())
    }
}

impl Entry {
    /// As `docker login` with a credential store leaves it.
    fn is_empty(&self) -> bool {
        [&self.auth, &self.username, &self.password, &self.identitytoken, &self.registrytoken].iter().all(|text| text.is_empty())
    }

    pub(super) fn login(&self, path: String) -> Result<Option<Login>, CredentialsError> {
        let malformed = || CredentialsError::Entry { path: path.clone(), key: text::shortened(&self.key, 200).into_owned() };
        let (user, secret) = if self.auth.is_empty() {
            (self.username.clone(), self.password.clone())
        } else {
            let pair = BASE64.decode(self.auth.trim()).map_err(|_| malformed())?;
            let pair = String::from_utf8(pair).map_err(|_| malformed())?;
            let (user, secret) = pair.split_once(':').ok_or_else(malformed)?;
            // Docker once padded the pair with zero bytes.
            (user.to_owned(), secret.trim_end_matches('\0').to_owned())
        };
        let secret = if !self.identitytoken.is_empty() {
            Secret::Identity(self.identitytoken.clone().into())
        } else if !self.registrytoken.is_empty() {
            Secret::Bearer(self.registrytoken.clone().into())
        } else {
            Secret::Password(secret.into())
        };
        Ok(Some(Login { user, secret, source: path.clone() }))
    }
}

/// A key of the file as the host, or host and repository, that references write.
fn scope(key: &str) -> String {
    let bare = key.trim_start_matches("https://").trim_start_matches("http://").trim_end_matches('/');
    let bare = bare.strip_suffix("/v1").or_else(|| bare.strip_suffix("/v2")).unwrap_or(bare);
    match bare.split_once('/') {
        Some((host, rest)) => format!("{}/{rest}", canonical(host)),
        None => canonical(bare).to_owned(),
    }
}

fn shown(path: &Path) -> String {
    text::shortened(&path.display().to_string(), 300).into_owned()
}
