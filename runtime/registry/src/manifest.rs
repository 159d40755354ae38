//! Manifests: which digest a tag has now, and the document that has a digest.

use bytes::Bytes;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use windlass_model::digest::Digest;

use crate::answer::document;
use crate::error::Error;
use crate::registries::Registries;
use crate::repository::{Repository, Version};
use crate::session::{Right, Session};
use crate::transport::{Request, Response};

/// Bytes that a manifest may have: what registries themselves take, by the specification.
pub(crate) const LARGEST_MANIFEST: u64 = 4 << 20;

/// The media type of an index.
pub(crate) const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// The kinds of manifests that are read. A registry converts, or answers with an error, where its own is not among them.
const KINDS: HeaderValue = HeaderValue::from_static(
    "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, \
     application/vnd.docker.distribution.manifest.v2+json, application/vnd.docker.distribution.manifest.list.v2+json",
);

/// Says which bytes a registry means.
pub(crate) const DIGEST_HEADER: &str = "docker-content-digest";

/// A manifest as it lies in a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Its media type, as the registry says it, or else the document itself.
    pub media_type: String,
    /// Its digest, which is that of the bytes.
    pub digest: Digest,
    /// Its bytes.
    pub bytes: Bytes,
}

impl Registries {
    /// The digest that a tag has now. It is the registry's word: what is read under that digest is checked against it.
    ///
    /// # Errors
    /// When there is no such tag, or the registry does not say.
    pub async fn resolve(&self, repository: &Repository, tag: &str) -> Result<Digest, Error> {
        let version = Version::Tag(tag.to_owned());
        let (what, version) = (&version.of(repository), &version);
        self.read(repository, |session| async move {
            let response = session.send(&request(&session, Method::HEAD, version), what).await?;
            match (response.status(), response.header(DIGEST_HEADER)) {
                (StatusCode::OK, Some(digest)) => {
                    Digest::parse(digest).map_err(|_| session.nonsense("it names a digest of a kind that windlass does not know"))
                }
                // Some do not say it, or know no HEAD: the document does.
                (StatusCode::OK | StatusCode::METHOD_NOT_ALLOWED, _) => Ok(get(&session, version, what).await?.digest),
                _ => Err(session.refusal(response, what).await),
            }
        })
        .await
    }

    /// The manifest that a tag names now, as the registry itself has it; `None` when there is no such tag.
    ///
    /// # Errors
    /// When the registry cannot be asked.
    pub async fn tagged(&self, repository: &Repository, tag: &str) -> Result<Option<Manifest>, Error> {
        let version = Version::Tag(tag.to_owned());
        let (what, version) = (&version.of(repository), &version);
        let found = self.at_home(repository, Right::Read, |session| async move { get(&session, version, what).await }).await;
        match found {
            Err(Error::NotFound { .. }) => Ok(None),
            found => found.map(Some),
        }
    }

    /// Removes a manifest, and every tag that names it. One that is not there is removed.
    ///
    /// # Errors
    /// When the registry does not remove it: many do so only when they are set up for it.
    pub async fn delete_manifest(&self, repository: &Repository, digest: &Digest) -> Result<(), Error> {
        let version = Version::Digest(digest.clone());
        let (what, version) = (&version.of(repository), &version);
        self.at_home(repository, Right::Delete, |session| async move {
            let url = session.url(&format!("manifests/{}", version.as_str()));
            let response = session.send(&Request::new(Method::DELETE, url), what).await?;
            match response.status() {
                StatusCode::ACCEPTED | StatusCode::OK | StatusCode::NO_CONTENT | StatusCode::NOT_FOUND => Ok(()),
                _ => Err(session.refusal(response, what).await),
            }
        })
        .await
    }

    /// The manifest that has a digest.
    ///
    /// # Errors
    /// When there is none, or what comes has another digest or more than 4 MiB.
    pub async fn manifest(&self, repository: &Repository, digest: &Digest) -> Result<Manifest, Error> {
        let version = Version::Digest(digest.clone());
        let (what, version) = (&version.of(repository), &version);
        self.read(repository, |session| async move {
            let manifest = get(&session, version, what).await?;
            if manifest.digest == *digest {
                return Ok(manifest);
            }
            Err(Error::WrongDigest { host: session.host().to_owned(), what: what.clone(), found: manifest.digest })
        })
        .await
    }
}

/// The manifest that a tag or a digest names; it is for the caller to compare the digest.
pub(crate) async fn get(session: &Session<'_>, version: &Version, what: &str) -> Result<Manifest, Error> {
    let response = session.send(&request(session, Method::GET, version), what).await?;
    if response.status() != StatusCode::OK {
        return Err(session.refusal(response, what).await);
    }
    let said = media_type(&response);
    let bytes = document(response, LARGEST_MANIFEST, what).await?;
    let digest = Digest::of(&bytes);
    Ok(Manifest { media_type: said.or_else(|| own_media_type(&bytes)).unwrap_or_default(), digest, bytes })
}

fn request(session: &Session<'_>, method: Method, version: &Version) -> Request<'static> {
    let mut request = Request::new(method, session.url(&format!("manifests/{}", version.as_str())));
    request.headers.insert(ACCEPT, KINDS);
    request
}

/// What the registry says that a document is; nothing when it only says that it is one.
fn media_type(response: &Response) -> Option<String> {
    let said = response.header(CONTENT_TYPE.as_str())?;
    let bare = said.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    (bare.starts_with("application/vnd.")).then_some(bare)
}

/// What a document says that it is.
fn own_media_type(bytes: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Named {
        media_type: String,
    }
    serde_json::from_slice::<Named>(bytes).ok().map(|named| named.media_type)
}
