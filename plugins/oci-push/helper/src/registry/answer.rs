//! What a registry's refusals mean.

use serde::Deserialize;

use crate::error::Error;
use crate::http::Response;
use crate::reference::Repository;

/// Of a registry's own words, so many characters are shown.
const WORDS: usize = 300;

#[derive(Deserialize)]
struct Errors {
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

/// The registry's own words on one line, after a colon; empty when it has none.
pub(super) fn words(response: &Response) -> String {
    let text = match serde_json::from_slice::<Errors>(&response.body) {
        Ok(errors) if !errors.errors.is_empty() => {
            let each = errors.errors.into_iter().map(|one| match one.message {
                Some(message) if !message.is_empty() => format!("{}: {message}", one.code),
                _ => one.code,
            });
            each.collect::<Vec<_>>().join("; ")
        }
        _ => String::from_utf8_lossy(&response.body).into_owned(),
    };
    let line: String =
        text.split_whitespace().collect::<Vec<_>>().join(" ").chars().filter(|c| !c.is_control()).take(WORDS).collect();
    if line.is_empty() { line } else { format!(" ({line})") }
}

/// Whether one of the registry's errors has this code.
pub(super) fn has_code(response: &Response, code: &str) -> bool {
    serde_json::from_slice::<Errors>(&response.body).is_ok_and(|errors| errors.errors.iter().any(|one| one.code == code))
}

/// The error that an unexpected answer is. `what` completes "cannot …".
pub(super) fn refusal(response: &Response, repository: &Repository, what: &str) -> Error {
    let host = &repository.host;
    let said = words(response);
    let status = response.status.as_u16();
    match status {
        403 => Error::Denied(format!(
            "{host} does not permit to {what} {repository}{said}; the credentials need more rights, or are for another repository"
        )),
        404 => Error::NotFound(format!("{host} cannot {what} {repository}: there is no such repository or image{said}")),
        413 => Error::Registry(format!("{host} refuses to {what} {repository}: it is too large for it{said}; raise its limit")),
        500.. => Error::Unreachable(format!("{host} keeps failing to {what} {repository}: status {status}{said}")),
        429 => Error::Unreachable(format!("{host} keeps refusing to {what} {repository}: too many requests{said}")),
        _ => Error::Registry(format!("{host} refuses to {what} {repository}: status {status}{said}")),
    }
}
