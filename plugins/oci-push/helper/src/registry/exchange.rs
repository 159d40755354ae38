//! One request, repeated while the registry is busy or gone.

use crate::error::Error;
use crate::http::{Body, Client, Failure, Request, Response, is_temporary, retry_after};

/// Sends a request until there is an answer other than "not now".
pub(super) fn exchange<'b>(client: &Client, request: &Request<'_>, body: impl Fn() -> Body<'b>) -> Result<Response, Error> {
    let mut attempts = client.attempts();
    loop {
        match client.send(request, body()) {
            Ok(response) if is_temporary(&response) => {
                if !attempts.pause(retry_after(&response)) {
                    return Ok(response);
                }
            }
            Ok(response) => return Ok(response),
            Err(Failure::Other(error)) => return Err(error),
            Err(Failure::Connection(problem)) => {
                if !attempts.pause(None) {
                    return Err(Error::Unreachable(gave_up(&problem, attempts.failed())));
                }
            }
        }
    }
}

/// A problem that did not go away.
pub(super) fn gave_up(problem: &str, attempts: u32) -> String {
    match attempts {
        1 => problem.to_owned(),
        attempts => format!("{problem}; tried {attempts} times"),
    }
}
