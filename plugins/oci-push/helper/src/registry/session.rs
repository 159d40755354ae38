//! Requests to one repository: authorised, repeated when the registry is busy or gone, followed where it points.

use std::sync::{Mutex, PoisonError};

use ureq::http::Method;

use super::answer::{refusal, words};
use super::authorization::{Applicant, Authorization};
use super::challenge::Challenge;
use super::exchange::exchange;
use crate::error::Error;
use crate::http::{Body, Client, Request, Response, Url};
use crate::reference::Repository;

/// More redirects in a row than this are a loop.
const MAX_REDIRECTS: usize = 5;

/// What is done with one repository.
pub(crate) struct Session<'a> {
    pub(super) client: &'a Client,
    pub(super) repository: &'a Repository,
    pub(super) base: Url,
    /// What tokens are asked for. The first is for the repository itself, others for those that blobs are mounted from.
    scopes: Vec<String>,
    authorization: Mutex<Option<Authorization>>,
}

impl<'a> Session<'a> {
    /// May read.
    pub(crate) fn for_reading(client: &'a Client, repository: &'a Repository) -> Result<Self, Error> {
        Self::new(client, repository, vec![format!("repository:{}:pull", repository.name)])
    }

    /// May write, and read what the registry may link from other repositories of its own.
    pub(crate) fn for_writing(client: &'a Client, repository: &'a Repository, sources: &[&Repository]) -> Result<Self, Error> {
        let own = format!("repository:{}:pull,push", repository.name);
        let scopes = [own].into_iter().chain(sources.iter().map(|source| format!("repository:{}:pull", source.name)));
        Self::new(client, repository, scopes.collect())
    }

    fn new(client: &'a Client, repository: &'a Repository, scopes: Vec<String>) -> Result<Self, Error> {
        let base = client.base(&repository.host, repository.address())?;
        Ok(Self { client, repository, base, scopes, authorization: Mutex::new(None) })
    }

    /// An address below a repository of this registry.
    pub(super) fn url(&self, repository: &str, path: &str) -> Url {
        self.base.join(&format!("{repository}/{path}"))
    }

    /// Sends a request whose body can be repeated, until there is an answer that means something.
    pub(super) fn call(
        &self,
        method: &Method,
        url: &Url,
        headers: &[(&'static str, String)],
        body: Option<&[u8]>,
    ) -> Result<Response, Error> {
        let mut url = url.clone();
        let mut challenged = 0;
        let mut redirects = 0;
        loop {
            let authorization = self.header_for(&url);
            let request = Request {
                registry: &self.repository.host,
                method: method.clone(),
                url: &url,
                headers,
                authorization: authorization.as_deref(),
            };
            let response = exchange(self.client, &request, || body.map_or(Body::None, Body::Bytes))?;
            match response.status.as_u16() {
                401 if self.base.same_server(&url) => {
                    self.challenged(&response, authorization.as_deref(), challenged)?;
                    challenged += 1;
                }
                301 | 302 | 303 | 307 | 308 if body.is_none() && redirects < MAX_REDIRECTS => {
                    redirects += 1;
                    let host = &self.repository.host;
                    url = response
                        .header("location")
                        .and_then(|location| url.location(location))
                        .ok_or_else(|| Error::Registry(format!("{host} redirects without saying where to")))?;
                }
                _ => return Ok(response),
            }
        }
    }

    /// Meets a 401 to a request with this header. `already` is how many were met for the same request.
    pub(super) fn challenged(&self, response: &Response, header: Option<&str>, already: usize) -> Result<(), Error> {
        // Others that find the same out meanwhile wait here, and then use what this one got.
        let mut current = self.authorization.lock().unwrap_or_else(PoisonError::into_inner);
        if current.as_ref().is_some_and(|current| current.is_fresh() && Some(current.header.as_str()) != header) {
            return Ok(());
        }
        let applicant = self.applicant();
        let headers = response.headers.get_all("www-authenticate").into_iter().filter_map(|value| value.to_str().ok());
        let Some(challenge) = Challenge::parse(headers) else {
            return Err(applicant.refused(response));
        };
        if let Challenge::Bearer { error: Some(error), .. } = &challenge
            && error == "insufficient_scope"
            && already > 0
        {
            return Err(Error::Denied(format!(
                "{} does not permit this for {}{}; the credentials need more rights",
                self.repository.host,
                self.repository,
                applicant.scrub(&words(response))
            )));
        }
        // A password is refused once and for all; a token may have been too old, and one more is tried.
        let enough = if challenge == Challenge::Basic { 1 } else { 2 };
        if already >= enough {
            return Err(applicant.refused(response));
        }
        let own = self.scopes.get(..1).unwrap_or_default();
        let found = match applicant.authorize(&challenge, &self.scopes) {
            // Some services refuse everything when one scope is not ours to have.
            Err(Error::Unauthorized(_) | Error::Denied(_)) if self.scopes.len() > 1 => applicant.authorize(&challenge, own)?,
            other => other?,
        };
        *current = Some(found);
        Ok(())
    }

    /// The error that an unexpected answer is. `what` completes "cannot …".
    pub(super) fn refusal(&self, response: &Response, what: &str) -> Error {
        refusal(response, self.repository, what)
    }

    fn applicant(&self) -> Applicant<'_> {
        Applicant {
            client: self.client,
            repository: self.repository,
            base: &self.base,
            credential: self.client.credentials.of(self.repository),
        }
    }

    /// The header for a request, which no other server gets to see. An old token is left out: the 401 leads to a new one.
    pub(super) fn header_for(&self, url: &Url) -> Option<String> {
        let authorization = self.authorization.lock().unwrap_or_else(PoisonError::into_inner);
        let found = authorization.as_ref().filter(|found| found.is_fresh())?;
        self.base.same_server(url).then(|| found.header.clone())
    }
}
