//! Getting a token, or the header that stands for a password.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{Method, StatusCode, Url};
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use url::form_urlencoded;

use super::{Authorization, Challenge};
use crate::answer::{Asked, document, is_temporary, refusal, words};
use crate::credentials::{CredentialsError, Login, Secret};
use crate::error::Error;
use crate::registries::Registries;
use crate::transport::{Host, Payload, Request, authority, exchange, named, send_once};

/// What the specification says of tokens that do not say how long they last, in seconds.
const DEFAULT_LIFE: u64 = 60;

/// Bytes of an answer of a token service: a token of Azure has 2 KiB.
const ANSWER: u64 = 1 << 20;

/// Who asks to be let in, and for what.
pub(crate) struct Applicant<'a> {
    pub(crate) registries: &'a Registries,
    pub(crate) host: &'a Host,
    /// Where the registry is, and whether it is spoken to over TLS.
    pub(crate) base: &'a Url,
    pub(crate) scopes: &'a [String],
    pub(crate) login: Result<Option<Login>, CredentialsError>,
    /// What was asked for, in words.
    pub(crate) what: &'a str,
}

#[derive(Deserialize)]
struct Token {
    #[serde(default)]
    token: Option<String>,
    #[serde(default)]
    access_token: Option<String>,
    #[serde(default)]
    expires_in: Option<u64>,
}

impl Applicant<'_> {
    /// Meets a challenge.
    pub(crate) async fn authorize(self, challenge: &Challenge) -> Result<Authorization, Error> {
        let login = self.known_login();
        match (challenge, login.map(|login| (login, &login.secret))) {
            (_, Some((login, Secret::Bearer(token)))) => self.header(&format!("Bearer {}", token.expose_secret()), login, None),
            (Challenge::Basic, Some((login, Secret::Password(password)))) => {
                self.header(&basic(&login.user, password.expose_secret()), login, None)
            }
            (Challenge::Basic, Some((login, Secret::Identity(_)))) => {
                let said = " (it wants a name and a password, and these credentials are an identity token)".to_owned();
                Err(Error::Unauthorized { host: self.host.name.clone(), login: login.to_string(), said })
            }
            (Challenge::Basic, None) => Err(self.refused(String::new())),
            (Challenge::Bearer { realm, service, .. }, _) => {
                let problem = || Error::Protocol {
                    host: self.host.name.clone(),
                    problem: "the token service that it names has no http or https address".into(),
                };
                let realm = named(self.base, realm).ok_or_else(problem)?;
                if !self.may_ask(&realm) {
                    return Err(Error::PlainTokenService { host: self.host.name.clone(), service: authority(&realm) });
                }
                self.token(realm, service.as_deref()).await
            }
        }
    }

    /// Whether a token service may be asked. A registry that is spoken to over TLS must name one over TLS, wherever it is; one
    /// without may name itself, or what the settings call insecure, too.
    fn may_ask(&self, realm: &Url) -> bool {
        let known = || realm.host() == self.base.host() || self.registries.trust.is_insecure(&authority(realm));
        realm.scheme() == "https" || self.base.scheme() != "https" && known()
    }

    async fn token(&self, realm: Url, service: Option<&str>) -> Result<Authorization, Error> {
        let asked = Instant::now();
        let login = self.known_login();
        let (request, header) = match login.map(|login| (login, &login.secret)) {
            Some((_, Secret::Identity(refresh))) => (self.refresh(realm, service, refresh.expose_secret()), None),
            Some((login, Secret::Password(password))) => {
                let header = self.header(&basic(&login.user, password.expose_secret()), login, None)?.header;
                (self.ask(realm, service), Some(header))
            }
            Some((_, Secret::Bearer(_))) | None => (self.ask(realm, service), None),
        };
        // What carries a token itself is sent nowhere but where the registry says.
        let response = match request.payload {
            Payload::Nothing => exchange(self.host, &request, header.as_ref()).await?,
            _ => send_once(self.host, &request, None).await?,
        };
        let status = response.status();
        if is_temporary(&response) {
            return Err(refusal(response, &self.asked()).await);
        }
        if matches!(status, StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
            return Err(self.refused(words(response, &self.registries.redactor).await));
        }
        let host = self.host.name.clone();
        if status != StatusCode::OK {
            return Err(Error::Protocol { host, problem: format!("its token service answers with status {}", status.as_u16()) });
        }
        let answer = document(response, ANSWER, "the answer of the token service").await?;
        let answer = serde_json::from_slice::<Token>(&answer).ok();
        let life = answer.as_ref().and_then(|answer| answer.expires_in).unwrap_or(DEFAULT_LIFE);
        let token = answer.and_then(|answer| answer.token.or(answer.access_token)).filter(|token| !token.is_empty());
        let none = || Error::Protocol { host, problem: "its token service answers without a token".into() };
        let token = token.ok_or_else(none)?;
        self.registries.redactor.add([&token]);
        let expires = asked.checked_add(Duration::from_secs(life));
        Authorization::of(&format!("Bearer {token}"), self.login_in_words(), expires).ok_or_else(|| self.unfit())
    }

    fn ask(&self, mut url: Url, service: Option<&str>) -> Request<'static> {
        {
            let mut query = url.query_pairs_mut();
            query.extend_pairs(service.map(|service| ("service", service)));
            query.extend_pairs(self.scopes.iter().map(|scope| ("scope", scope)));
        }
        Request::get(url)
    }

    fn refresh(&self, url: Url, service: Option<&str>, refresh: &str) -> Request<'static> {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs([("grant_type", "refresh_token"), ("client_id", "windlass")]);
        form.append_pair("service", service.unwrap_or_default());
        form.append_pair("scope", &self.scopes.join(" "));
        form.append_pair("refresh_token", refresh);
        let mut request = Request::new(Method::POST, url);
        request.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        request.payload = Payload::Bytes(Bytes::from(form.finish()));
        request
    }

    fn header(&self, text: &str, login: &Login, expires: Option<Instant>) -> Result<Authorization, Error> {
        Authorization::of(text, login.to_string(), expires).ok_or_else(|| self.unfit())
    }

    fn unfit(&self) -> Error {
        Error::Protocol { host: self.host.name.clone(), problem: "a token for it has characters that no header can have".into() }
    }

    /// Whose credentials are shown, if any are.
    pub(crate) fn known_login(&self) -> Option<&Login> {
        self.login.as_ref().ok().and_then(Option::as_ref)
    }

    pub(crate) fn login_in_words(&self) -> String {
        self.known_login().map_or_else(|| "anybody".to_owned(), ToString::to_string)
    }

    /// What is said when the credentials, or their lack, are refused. Credentials that could not be read are the cause.
    pub(crate) fn refused(&self, said: String) -> Error {
        let host = self.host.name.clone();
        match &self.login {
            Ok(Some(login)) => Error::Unauthorized { host, login: login.to_string(), said },
            Ok(None) => Error::NoCredentials { host, what: self.what.to_owned(), said },
            Err(problem) => Error::Credentials(problem.clone()),
        }
    }

    fn asked(&self) -> Asked<'_> {
        Asked { login: self.login_in_words(), action: "read", what: "the token service", redactor: &self.registries.redactor }
    }
}

fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}
