//! What a request carries: again and again, should it be sent again.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt as _;
use reqwest::Body;
use tokio_util::io::ReaderStream;

use crate::error::Error;

/// How long a registry may take until it begins to answer.
const ANSWER_TIME: Duration = Duration::from_secs(30);

/// A sender that is slower than this has stopped, in bytes a second.
const SLOWEST: u64 = 16 << 10;

/// A registry may put a blob together before it answers.
const COMMIT_TIME: Duration = Duration::from_secs(120);

/// So many bytes are no transfer.
const SMALL: u64 = 64 << 10;

/// Bytes that are read from a file at a time.
const CHUNK: usize = 64 << 10;

/// The body of a request.
pub(crate) enum Payload<'a> {
    /// None.
    Nothing,
    /// These bytes.
    Bytes(Bytes),
    /// A file of so many bytes; `sent` is told how many went out.
    File { path: &'a Path, size: u64, sent: Arc<dyn Fn(u64) + Send + Sync> },
}

impl Payload<'_> {
    /// How many bytes it has, where a length is to be stated.
    pub(super) fn length(&self) -> Option<u64> {
        match self {
            Self::Nothing => None,
            Self::Bytes(bytes) => u64::try_from(bytes.len()).ok(),
            Self::File { size, .. } => Some(*size),
        }
    }

    /// The body, from its beginning.
    pub(super) async fn body(&self) -> Result<Option<Body>, Error> {
        match self {
            Self::Nothing => Ok(None),
            Self::Bytes(bytes) => Ok(Some(Body::from(bytes.clone()))),
            Self::File { path, sent, .. } => {
                let unreadable = |source| Error::Read { path: path.display().to_string(), source };
                let file = tokio::fs::File::open(path).await.map_err(unreadable)?;
                let (sent, mut done) = (Arc::clone(sent), 0);
                let stream = ReaderStream::with_capacity(file, CHUNK).inspect(move |chunk| {
                    done += chunk.as_ref().map_or(0, |chunk| chunk.len() as u64);
                    sent(done);
                });
                Ok(Some(Body::wrap_stream(stream)))
            }
        }
    }

    /// How long it may take to send it and to be answered.
    pub(super) fn time(&self) -> Duration {
        match self.length() {
            None | Some(..=SMALL) => ANSWER_TIME,
            Some(size) => COMMIT_TIME.saturating_add(Duration::from_secs(size / SLOWEST)),
        }
    }
}
