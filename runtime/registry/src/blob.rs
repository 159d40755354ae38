//! Blobs: streamed, bounded, checked, and resumed where they broke off.

mod transfer;

use reqwest::StatusCode;
use reqwest::header::{CONTENT_RANGE, HeaderValue, RANGE};
use tokio::io::{AsyncSeek, AsyncWrite};
use windlass_model::text;

use crate::answer::SILENCE;
use crate::endpoint::{Endpoint, mirrors};
use crate::error::Error;
use crate::registries::Registries;
use crate::repository::{Blob, Repository, Version};
use crate::session::{Right, Session};
use crate::transport::{Request, Response, read_failure};
use transfer::Transfer;

/// Where a blob is written. What a mirror sent in vain is written over, so it can be sought in.
pub trait Sink: AsyncWrite + AsyncSeek + Unpin + Send {}

impl<T: AsyncWrite + AsyncSeek + Unpin + Send> Sink for T {}

impl Registries {
    /// Writes a blob to `sink`, from where that is now. `progress` is told how many bytes are there each time that there are
    /// more, or fewer because they are read again.
    ///
    /// # Errors When there is no such blob, it has another digest or size, or it is larger than the settings allow. What `sink`
    /// then holds is good for nothing.
    pub async fn blob(
        &self,
        repository: &Repository,
        blob: &Blob,
        sink: &mut dyn Sink,
        progress: &(dyn Fn(u64) + Send + Sync),
    ) -> Result<(), Error> {
        let what = Version::Digest(blob.digest.clone()).of(repository);
        let limit = self.largest_blob;
        if blob.size > limit {
            let host = repository.registry().to_owned();
            return Err(Error::TooLarge { host, what, limit: text::size(limit) });
        }
        let mut transfer = Transfer::begin(blob, what, sink, progress).await?;
        for mirror in mirrors(&self.trust.registries, repository)? {
            let host = mirror.host.clone();
            match self.attempt(&mut transfer, mirror).await {
                Ok(()) => return Ok(()),
                Err(error @ Error::Write { .. }) => return Err(error),
                Err(error) => self.passed_over(&host, &error),
            }
        }
        let mut patience = self.patience();
        let mut furthest = transfer.done();
        loop {
            let error = match self.attempt(&mut transfer, Endpoint::of(repository)).await {
                Ok(()) => return Ok(()),
                Err(error) => error,
            };
            // The beginning may be a mirror's: then what is wrong need not be the registry's fault.
            if matches!(error, Error::WrongDigest { .. }) && transfer.restart().await? {
                continue;
            }
            if transfer.done() > furthest {
                furthest = transfer.done();
                patience.progressed();
            }
            patience.pause(error).await?;
        }
    }

    /// Goes on at one place, to the end or until it fails.
    async fn attempt(&self, transfer: &mut Transfer<'_>, endpoint: Endpoint) -> Result<(), Error> {
        transfer.at(&endpoint).await?;
        let session = Session::open(self, endpoint, Right::Read).await?;
        let (blob, what) = (transfer.blob().clone(), transfer.what().to_owned());
        let mut request = Request::get(session.url(&format!("blobs/{}", blob.digest)));
        if transfer.done() > 0 && transfer.done() < blob.size {
            let range = HeaderValue::from_str(&format!("bytes={}-", transfer.done()));
            request.headers.insert(RANGE, range.map_err(|_| session.nonsense("a range is no header"))?);
        }
        let mut response = session.send(&request, &what).await?;
        let skip = match response.status() {
            StatusCode::OK => transfer.done(),
            StatusCode::PARTIAL_CONTENT if begins_at(&response, transfer.done()) => 0,
            StatusCode::PARTIAL_CONTENT => return Err(session.nonsense("it sends another part of a blob than was asked for")),
            _ => return Err(session.refusal(response, &what).await),
        };
        let due = blob.size - transfer.done() + skip;
        if let Some(length) = response.inner.content_length().filter(|length| *length != due) {
            let found = (transfer.done() - skip).saturating_add(length).to_string();
            return Err(Error::WrongSize { host: response.host, what, expected: blob.size, found });
        }
        receive(&mut response, transfer, skip).await?;
        transfer.finish(&response.host).await
    }
}

/// Takes what comes, less the bytes that are there already.
async fn receive(response: &mut Response, transfer: &mut Transfer<'_>, mut skip: u64) -> Result<(), Error> {
    loop {
        let chunk = match tokio::time::timeout(SILENCE, response.inner.chunk()).await {
            Ok(Ok(Some(chunk))) => chunk,
            Ok(Ok(None)) => return Ok(()),
            Ok(Err(problem)) => return Err(transfer.cut(&response.host, read_failure(&problem))),
            Err(_) => return Err(transfer.cut(&response.host, format!("nothing came for {} s", SILENCE.as_secs()))),
        };
        let known = skip.min(chunk.len() as u64);
        skip -= known;
        let new = chunk.get(usize::try_from(known).unwrap_or(usize::MAX)..).unwrap_or_default();
        transfer.take(new, &response.host).await?;
    }
}

/// Whether a part of a blob is the one that was asked for: `bytes 100-199/200`.
fn begins_at(response: &Response, first: u64) -> bool {
    let range = response.header(CONTENT_RANGE.as_str()).and_then(|text| text.trim().strip_prefix("bytes "));
    range.and_then(|range| range.split_once('-')).is_some_and(|(start, _)| start.trim().parse() == Ok(first))
}
