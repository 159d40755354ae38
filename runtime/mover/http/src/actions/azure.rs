//! Uploads and downloads in the manner of Azure's blobs: `Put Blob`, `Put Block`, `Put Block List` and `Get Blob`.
//!
//! Its clients ask again for minutes, with a step waiting for them, after the statuses 408, 429, 500, 502, 503 and 504. What failed here fails again, so
//! none of these is answered.

use windlass_mover_protocol::{Blob, Sha256};

use super::BLOBS;
use crate::Shared;
use crate::body::Body;
use crate::head::Head;
use crate::key::in_query;
use crate::refusal::Refusal;
use crate::reply::{Answer, BlobAnswer, Text};
use crate::spool::spooled;

/// The most bytes of a list: fifty thousand blocks, as in Azure.
const LIST: u64 = 16 << 20;

/// The most bytes between two angle brackets of a list, and of a name.
const TOKEN: usize = 256;

pub fn answer(shared: &Shared, head: &Head, body: &mut Body<'_, '_>) -> Result<Answer, Refusal> {
    let path = head.path.strip_prefix(BLOBS).and_then(|path| path.split_once('/'));
    let result = match (head.method.as_str(), path) {
        ("PUT", Some(("upload", id))) => upload(shared, head, id, body),
        ("GET" | "HEAD", Some(("download", blob))) => download(shared, head, blob),
        _ => Err(Refusal::new(404, "there is no such blob")),
    };
    match result {
        Ok(Answer::Text(mut text)) => {
            text.headers.push(number());
            Ok(text.into())
        }
        Err(Refusal::Status(status, why)) => Ok(failure(status, why).into()),
        other => other,
    }
}

/// What a failure says here.
pub fn failure(status: u16, why: &str) -> Text {
    let status = if matches!(status, 408 | 429 | 500 | 502 | 503 | 504) { 424 } else { status };
    let code = if status == 404 { "BlobNotFound" } else { "Failed" };
    let why = why.replace('&', "&amp;").replace('<', "&lt;");
    let body =
        format!("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<Error><Code>{code}</Code><Message>{why}</Message></Error>\n");
    let mut text = Text::new(status, "application/xml", body);
    text.headers.extend([("x-ms-error-code", code.to_owned()), number()]);
    text
}

fn upload(shared: &Shared, head: &Head, id: &str, body: &mut Body<'_, '_>) -> Result<Answer, Refusal> {
    let parts = shared.actions.uploads.find(id).ok_or(Refusal::new(404, "there is no such upload"))?;
    match in_query(&head.query, "comp").as_deref() {
        None => {
            let (file, blob) = spooled(&shared.spool, body)?;
            parts.set(file, blob)?;
        }
        Some("block") => parts.block(&shared.spool, in_query(&head.query, "blockid").unwrap_or_default(), body)?,
        Some("blocklist") => {
            body.limit(LIST);
            parts.list(&shared.spool, shared.limits.body, |each| listed(body, each))?;
        }
        Some(_) => return Err(Refusal::new(400, "no such part of a blob is known")),
    }
    Ok(Text::empty(201).into())
}

fn download(shared: &Shared, head: &Head, path: &str) -> Result<Answer, Refusal> {
    let blob =
        path.split_once('/').and_then(|(digest, size)| Some(Blob { digest: Sha256::parse(digest)?, size: size.parse().ok()? }));
    let signature = in_query(&head.query, "sig").and_then(|text| Sha256::parse(&text));
    let blob = blob.filter(|blob| signature == Some(shared.actions.signature(*blob)));
    // A client that is told this asks for the URL again: that of a server that is gone.
    let blob = blob.ok_or(Refusal::new(403, "this URL is not one that was given out here"))?;
    let headers = vec![
        ("Content-Type", "application/octet-stream".to_owned()),
        ("ETag", format!("\"{}\"", blob.digest)),
        ("x-ms-blob-type", "BlockBlob".to_owned()),
        number(),
    ];
    let range = head.azure_range.clone().or_else(|| head.range.clone());
    Ok(Answer::Blob(BlobAnswer { blob, range, length_only: head.method == "HEAD", headers }))
}

/// Clients read the number of the request without asking whether there is one.
fn number() -> (&'static str, String) {
    ("x-ms-request-id", "windlass".to_owned())
}

/// Reads `<BlockList><Latest>NAME</Latest>…</BlockList>` as it comes.
fn listed(body: &mut Body<'_, '_>, each: &mut dyn FnMut(&str) -> Result<(), Refusal>) -> Result<(), Refusal> {
    const NO_LIST: Refusal = Refusal::new(400, "this is no list of blocks");
    let (mut token, mut piece, mut ended) = (Vec::new(), [0; 4096], false);
    loop {
        let read = body.read(&mut piece)?;
        if read == 0 {
            return if ended { Ok(()) } else { Err(NO_LIST) };
        }
        for byte in piece.get(..read).unwrap_or_default() {
            match byte {
                b'>' => {
                    let text = String::from_utf8(std::mem::take(&mut token)).map_err(|_| NO_LIST)?;
                    match text.rsplit_once('<').ok_or(NO_LIST)? {
                        (name, "/Latest" | "/Uncommitted" | "/Committed") => each(name.trim())?,
                        (_, "/BlockList") => ended = true,
                        _ => {}
                    }
                }
                _ if token.len() >= TOKEN => return Err(NO_LIST),
                _ => token.push(*byte),
            }
        }
    }
}
