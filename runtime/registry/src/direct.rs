//! Requests that somebody else sends: the bytes of a blob then do not pass through here. What is handed over is an address and, where the registry has
//! tokens, a token that ends soon; no password ever is.

use reqwest::{Method, StatusCode, Url};
use secrecy::SecretString;
use windlass_model::digest::Digest;

use crate::error::Error;
use crate::registries::Registries;
use crate::repository::{Blob, Repository, Version};
use crate::session::{Right, Session};
use crate::transport::{Request, Response, same_origin};

/// A request that moves one blob.
#[derive(Debug, Clone)]
pub struct Direct {
    /// `GET` or `PUT`.
    pub method: &'static str,
    /// Where to. The query of an address for a `PUT` gives access.
    pub url: String,
    /// The `Authorization` header.
    pub authorization: Option<SecretString>,
    /// The type of the content that is sent.
    pub content_type: Option<&'static str>,
    /// Certificates to trust beside the usual ones, as PEM.
    pub certificates: Option<String>,
}

/// How a blob gets to a registry.
#[derive(Debug, Clone)]
pub enum Upload {
    /// It is there.
    There,
    /// By this request.
    Direct(Box<Direct>),
    /// Only through here, with [`Registries::push_blob`]: the registry wants a password, or is trusted only by this host's settings.
    Here,
}

impl Registries {
    /// How somebody else can read a blob; `None` if nobody else can.
    ///
    /// # Errors
    /// When the registry cannot be asked, or there is no such blob.
    pub async fn direct_download(&self, repository: &Repository, digest: &Digest) -> Result<Option<Direct>, Error> {
        let what = &Version::Digest(digest.clone()).of(repository);
        self.at_home(repository, Right::Read, |session| async move {
            let url = session.url(&format!("blobs/{digest}"));
            // What the registry wants to see is known once it was asked.
            let asked = session.send(&Request::new(Method::HEAD, url.clone()), what).await?;
            match asked.status() {
                StatusCode::OK | StatusCode::METHOD_NOT_ALLOWED => direct(&session, "GET", url).await,
                _ => Err(session.refusal(asked, what).await),
            }
        })
        .await
    }

    /// How somebody else can send a blob. An upload that is begun so and not sent, the registry forgets.
    ///
    /// # Errors
    /// When the registry cannot be asked, or takes nothing.
    pub async fn direct_upload(&self, repository: &Repository, blob: &Blob) -> Result<Upload, Error> {
        let what = &Version::Digest(blob.digest.clone()).of(repository);
        self.at_home(repository, Right::Write, |session| async move {
            let there = session.send(&Request::new(Method::HEAD, session.url(&format!("blobs/{}", blob.digest))), what).await?;
            match there.status() {
                StatusCode::OK if has_size(&there, blob.size) => return Ok(Upload::There),
                StatusCode::OK | StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => {}
                _ => return Err(session.refusal(there, what).await),
            }
            if session.only_here() {
                return Ok(Upload::Here);
            }
            let begun = session.send(&Request::new(Method::POST, session.url("blobs/uploads/")), what).await?;
            if begun.status() != StatusCode::ACCEPTED {
                return Err(session.refusal(begun, what).await);
            }
            let mut place = begun.location()?;
            place.query_pairs_mut().append_pair("digest", blob.digest.as_str());
            let put = direct(&session, "PUT", place).await?;
            Ok(put.map_or(Upload::Here, |put| {
                Upload::Direct(Box::new(Direct { content_type: Some("application/octet-stream"), ..put }))
            }))
        })
        .await
    }

    /// Whether a repository has a blob, with its size.
    ///
    /// # Errors
    /// When the registry cannot be asked.
    pub async fn has_blob(&self, repository: &Repository, blob: &Blob) -> Result<bool, Error> {
        let what = &Version::Digest(blob.digest.clone()).of(repository);
        self.at_home(repository, Right::Read, |session| async move {
            let there = session.send(&Request::new(Method::HEAD, session.url(&format!("blobs/{}", blob.digest))), what).await?;
            match there.status() {
                StatusCode::OK => Ok(has_size(&there, blob.size)),
                StatusCode::NOT_FOUND => Ok(false),
                _ => Err(session.refusal(there, what).await),
            }
        })
        .await
    }
}

/// What is not said is not wrong.
fn has_size(response: &Response, size: u64) -> bool {
    response.header("content-length").and_then(|length| length.parse().ok()).is_none_or(|length: u64| length == size)
}

/// The request to an address that the registry named; `None` if what it takes is not to be handed over.
async fn direct(session: &Session<'_>, method: &'static str, url: Url) -> Result<Option<Direct>, Error> {
    if session.only_here() {
        return Ok(None);
    }
    let authorization = match session.shown().await {
        Some(authorization) if session.is_own(&url) => match authorization.token() {
            Some(token) => Some(token),
            None => return Ok(None),
        },
        _ => None,
    };
    let certificates = session.certificates(&url);
    Ok(Some(Direct { method, url: url.into(), authorization, content_type: None, certificates }))
}

impl Session<'_> {
    /// Whether only this host speaks to the registry: nobody else is told to take any certificate.
    fn only_here(&self) -> bool {
        self.host_settings().insecure && self.base().scheme() == "https"
    }

    fn is_own(&self, url: &Url) -> bool {
        same_origin(self.base(), url)
    }
}
