//! Requests to one repository at one place: authorised, followed where they lead, once.

use std::sync::Arc;

use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};
use reqwest::{StatusCode, Url};
use secrecy::ExposeSecret as _;

use crate::answer::{Asked, is_temporary, refusal, words};
use crate::authorization::{Applicant, Authorization, Challenge};
use crate::credentials::{CredentialsError, Login, Secret};
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::registries::Registries;
use crate::repository::Repository;
use crate::transport::{Host, Request, Response, authority, exchange, same_origin};

/// What is to be done with a repository, for which a token is asked.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Right<'a> {
    Read,
    Write,
    /// Remove.
    Delete,
    /// Write, and read what is linked from another repository of the same registry.
    Link {
        from: &'a Repository,
    },
}

impl Right<'_> {
    fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write | Self::Link { .. } => "write",
            Self::Delete => "delete",
        }
    }

    /// As token services know them.
    fn scopes(self, name: &str) -> Vec<String> {
        match self {
            Self::Read => vec![format!("repository:{name}:pull")],
            Self::Write => vec![format!("repository:{name}:pull,push")],
            Self::Delete => vec![format!("repository:{name}:pull,delete")],
            Self::Link { from } => vec![format!("repository:{name}:pull,push"), format!("repository:{}:pull", from.name())],
        }
    }
}

/// What is done with one repository at one place.
pub(crate) struct Session<'a> {
    registries: &'a Registries,
    host: Arc<Host>,
    endpoint: Endpoint,
    base: Url,
    word: &'static str,
    scopes: Vec<String>,
}

impl<'a> Session<'a> {
    pub(crate) async fn open(registries: &'a Registries, endpoint: Endpoint, right: Right<'_>) -> Result<Self, Error> {
        let host = registries.host(&endpoint);
        let base = host.base().await?;
        let (word, scopes) = (right.word(), right.scopes(&endpoint.name));
        Ok(Self { registries, host, endpoint, base, word, scopes })
    }

    /// Where it is.
    pub(crate) fn base(&self) -> &Url {
        &self.base
    }

    /// How its host is spoken to.
    pub(crate) fn host_settings(&self) -> &Host {
        &self.host
    }

    /// What was last shown here to be let in.
    pub(crate) async fn shown(&self) -> Option<Authorization> {
        self.host.tokens.get(&self.scopes.join(" ")).await
    }

    /// The authorities that are believed of an address which this registry named, as PEM.
    pub(crate) fn certificates(&self, url: &Url) -> Option<String> {
        self.registries.trust.certificates(&self.host.name, &authority(url))
    }

    /// The host as the settings name it.
    pub(crate) fn host(&self) -> &str {
        &self.host.name
    }

    /// An address below the repository. What stands in `path` came through a grammar that has nothing to be escaped.
    pub(crate) fn url(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("/v2/{}/{path}", self.endpoint.name));
        url
    }

    /// An answer that another attempt would not change, other than for the lack of a token. `what` is asked for.
    pub(crate) async fn send(&self, request: &Request<'_>, what: &str) -> Result<Response, Error> {
        let scope = self.scopes.join(" ");
        let is_own = same_origin(&self.base, &request.url);
        let mut shown = self.host.tokens.get(&scope).await.filter(|_| is_own);
        let mut renewed = false;
        loop {
            let header = shown.as_ref().map(|authorization| &authorization.header);
            let response = exchange(&self.host, request, header).await?;
            if is_temporary(&response) {
                return Err(self.refusal(response, what).await);
            }
            if response.status() != StatusCode::UNAUTHORIZED || !response.own || !is_own {
                return Ok(response);
            }
            let obtain = self.challenged(response, renewed, what);
            shown = Some(self.host.tokens.renew(&scope, header.cloned().as_ref(), obtain).await?);
            renewed = true;
        }
    }

    /// Meets a 401. When it comes again after that, what is shown is not enough.
    async fn challenged(&self, response: Response, renewed: bool, what: &str) -> Result<Authorization, Error> {
        let challenge = challenge(response.inner.headers());
        let login = self.login().await;
        if let Ok(Some(login)) = &login {
            let redactor = &self.registries.redactor;
            match &login.secret {
                Secret::Password(secret) => {
                    let secret = secret.expose_secret();
                    redactor.add([secret, &format!("{}:{secret}", login.user)]);
                }
                Secret::Identity(secret) | Secret::Bearer(secret) => redactor.add([secret.expose_secret()]),
            }
        }
        let applicant =
            Applicant { registries: self.registries, host: &self.host, base: &self.base, scopes: &self.scopes, login, what };
        match challenge {
            Some(challenge) if !renewed => applicant.authorize(&challenge).await,
            Some(Challenge::Bearer { error: Some(error), .. })
                if error == "insufficient_scope" && applicant.known_login().is_some() =>
            {
                Err(refusal(response, &self.asked(applicant.login_in_words(), what)).await)
            }
            _ => Err(applicant.refused(words(response, &self.registries.redactor).await)),
        }
    }

    /// The login for this repository; none where others could read it, unless the settings call the host insecure.
    async fn login(&self) -> Result<Option<Login>, CredentialsError> {
        if self.base.scheme() != "https" && !self.host.insecure {
            return Ok(None);
        }
        self.registries.credentials.login(&self.endpoint.host, &self.endpoint.name).await
    }

    /// The error that an answer is.
    pub(crate) async fn refusal(&self, response: Response, what: &str) -> Error {
        let shown = self.host.tokens.get(&self.scopes.join(" ")).await;
        let login = shown.map_or_else(|| "anybody".to_owned(), |authorization| authorization.login);
        refusal(response, &self.asked(login, what)).await
    }

    fn asked<'b>(&'b self, login: String, what: &'b str) -> Asked<'b> {
        Asked { login, action: self.word, what, redactor: &self.registries.redactor }
    }

    /// The error that an answer without meaning is.
    pub(crate) fn nonsense(&self, problem: impl Into<String>) -> Error {
        Error::Protocol { host: self.host.name.clone(), problem: problem.into() }
    }
}

fn challenge(headers: &HeaderMap) -> Option<Challenge> {
    Challenge::parse(headers.get_all(WWW_AUTHENTICATE).into_iter().filter_map(|value| value.to_str().ok()))
}
