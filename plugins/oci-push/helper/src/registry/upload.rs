//! Sending a blob: in one piece, because some registries take no chunks; the rest in a second one after a cut.

mod source;

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use ureq::http::Method;

use super::Session;
use super::answer::has_code;
use super::session::gave_up;
use crate::error::Error;
use crate::http::{Attempts, Body, Failure, Request, Response, Url, is_temporary, retry_after};
use crate::progress::Progress;
use crate::reference::Repository;
use crate::tree::Blob;
use source::Source;

/// How a blob came to be in the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It was there.
    Present,
    /// The registry linked it from another repository.
    Mounted(String),
    /// It was sent.
    Sent,
}

/// What accompanies the sending of blobs.
pub(crate) struct Sending<'a> {
    /// Repositories of the same registry that may have them.
    pub(crate) sources: &'a [&'a Repository],
    /// Set when another blob has failed.
    pub(crate) stop: &'a AtomicBool,
    pub(crate) progress: &'a Progress,
}

/// An upload that the registry has begun.
struct Upload {
    location: Url,
    /// So many bytes are there.
    offset: u64,
    /// It was interrupted before: what is there may be other bytes than the registry says.
    interrupted: bool,
}

/// How one request of an upload ended.
enum Step {
    Done,
    /// Go on from there.
    Further(Upload),
    /// No answer, or "not now": ask how far it got.
    Cut {
        problem: String,
        after: Option<Duration>,
    },
    /// This upload is lost; begin another.
    Lost(String),
}

