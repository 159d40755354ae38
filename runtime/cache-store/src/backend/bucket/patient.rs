//! A server that asks to be left alone for a while is left alone for so long; then the library asks it again. One that did not answer at all is not asked
//! again for a while: each cache of a task would wait for it anew.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService, ReqwestConnector,
};

/// A server that asks for more than this is as good as gone.
const LONGEST: Duration = Duration::from_secs(15);

/// For how long a server that did not answer is not asked.
const SILENCE: Duration = Duration::from_secs(60);

/// Connects as the library does, and waits as servers ask for.
#[derive(Debug, Default)]
pub(super) struct Patient(ReqwestConnector);

#[derive(Debug)]
struct Waiting {
    client: HttpClient,
    /// Since when it does not answer.
    silent: Mutex<Option<Instant>>,
}

impl HttpConnector for Patient {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(Waiting { client: self.0.connect(options)?, silent: Mutex::default() }))
    }
}

impl Waiting {
    fn is_silent(&self) -> bool {
        let since = *self.silent.lock().unwrap_or_else(PoisonError::into_inner);
        since.is_some_and(|since| since.elapsed() < SILENCE)
    }

    fn note(&self, silent: bool) {
        *self.silent.lock().unwrap_or_else(PoisonError::into_inner) = silent.then(Instant::now);
    }
}

#[async_trait]
impl HttpService for Waiting {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        if self.is_silent() {
            let problem = "it did not answer in time, and is not asked again for a while";
            return Err(HttpError::new(HttpErrorKind::Unknown, std::io::Error::other(problem)));
        }
        let answer = self.client.execute(request).await.inspect_err(|error| {
            if error.kind() == HttpErrorKind::Timeout {
                self.note(true);
            }
        })?;
        self.note(false);
        if let Some(pause) = pause(answer.status().as_u16(), answer.headers().get("retry-after")) {
            tokio::time::sleep(pause).await;
        }
        Ok(answer)
    }
}

fn pause(status: u16, asked: Option<&http::HeaderValue>) -> Option<Duration> {
    let seconds = asked.filter(|_| matches!(status, 429 | 503))?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds)).filter(|pause| *pause <= LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_busy_server_is_waited_for_and_not_for_ever() {
        let of = |status, text: &'static str| pause(status, Some(&http::HeaderValue::from_static(text)));
        assert_eq!(of(503, "7"), Some(Duration::from_secs(7)));
        assert_eq!(of(429, " 1 "), Some(Duration::from_secs(1)));
        assert_eq!((of(200, "7"), of(503, "86400"), of(503, "soon"), pause(503, None)), (None, None, None, None));
    }
}
