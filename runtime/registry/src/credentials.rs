//! Logins for registries, where Docker and Podman keep theirs.
//!
//! The crate `docker_credential` reads the same files, and is not used: it waits for a credential helper for ever, and blocks
//! meanwhile; and it knows no logins for a part of a registry, which Podman writes.

mod error;
mod file;
mod helper;
mod places;

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use async_trait::async_trait;
use secrecy::SecretString;

pub use error::CredentialsError;

use crate::repository::canonical;
use file::Configuration;
use helper::Helper;

/// Finds logins.
#[async_trait]
pub trait Credentials: Send + Sync {
    /// The login for a repository of a registry, if there is one. `registry` is the host as references write it, with its port if
    /// it has one.
    async fn login(&self, registry: &str, repository: &str) -> Result<Option<Login>, CredentialsError>;
}

/// What a registry gets to see.
#[derive(Clone)]
pub struct Login {
    /// The user's name; with a token, none is needed.
    pub user: String,
    /// What proves it.
    pub secret: Secret,
    /// Where it is from, to be read behind `from`: a file, a credential helper.
    pub source: String,
}

/// What proves who somebody is. It cannot be printed.
#[derive(Clone)]
pub enum Secret {
    /// A password, key or access token, shown with the user's name.
    Password(SecretString),
    /// A refresh token for the registry's token service.
    Identity(SecretString),
    /// A token for the registry itself.
    Bearer(SecretString),
}

/// Whose it is and where it is from.
impl fmt::Display for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.secret {
            // Such names are tokens themselves.
            Secret::Password(_) if self.has_token_for_name() => write!(f, "the credentials from {}", self.source),
            Secret::Password(_) => {
                write!(f, "user `{}` (from {})", windlass_model::text::shortened(&self.user, 100), self.source)
            }
            Secret::Identity(_) | Secret::Bearer(_) => write!(f, "the token from {}", self.source),
        }
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("source", &self.source).finish_non_exhaustive()
    }
}

impl Login {
    /// Some hosts take a token for the name, with nothing or a word of no meaning for the password.
    pub(crate) fn has_token_for_name(&self) -> bool {
        use secrecy::ExposeSecret as _;
        matches!(&self.secret, Secret::Password(password) if matches!(password.expose_secret(), "" | "x-oauth-basic" | "x"))
    }
}

/// Nobody is logged in anywhere.
#[derive(Debug, Clone, Copy)]
pub struct Anonymous;

#[async_trait]
impl Credentials for Anonymous {
    async fn login(&self, _: &str, _: &str) -> Result<Option<Login>, CredentialsError> {
        Ok(None)
    }
}

/// The logins of `docker login` and `podman login`. Files and helpers are asked each time: what they give may end soon.
#[derive(Debug, Clone)]
pub struct Configured {
    files: Vec<PathBuf>,
    path: Option<OsString>,
}

impl Configured {
    /// Those that the environment leads to: `REGISTRY_AUTH_FILE`, `DOCKER_CONFIG`, and the places that both programs use without
    /// being told. The first file that has a login counts. `variable` gives the value of one; helpers are looked for in `PATH`.
    pub fn of(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        Self { files: places::files(&variable), path: variable("PATH") }
    }

    async fn in_file(&self, configuration: &Configuration, scopes: &[String]) -> Result<Option<Login>, CredentialsError> {
        for scope in scopes {
            if let Some((key, name)) = configuration.helper(scope)
                && let Some(login) = self.helper(configuration, name)?.get(key).await?
            {
                return Ok(Some(login));
            }
            if let Some(entry) = configuration.entry(scope)
                && let Some(login) = entry.login(configuration.path())?
            {
                return Ok(Some(login));
            }
        }
        let (Some(name), Some(registry)) = (configuration.store(), scopes.last()) else { return Ok(None) };
        // Under this key, `docker login` puts Docker Hub's.
        let key = if registry == "docker.io" { "https://index.docker.io/v1/" } else { registry };
        self.helper(configuration, name)?.get(key).await
    }

    fn helper(&self, configuration: &Configuration, name: &str) -> Result<Helper, CredentialsError> {
        Helper::new(name, configuration.path(), self.path.clone())
    }
}

#[async_trait]
impl Credentials for Configured {
    async fn login(&self, registry: &str, repository: &str) -> Result<Option<Login>, CredentialsError> {
        let scopes = scopes(canonical(registry), repository);
        for path in &self.files {
            if let Some(configuration) = Configuration::read(path).await?
                && let Some(login) = self.in_file(&configuration, &scopes).await?
            {
                return Ok(Some(login));
            }
        }
        Ok(None)
    }
}

/// What a login may be for that serves a repository, the narrowest first.
fn scopes(registry: &str, repository: &str) -> Vec<String> {
    let whole = format!("{registry}/{repository}");
    let up = |scope: &String| Some(scope.rsplit_once('/')?.0.to_owned());
    std::iter::successors(Some(whole), up).collect()
}

#[cfg(test)]
mod tests;
