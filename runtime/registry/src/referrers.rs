//! What refers to a manifest: signatures above all. That there is none is an answer only when the registry gave one.

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::ACCEPT;
use reqwest::header::HeaderValue;
use serde::Deserialize;
use serde_json::{Value, json};
use windlass_model::digest::Digest;

use crate::answer::document;
use crate::error::Error;
use crate::manifest::{INDEX, LARGEST_MANIFEST, get};
use crate::registries::Registries;
use crate::repository::{Descriptor, Repository, Version};
use crate::session::{Right, Session};
use crate::tags::{MOST_PAGES, next_page};
use crate::transport::Request;

/// The type of a configuration that says nothing.
const EMPTY: &str = "application/vnd.oci.empty.v1+json";

/// A manifest with more referrers is not looked at: nobody signs so often.
const MOST_REFERRERS: usize = 10_000;

#[derive(Deserialize)]
struct Index {
    #[serde(default)]
    manifests: Vec<Descriptor>,
}

impl Registries {
    /// The manifests that refer to the one with a digest and are of a kind, or may be, by what the registry says of them. Where the registry has no API for that, they are in an index
    /// under a tag. Of mirrors, the first that knows some counts; the registry itself says that there are none.
    ///
    /// # Errors
    /// When the registry does not say.
    pub async fn referrers(
        &self,
        repository: &Repository,
        digest: &Digest,
        artifact_type: &str,
    ) -> Result<Vec<Descriptor>, Error> {
        let what = &in_words(repository, digest);
        let from_mirrors = self.read_from_mirrors(repository, |session| async move {
            let found = of_kind(&session, digest, artifact_type, what).await?;
            let none = || Error::NotFound { host: session.host().to_owned(), what: what.clone(), said: String::new() };
            if found.is_empty() { Err(none()) } else { Ok(found) }
        });
        match from_mirrors.await? {
            Some(found) => Ok(found),
            None => {
                let all = |session| async move { of_kind(&session, digest, artifact_type, what).await };
                self.at_home(repository, Right::Read, all).await
            }
        }
    }

    /// Puts a manifest that refers to another, its subject, into its repository: known to the registry's API for that, or else in
    /// the index under the tag that stands for it.
    ///
    /// # Errors
    /// When the registry does not take it.
    pub async fn push_referrer(
        &self,
        repository: &Repository,
        subject: &Digest,
        descriptor: &Descriptor,
        bytes: &Bytes,
    ) -> Result<(), Error> {
        let version = Version::Digest(descriptor.digest.clone());
        let pushed = self.put_manifest(repository, &version, &descriptor.media_type, bytes).await?;
        if pushed.subject_is_known {
            return Ok(());
        }
        let what = &in_words(repository, subject);
        let index = self
            .at_home(repository, Right::Write, |session| async move {
                let mut index = by_tag(&session, subject, what)
                    .await?
                    .unwrap_or_else(|| json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": []}));
                let Some(manifests) = index.get_mut("manifests").and_then(Value::as_array_mut) else {
                    return Err(session.nonsense("its list of referrers is none"));
                };
                let entry = serde_json::to_value(descriptor).map_err(|_| session.nonsense("a descriptor is no JSON"))?;
                manifests.retain(|other| other.get("digest") != entry.get("digest"));
                manifests.push(entry);
                Ok(index)
            })
            .await?;
        let index = Bytes::from(index.to_string());
        self.put_manifest(repository, &Version::Tag(tag(subject)), INDEX, &index).await?;
        Ok(())
    }
}

fn in_words(repository: &Repository, subject: &Digest) -> String {
    format!("signatures and other referrers of {}", Version::Digest(subject.clone()).of(repository))
}

/// Those of one kind, by the API or by the tag.
async fn of_kind(session: &Session<'_>, digest: &Digest, kind: &str, what: &str) -> Result<Vec<Descriptor>, Error> {
    let all = match by_api(session, digest, kind, what).await? {
        Some(all) => all,
        None => match by_tag(session, digest, what).await? {
            Some(index) => manifests(session, &index)?,
            None => Vec::new(),
        },
    };
    Ok(all.into_iter().filter(|one| may_be(one, kind)).collect())
}

/// Whether a referrer may be of a kind, by what the list says. Some registries tell the type of its configuration, which is empty, or nothing:
/// its own manifest has the last word.
fn may_be(one: &Descriptor, kind: &str) -> bool {
    one.artifact_type.as_deref().is_none_or(|told| told == kind || told == EMPTY)
}

/// The tag that stands for the API, by the distribution specification.
fn tag(subject: &Digest) -> String {
    subject.as_str().replace(':', "-")
}

/// All that the API lists; nothing when the registry has no such API.
async fn by_api(session: &Session<'_>, digest: &Digest, kind: &str, what: &str) -> Result<Option<Vec<Descriptor>>, Error> {
    let mut url = session.url(&format!("referrers/{digest}"));
    url.query_pairs_mut().append_pair("artifactType", kind);
    let mut found = Vec::new();
    for page in 0..MOST_PAGES {
        let mut request = Request::get(url);
        request.headers.insert(ACCEPT, HeaderValue::from_static(INDEX));
        let response = session.send(&request, what).await?;
        match response.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED if page == 0 => return Ok(None),
            _ => return Err(session.refusal(response, what).await),
        }
        let next = next_page(session, &response)?;
        let index = document(response, LARGEST_MANIFEST, what).await?;
        let index = serde_json::from_slice(&index).map_err(|_| session.nonsense("its list of referrers is none"))?;
        found.extend(manifests(session, &index)?);
        match next {
            Some(next) if found.len() <= MOST_REFERRERS => url = next,
            Some(_) => break,
            None => return Ok(Some(found)),
        }
    }
    let limit = format!("{MOST_REFERRERS} entries");
    Err(Error::TooLarge { host: session.host().to_owned(), what: format!("the list of {what}"), limit })
}

/// The index under the tag; nothing when there is no such tag.
async fn by_tag(session: &Session<'_>, digest: &Digest, what: &str) -> Result<Option<Value>, Error> {
    match get(session, &Version::Tag(tag(digest)), what).await {
        Ok(index) => {
            serde_json::from_slice(&index.bytes).map(Some).map_err(|_| session.nonsense("its list of referrers is none"))
        }
        Err(Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

fn manifests(session: &Session<'_>, index: &Value) -> Result<Vec<Descriptor>, Error> {
    let index = Index::deserialize(index).map_err(|_| session.nonsense("its list of referrers is none"))?;
    Ok(index.manifests)
}
