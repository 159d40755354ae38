//! Getting a token, or the header that stands for a password.

use std::time::{Duration, Instant};

use serde::Deserialize;
use ureq::http::Method;

use super::answer::words;
use super::challenge::Challenge;
use super::session::exchange;
use crate::credentials::Credential;
use crate::error::Error;
use crate::http::{Body, Client, Request, Response, Url, encode};
use crate::reference::Repository;

/// A token that ends sooner than this is replaced before it is used.
const MARGIN: Duration = Duration::from_secs(10);

/// What the specification says of tokens that do not say how long they last.
const DEFAULT_LIFE: u64 = 60;

/// An `Authorization` header.
#[derive(Clone)]
pub(super) struct Authorization {
    pub(super) header: String,
    expires: Option<Instant>,
}

impl Authorization {
    /// Whether it will do for a request that begins now.
    pub(super) fn is_fresh(&self) -> bool {
        self.expires.is_none_or(|expires| Instant::now() + MARGIN < expires)
    }
}

#[derive(Deserialize)]
struct Token {
    token: Option<String>,
    access_token: Option<String>,
    expires_in: Option<u64>,
}

/// Whose rights are asked for.
pub(super) struct Applicant<'a> {
    pub(super) client: &'a Client,
    pub(super) repository: &'a Repository,
    /// Where the registry is, and whether it is spoken to over TLS.
    pub(super) base: &'a Url,
    pub(super) credential: Option<&'a Credential>,
}

impl Applicant<'_> {
    /// Meets a challenge.
    pub(super) fn authorize(&self, challenge: &Challenge, scopes: &[String]) -> Result<Authorization, Error> {
        let host = &self.repository.host;
        match (challenge, self.credential) {
            (_, Some(Credential::Bearer(token))) => Ok(Authorization { header: format!("Bearer {token}"), expires: None }),
            (Challenge::Basic, Some(Credential::Basic { user, secret })) => {
                Ok(Authorization { header: Credential::basic(user, secret), expires: None })
            }
            (Challenge::Basic, Some(Credential::Identity(_))) => Err(Error::Unauthorized(format!(
                "{host} wants a name and a password, and config.json has an identity token for it; log in to it again"
            ))),
            (Challenge::Basic, None) => Err(self.missing()),
            (Challenge::Bearer { realm, service, .. }, _) => {
                let realm = Url::parse(realm).ok_or_else(|| {
                    Error::Registry(format!("{host} names a token service that is not an http or https address"))
                })?;
                if !self.client.may_ask(self.base, &realm) {
                    let service = realm.authority();
                    return Err(Error::Tls(format!(
                        "{host} names a token service without TLS ({service}), so others on the network could read the credentials; \
                         the registry's owner must give it an https address"
                    )));
                }
                self.token(&realm, service.as_deref(), scopes)
            }
        }
    }

    /// What is said when credentials are wanted and there are none.
    pub(super) fn missing(&self) -> Error {
        let host = &self.repository.host;
        Error::Unauthorized(format!(
            "{host} wants credentials for {}, and config.json has none; log in to {host} first",
            self.repository
        ))
    }

    /// What is said when they are wrong.
    pub(super) fn refused(&self, response: &Response) -> Error {
        let host = &self.repository.host;
        match self.credential {
            None => self.missing(),
            Some(_) => Error::Unauthorized(format!(
                "{host} refuses the credentials{}; check the name and the password or key, and that it has not expired",
                self.scrub(&words(response))
            )),
        }
    }

    /// Text from outside, without what is secret.
    pub(super) fn scrub(&self, text: &str) -> String {
        self.credential.map_or_else(|| text.to_owned(), |credential| credential.scrub(text))
    }

    fn token(&self, realm: &Url, service: Option<&str>, scopes: &[String]) -> Result<Authorization, Error> {
        let asked = Instant::now();
        let response = match self.credential {
            Some(Credential::Identity(refresh)) => self.by_refresh(realm, service, scopes, refresh)?,
            Some(Credential::Basic { user, secret }) => {
                self.by_get(realm, service, scopes, Some(Credential::basic(user, secret)))?
            }
            Some(Credential::Bearer(_)) | None => self.by_get(realm, service, scopes, None)?,
        };
        let host = &self.repository.host;
        match response.status.as_u16() {
            200 => {}
            400 | 401 => return Err(self.refused(&response)),
            403 => {
                return Err(Error::Denied(format!(
                    "the token service of {host} does not permit {}{}",
                    self.repository,
                    self.scrub(&words(&response))
                )));
            }
            status => {
                return Err(Error::Unreachable(format!(
                    "the token service of {host} answers with status {status}{}",
                    self.scrub(&words(&response))
                )));
            }
        }
        let parsed = serde_json::from_slice::<Token>(&response.body).ok();
        let life = parsed.as_ref().and_then(|token| token.expires_in).unwrap_or(DEFAULT_LIFE);
        let token = parsed.and_then(|token| token.token.or(token.access_token)).filter(|token| !token.is_empty());
        let token = token.ok_or_else(|| Error::Registry(format!("the token service of {host} answers without a token")))?;
        Ok(Authorization { header: format!("Bearer {token}"), expires: asked.checked_add(Duration::from_secs(life)) })
    }

    fn by_get(&self, realm: &Url, service: Option<&str>, scopes: &[String], basic: Option<String>) -> Result<Response, Error> {
        let mut url = realm.clone();
        if let Some(service) = service {
            url = url.with("service", service);
        }
        for scope in scopes {
            url = url.with("scope", scope);
        }
        let request = Request {
            registry: &self.repository.host,
            method: Method::GET,
            url: &url,
            headers: &[],
            authorization: basic.as_deref(),
        };
        exchange(self.client, &request, || Body::None)
    }

    fn by_refresh(&self, realm: &Url, service: Option<&str>, scopes: &[String], refresh: &str) -> Result<Response, Error> {
        let scope = scopes.join(" ");
        let fields = [
            ("grant_type", "refresh_token"),
            ("client_id", "windlass"),
            ("service", service.unwrap_or_default()),
            ("scope", &scope),
            ("refresh_token", refresh),
        ];
        let form = fields.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect::<Vec<_>>().join("&");
        let headers = [("content-type", "application/x-www-form-urlencoded".to_owned())];
        let request =
            Request { registry: &self.repository.host, method: Method::POST, url: realm, headers: &headers, authorization: None };
        exchange(self.client, &request, || Body::Bytes(form.as_bytes()))
    }
}
