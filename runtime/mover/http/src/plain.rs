//! A value under each path: what Gradle, Bazel, ccache and everybody with curl speak, and as much of WebDAV as sccache's client asks for.

use crate::Shared;
use crate::body::Body;
use crate::head::Head;
use crate::key;
use crate::refusal::Refusal;
use crate::reply::{Answer, BlobAnswer, Text};
use crate::spool::spooled;

const METHODS: &str = "GET, HEAD, PUT, POST, DELETE, OPTIONS, PROPFIND, MKCOL";

/// Answers a request for a path that no other protocol has.
pub fn answer(shared: &Shared, head: &Head, body: &mut Body<'_, '_>) -> Result<Answer, Refusal> {
    match head.method.as_str() {
        "GET" | "HEAD" => {
            let key = key::of_path(&head.path)?;
            let (_, blob) = shared.found(&key, false)?.ok_or(MISS)?;
            let headers = vec![("Content-Type", "application/octet-stream".to_owned())];
            Ok(Answer::Blob(BlobAnswer { blob, range: head.range.clone(), length_only: head.method == "HEAD", headers }))
        }
        "PUT" | "POST" => {
            let key = key::of_path(&head.path)?;
            let (file, blob) = spooled(&shared.spool, body)?;
            shared.keep(&key, &file, blob)?;
            Ok(Text::empty(201).into())
        }
        "DELETE" => {
            shared.blobs.forget(&key::of_path(&head.path)?).map_err(|e| Refusal::of_store(&e))?;
            Ok(Text::empty(204).into())
        }
        "PROPFIND" => propfind(shared, head, body),
        // There are no directories, so each of them is there.
        "MKCOL" => Ok(Text::empty(201).into()),
        _ => {
            let mut text = Text::empty(if head.method == "OPTIONS" { 204 } else { 405 });
            text.headers = vec![("Allow", METHODS.to_owned()), ("DAV", "1".to_owned())];
            Ok(text.into())
        }
    }
}

const MISS: Refusal = Refusal::new(404, "there is nothing under this key");

/// The most bytes of a question for properties.
const QUESTION: u64 = 64 << 10;

/// The size of a value. What ends with a slash is a directory, and nothing is in it: nobody asks for more.
fn propfind(shared: &Shared, head: &Head, body: &mut Body<'_, '_>) -> Result<Answer, Refusal> {
    body.whole(QUESTION)?;
    let properties = if head.path.ends_with('/') {
        "<D:resourcetype><D:collection/></D:resourcetype>".to_owned()
    } else {
        let (_, blob) = shared.found(&key::of_path(&head.path)?, false)?.ok_or(MISS)?;
        format!("<D:resourcetype/><D:getcontentlength>{}</D:getcontentlength>", blob.size)
    };
    // The path is as it was sent: percent-encoded, but for characters that are text to XML after this.
    let href = head.path.replace('&', "&amp;").replace('<', "&lt;");
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<D:multistatus xmlns:D=\"DAV:\"><D:response><D:href>{href}</D:href><D:propstat><D:prop>\
         <D:getlastmodified>Thu, 01 Jan 1970 00:00:00 GMT</D:getlastmodified>{properties}</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>\
         </D:response></D:multistatus>\n"
    );
    Ok(Text::new(207, "application/xml; charset=utf-8", text).into())
}
