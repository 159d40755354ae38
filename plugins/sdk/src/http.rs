//! Requests to hosts that manifest and grant name, sent by windlass. Power `http`.
//!
//! ```no_run
//! # use windlass_plugin_sdk::{Error, http, secrets};
//! # fn notify() -> Result<(), Error> {
//! let token = secrets::open("CHAT_TOKEN")?;
//! let answer = http::post("https://chat.corp.example/messages")
//!     .header("content-type", [http::text("application/json")])
//!     .header("authorization", [http::text("Bearer "), http::secret(&token)])
//!     .body([http::text(r#"{"text": "built"}"#)])
//!     .send()?;
//! answer.check("the chat")
//! # }
//! ```

use crate::bindings::powers::windlass::plugin::http as wit;
use crate::error::{Error, failed};
use crate::secrets::Secret;

/// A piece of a header or a body, and the answer to a request.
pub use wit::{Part, Response};

/// Text, as it is.
pub fn text<'a>(text: impl Into<String>) -> Part<'a> {
    Part::Text(text.into())
}

/// A secret, as it is.
pub fn secret(secret: &Secret) -> Part<'_> {
    Part::Secret(secret)
}

/// A secret as a string of JSON, in its quotation marks.
pub fn json_string(secret: &Secret) -> Part<'_> {
    Part::JsonString(secret)
}

/// A secret for a form or an address.
pub fn percent_encoded(secret: &Secret) -> Part<'_> {
    Part::PercentEncoded(secret)
}

/// What follows `Basic ` in the header `Authorization`.
pub fn basic<'a>(username: impl Into<String>, password: &'a Secret) -> Part<'a> {
    Part::Basic(wit::Basic { username: username.into(), password })
}

/// A request that is being put together.
#[must_use = "it goes out only when sent"]
pub struct Request<'a>(wit::Request<'a>);

/// A request with any method that there is.
pub fn request<'a>(method: &str, url: impl Into<String>) -> Request<'a> {
    Request(wit::Request {
        method: method.to_owned(),
        url: url.into(),
        headers: Vec::new(),
        body: Vec::new(),
        timeout_ms: None,
        max_response: None,
    })
}

/// A request that asks for something.
pub fn get<'a>(url: impl Into<String>) -> Request<'a> {
    request("GET", url)
}

/// A request that sends something.
pub fn post<'a>(url: impl Into<String>) -> Request<'a> {
    request("POST", url)
}

impl<'a> Request<'a> {
    /// Adds a header, whose pieces are joined.
    pub fn header(mut self, name: impl Into<String>, value: impl IntoIterator<Item = Part<'a>>) -> Self {
        self.0.headers.push((name.into(), value.into_iter().collect()));
        self
    }

    /// Sets the body, whose pieces are joined.
    pub fn body(mut self, body: impl IntoIterator<Item = Part<'a>>) -> Self {
        self.0.body = body.into_iter().collect();
        self
    }

    /// Gives up after this many milliseconds: a minute otherwise, and at most ten.
    pub fn timeout_ms(mut self, milliseconds: u64) -> Self {
        self.0.timeout_ms = Some(milliseconds);
        self
    }

    /// Takes an answer of at most so many bytes: 8 MiB otherwise, and at most 32 MiB.
    pub fn max_response(mut self, bytes: u32) -> Self {
        self.0.max_response = Some(bytes);
        self
    }

    /// Sends it and waits for the answer, whatever its status.
    ///
    /// # Errors
    /// When the power was not granted for this host, or there is no answer.
    pub fn send(self) -> Result<Response, Error> {
        wit::send(&self.0)
    }
}

impl Response {
    /// Whether its status says that all went well.
    pub fn success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The value of a header, by its name in small letters.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The error that a bad status is; `who` answered.
    ///
    /// # Errors
    /// When the status is not of those that say that all went well.
    pub fn check(&self, who: &str) -> Result<(), Error> {
        if self.success() { Ok(()) } else { Err(failed(format!("{who} answers with status {}", self.status))) }
    }
}
