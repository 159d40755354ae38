//! Writing to a registry: blobs, manifests, and links to what it has already.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{Method, StatusCode, Url};
use windlass_model::digest::Digest;

use crate::error::Error;
use crate::manifest::DIGEST_HEADER;
use crate::registries::Registries;
use crate::repository::{Blob, Repository, Version};
use crate::session::{Right, Session};
use crate::transport::{Payload, Request};

/// Where the bytes of a blob are that is sent.
#[derive(Debug, Clone)]
pub enum Content {
    /// Here.
    Bytes(Bytes),
    /// In a file.
    File(PathBuf),
}

/// A manifest that a registry took.
pub(crate) struct Pushed {
    pub(crate) digest: Digest,
    /// The registry has an API for referrers, and entered this one.
    pub(crate) subject_is_known: bool,
}

impl Registries {
    /// Sends a blob, unless the repository has it. `progress` is told how many bytes went out, from 0 on, and nothing of a blob that is there
    /// already; a transfer that broke off begins anew.
    ///
    /// # Errors
    /// When the registry does not take it, or the file cannot be read.
    pub async fn push_blob(
        &self,
        repository: &Repository,
        blob: &Blob,
        content: &Content,
        progress: Arc<dyn Fn(u64) + Send + Sync>,
    ) -> Result<(), Error> {
        let (what, progress) = (&Version::Digest(blob.digest.clone()).of(repository), &progress);
        self.at_home(repository, Right::Write, |session| async move {
            let there = session.send(&Request::new(Method::HEAD, session.url(&format!("blobs/{}", blob.digest))), what).await?;
            match there.status() {
                StatusCode::OK => return Ok(()),
                StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => {}
                _ => return Err(session.refusal(there, what).await),
            }
            let begun = session.send(&Request::new(Method::POST, session.url("blobs/uploads/")), what).await?;
            if begun.status() != StatusCode::ACCEPTED {
                return Err(session.refusal(begun, what).await);
            }
            upload(&session, begun.location()?, blob, content, progress, what).await
        })
        .await
    }

    /// Links a blob from another repository of the same registry; whether that was done. If not, it is to be sent.
    ///
    /// # Errors
    /// When the registry cannot be asked.
    pub async fn mount(&self, repository: &Repository, from: &Repository, digest: &Digest) -> Result<bool, Error> {
        if repository.registry() != from.registry() {
            return Ok(false);
        }
        let what = &Version::Digest(digest.clone()).of(repository);
        let linked = self
            .at_home(repository, Right::Link { from }, |session| async move {
                let mut url = session.url("blobs/uploads/");
                url.query_pairs_mut().append_pair("mount", digest.as_str()).append_pair("from", from.name());
                Ok(session.send(&Request::new(Method::POST, url), what).await?.status() == StatusCode::CREATED)
            })
            .await;
        match linked {
            // Some token services refuse everything when one repository is not ours to read.
            Err(Error::Unauthorized { .. } | Error::Forbidden { .. } | Error::NoCredentials { .. }) => Ok(false),
            other => other,
        }
    }

    /// Puts a manifest under a tag or its digest.
    ///
    /// # Errors
    /// When the registry does not take it, or not as it is.
    pub async fn push_manifest(
        &self,
        repository: &Repository,
        version: &Version,
        media_type: &str,
        bytes: &Bytes,
    ) -> Result<Digest, Error> {
        Ok(self.put_manifest(repository, version, media_type, bytes).await?.digest)
    }

    pub(crate) async fn put_manifest(
        &self,
        repository: &Repository,
        version: &Version,
        media_type: &str,
        bytes: &Bytes,
    ) -> Result<Pushed, Error> {
        let (what, digest) = (&version.of(repository), &Digest::of(bytes));
        self.at_home(repository, Right::Write, |session| async move {
            let kind = HeaderValue::from_str(media_type).map_err(|_| session.nonsense("a media type is no header"))?;
            let mut request = Request::new(Method::PUT, session.url(&format!("manifests/{}", version.as_str())));
            request.headers.insert(CONTENT_TYPE, kind);
            request.payload = Payload::Bytes(bytes.clone());
            let response = session.send(&request, what).await?;
            if response.status() != StatusCode::CREATED {
                return Err(session.refusal(response, what).await);
            }
            let kept = response.header(DIGEST_HEADER).and_then(|digest| Digest::parse(digest).ok());
            if let Some(found) = kept.filter(|kept| kept != digest) {
                return Err(Error::WrongDigest { host: session.host().to_owned(), what: what.clone(), found });
            }
            Ok(Pushed { digest: digest.clone(), subject_is_known: response.header("oci-subject").is_some() })
        })
        .await
    }
}

/// Sends all bytes at once: registries differ in which parts they take, and all take the whole.
async fn upload(
    session: &Session<'_>,
    mut place: Url,
    blob: &Blob,
    content: &Content,
    progress: &Arc<dyn Fn(u64) + Send + Sync>,
    what: &str,
) -> Result<(), Error> {
    place.query_pairs_mut().append_pair("digest", blob.digest.as_str());
    let mut request = Request::new(Method::PUT, place);
    request.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    request.payload = match content {
        Content::Bytes(bytes) => Payload::Bytes(bytes.clone()),
        Content::File(path) => Payload::File { path, size: blob.size, sent: Arc::clone(progress) },
    };
    progress(0);
    let response = session.send(&request, what).await?;
    if response.status() != StatusCode::CREATED {
        return Err(session.refusal(response, what).await);
    }
    progress(blob.size);
    Ok(())
}
