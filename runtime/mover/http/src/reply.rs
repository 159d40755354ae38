//! What is answered.

use std::fmt::Write as _;

use windlass_mover_protocol::Blob;

use crate::refusal::Refusal;

/// An answer.
#[derive(Debug)]
pub enum Answer {
    /// One that is at hand.
    Text(Text),
    /// The bytes of a blob, or those of its `range`.
    Blob(BlobAnswer),
}

/// A short answer.
#[derive(Debug)]
pub struct Text {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

/// An answer that comes from the store.
#[derive(Debug)]
pub struct BlobAnswer {
    pub blob: Blob,
    /// The header that asks for a part, as it was sent.
    pub range: Option<String>,
    /// Whether only its length is told.
    pub length_only: bool,
    pub headers: Vec<(&'static str, String)>,
}

impl Text {
    pub fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: String::new() }
    }

    pub fn new(status: u16, content_type: &str, body: String) -> Self {
        Self { status, headers: vec![("Content-Type", content_type.to_owned())], body }
    }

    /// What a refusal says; `None` when nobody is there to be told.
    pub fn of(refusal: Refusal) -> Option<Self> {
        match refusal {
            Refusal::Gone => None,
            Refusal::Status(status, why) => Some(Self::new(status, "text/plain; charset=utf-8", format!("{why}\n"))),
        }
    }
}

impl From<Text> for Answer {
    fn from(text: Text) -> Self {
        Self::Text(text)
    }
}

/// The line and headers of an answer whose body has so many bytes.
pub fn head(status: u16, headers: &[(&'static str, String)], length: u64, last: bool) -> String {
    let mut head = format!("HTTP/1.1 {status} {}\r\n", reason(status));
    for (name, value) in headers {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    // A 204 has no body and may not say how long it is.
    if status != 204 {
        let _ = write!(head, "Content-Length: {length}\r\n");
    }
    head.push_str(if last { "Connection: close\r\n\r\n" } else { "\r\n" });
    head
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        206 => "Partial Content",
        207 => "Multi-Status",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        409 => "Conflict",
        411 => "Length Required",
        413 => "Content Too Large",
        416 => "Range Not Satisfiable",
        417 => "Expectation Failed",
        424 => "Failed Dependency",
        431 => "Request Header Fields Too Large",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        505 => "HTTP Version Not Supported",
        507 => "Insufficient Storage",
        _ => "Internal Server Error",
    }
}