impl Session<'_> {
    /// Makes sure that the repository has the blob.
    pub(crate) fn send_blob(&self, blob: &Blob, sending: &Sending<'_>) -> Result<Outcome, Error> {
        let mut attempts = self.client.attempts();
        // The second time round it may be there because the answer to our own request got lost.
        let mut outcome = Outcome::Present;
        loop {
            if self.has_blob(self.repository, blob)? {
                return Ok(outcome);
            }
            let mut upload = match self.begin(blob, sending.sources)? {
                Ok(upload) => upload,
                Err(mounted) => return Ok(mounted),
            };
            outcome = Outcome::Sent;
            let mut reached = 0;
            let lost = loop {
                match self.step(&upload, blob, sending)? {
                    Step::Done => return Ok(Outcome::Sent),
                    Step::Further(next) => upload = next,
                    Step::Lost(problem) => break problem,
                    Step::Cut { problem, after } => {
                        self.pause(&mut attempts, after, &problem)?;
                        match self.status(&upload)? {
                            Some(next) if next.offset <= blob.size => upload = next,
                            _ => break problem,
                        }
                        if upload.offset > reached {
                            reached = upload.offset;
                            attempts.progressed();
                            sending.progress.line(&format!(
                                "{}  resumes at {} bytes after the connection was cut",
                                blob.digest.short(),
                                reached
                            ));
                        }
                    }
                }
            };
            self.pause(&mut attempts, None, &lost)?;
        }
    }

    fn pause(&self, attempts: &mut Attempts, after: Option<Duration>, problem: &str) -> Result<(), Error> {
        if attempts.pause(after) {
            return Ok(());
        }
        Err(Error::Unreachable(format!("cannot send to {}: {}", self.repository, gave_up(problem, attempts.failed()))))
    }

    fn has_blob(&self, repository: &Repository, blob: &Blob) -> Result<bool, Error> {
        let url = self.url(&repository.name, &format!("blobs/{}", blob.digest));
        let response = self.call(&Method::HEAD, &url, &[], None)?;
        match response.status.as_u16() {
            200 => Ok(true),
            // What may not be asked for may still be sent.
            403..=405 => Ok(false),
            _ => Err(self.refusal(&response, "say what is in")),
        }
    }

    /// Begins an upload, or has the registry link the blob.
    fn begin(&self, blob: &Blob, sources: &[&Repository]) -> Result<Result<Upload, Outcome>, Error> {
        let url = self.url(&self.repository.name, "blobs/uploads/");
        let source = sources.iter().find(|source| self.has_blob(source, blob).unwrap_or(false));
        let asked = match source {
            Some(source) => url.with("mount", &blob.digest.to_string()).with("from", &source.name),
            None => url.clone(),
        };
        let response = self.call(&Method::POST, &asked, &[], Some(&[]))?;
        match (response.status.as_u16(), source) {
            (201, Some(source)) => Ok(Err(Outcome::Mounted(source.name.clone()))),
            (202, _) => Ok(Ok(Upload { location: self.location(&response, &asked)?, offset: 0, interrupted: false })),
            _ => Err(self.refusal(&response, "push to")),
        }
    }

    /// Sends what is missing, or closes the upload when nothing is.
    fn step(&self, upload: &Upload, blob: &Blob, sending: &Sending<'_>) -> Result<Step, Error> {
        let rest = blob.size.saturating_sub(upload.offset);
        let mut source = Source::open(blob, upload.offset, sending)?;
        let mut headers = vec![("content-type", "application/octet-stream".to_owned())];
        let closing = upload.location.with("digest", &blob.digest.to_string());
        let resumed = upload.offset > 0;
        let (method, url) = if resumed && rest > 0 {
            headers.push(("content-range", format!("{}-{}", upload.offset, blob.size - 1)));
            (Method::PATCH, &upload.location)
        } else {
            (Method::PUT, &closing)
        };
        let authorization = self.header_for(url);
        let request = Request {
            registry: &self.repository.host,
            method: method.clone(),
            url,
            headers: &headers,
            authorization: authorization.as_deref(),
        };
        let response = match self.client.send(&request, Body::Stream(&mut source, rest)) {
            Ok(response) => response,
            Err(Failure::Other(error)) => return Err(error),
            Err(Failure::Connection(problem)) => return Ok(Step::Cut { problem, after: None }),
        };
        match response.status.as_u16() {
            202 if method == Method::PATCH => {
                Ok(Step::Further(Upload { location: self.location(&response, url)?, offset: blob.size, interrupted: true }))
            }
            200 | 201 | 204 if method == Method::PUT => Ok(Step::Done),
            // Another server that a registry points to has nothing to ask for: it would name its own token service.
            401 if self.base.same_server(url) => {
                self.challenged(&response, authorization.as_deref(), 0)?;
                let problem = "the token expired while a blob was sent".to_owned();
                Ok(Step::Cut { problem, after: Some(Duration::ZERO) })
            }
            404 | 416 => Ok(Step::Lost(format!("{} lost an upload that it had begun", self.repository.host))),
            400 if upload.interrupted
                && (has_code(&response, "DIGEST_INVALID") || has_code(&response, "BLOB_UPLOAD_INVALID")) =>
            {
                Ok(Step::Lost(format!("{} assembled an upload wrongly after the connection was cut", self.repository.host)))
            }
            _ if is_temporary(&response) => {
                let problem = self.refusal(&response, "take a blob for").to_string();
                Ok(Step::Cut { problem, after: retry_after(&response) })
            }
            _ => Err(self.refusal(&response, "take a blob for")),
        }
    }

    /// How far an upload got; `None` when the registry knows nothing of it any more.
    fn status(&self, upload: &Upload) -> Result<Option<Upload>, Error> {
        let response = self.call(&Method::GET, &upload.location, &[], None)?;
        if !matches!(response.status.as_u16(), 200 | 204) {
            return Ok(None);
        }
        let last = response.header("range").and_then(|range| range.trim_start_matches("bytes=").strip_prefix("0-")?.parse().ok());
        // `0-0` is said of one byte and of none, and the second is likelier.
        let offset = last.filter(|last: &u64| *last > 0).map_or(0, |last| last.saturating_add(1));
        let location = self.location(&response, &upload.location).unwrap_or_else(|_| upload.location.clone());
        Ok(Some(Upload { location, offset, interrupted: true }))
    }

    fn location(&self, response: &Response, asked: &Url) -> Result<Url, Error> {
        response.header("location").and_then(|location| asked.location(location)).ok_or_else(|| {
            Error::Registry(format!("{} does not say where to send a blob (no usable Location)", self.repository.host))
        })
    }
}
