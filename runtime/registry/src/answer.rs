//! Answers, read to a bound, and what refusals mean.

use std::time::{Duration, SystemTime};

use bytes::{Bytes, BytesMut};
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use serde::Deserialize;
use windlass_model::text;
use windlass_redact::Redactor;

use crate::error::Error;
use crate::transport::{Response, read_failure};

/// How long a server may be silent in the middle of an answer.
pub(crate) const SILENCE: Duration = Duration::from_secs(30);

/// How long the body of a document may take altogether, however it drips.
const DOCUMENT_TIME: Duration = Duration::from_secs(60);

/// Of a refusal, so many bytes are read.
const REFUSAL: u64 = 64 << 10;

/// Of a registry's own words, so many characters are shown.
const WORDS: usize = 300;

/// The body of an answer that is a document, which must not have more than `limit` bytes.
pub(crate) async fn document(mut response: Response, limit: u64, what: &str) -> Result<Bytes, Error> {
    let host = response.host.clone();
    let too_large = || Error::TooLarge { host: host.clone(), what: what.to_owned(), limit: text::size(limit) };
    if response.inner.content_length().is_some_and(|length| length > limit) {
        return Err(too_large());
    }
    let cut = |done: usize, cause: String| Error::Unreachable {
        host: host.clone(),
        cause: format!("it broke off after {done} bytes of {what} ({cause})"),
    };
    let mut bytes = BytesMut::new();
    let all = async {
        loop {
            match response.inner.chunk().await {
                Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
                Ok(None) => return Ok(()),
                Err(problem) => return Err(cut(bytes.len(), read_failure(&problem))),
            }
            if u64::try_from(bytes.len()).map_or(true, |length| length > limit) {
                return Err(too_large());
            }
        }
    };
    match tokio::time::timeout(DOCUMENT_TIME, all).await {
        Ok(read) => read?,
        Err(_) => return Err(cut(bytes.len(), "it did not end in time".into())),
    }
    Ok(bytes.freeze())
}

/// Who is refused what.
pub(crate) struct Asked<'a> {
    /// Whose credentials, and where they are from; `anybody` when there are none.
    pub(crate) login: String,
    /// What was to be done: `read` or `write`.
    pub(crate) action: &'static str,
    /// What was asked for.
    pub(crate) what: &'a str,
    /// What must not be shown.
    pub(crate) redactor: &'a Redactor,
}

/// The error that an answer is.
pub(crate) async fn refusal(response: Response, asked: &Asked<'_>) -> Error {
    let status = response.status().as_u16();
    let wait = response.header(RETRY_AFTER.as_str()).and_then(|text| retry_after(text, SystemTime::now()));
    let (host, action, what) = (response.host.clone(), asked.action, asked.what.to_owned());
    let said = words(response, asked.redactor).await;
    match status {
        401 | 403 => Error::Forbidden { host, login: asked.login.clone(), action, what, said },
        404 => Error::NotFound { host, what, said },
        429 => Error::TooManyRequests { host, wait, said },
        408 | 500 | 502 | 503 | 504 => Error::Unavailable { host, status, wait, said },
        _ => Error::Refused { host, action, what, status, said },
    }
}

/// Whether an answer says: not now.
pub(crate) fn is_temporary(response: &Response) -> bool {
    matches!(response.status().as_u16(), 408 | 429 | 500 | 502 | 503 | 504)
}

/// A registry's own words in brackets after a blank; nothing when it has none that a person would want to read.
pub(crate) async fn words(mut response: Response, redactor: &Redactor) -> String {
    #[derive(Deserialize)]
    struct Refusal {
        #[serde(default)]
        errors: Vec<One>,
    }
    #[derive(Deserialize)]
    struct One {
        #[serde(default)]
        code: String,
        #[serde(default)]
        message: Option<String>,
    }
    let is_text = response.header(CONTENT_TYPE.as_str()).is_some_and(|kind| kind.starts_with("text/plain"));
    let mut bytes = Vec::new();
    let limit = usize::try_from(REFUSAL).unwrap_or(usize::MAX);
    let read = async {
        while let Ok(Some(chunk)) = response.inner.chunk().await {
            bytes.extend_from_slice(&chunk);
            if bytes.len() >= limit {
                break;
            }
        }
    };
    // What has come by then is enough.
    drop(tokio::time::timeout(SILENCE, read).await);
    let said = match serde_json::from_slice::<Refusal>(&bytes) {
        Ok(refusal) => {
            let each = refusal.errors.into_iter().map(|one| match one.message {
                Some(message) if !message.is_empty() && !one.code.is_empty() => format!("{}: {message}", one.code),
                Some(message) if !message.is_empty() => message,
                _ => one.code,
            });
            each.filter(|one| !one.is_empty()).collect::<Vec<_>>().join("; ")
        }
        Err(_) if is_text => String::from_utf8_lossy(&bytes).into_owned(),
        // A page for a browser says nothing here.
        Err(_) => String::new(),
    };
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    if said.is_empty() { said } else { format!(" ({})", text::shortened(&redactor.text(&said), WORDS)) }
}

/// `Retry-After`, in seconds or as a date.
fn retry_after(text: &str, now: SystemTime) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(text.trim()).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() -> Result<(), httpdate::Error> {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT")?;
        assert_eq!(retry_after("7", now), Some(Duration::from_secs(7)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:50:07 GMT", now), Some(Duration::from_secs(30)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:00:00 GMT", now), Some(Duration::ZERO));
        assert_eq!(retry_after("soon", now), None);
        Ok(())
    }
}
