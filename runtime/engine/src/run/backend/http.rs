//! Requests of a step: secrets put in where the plugin named them, and masked where the answer repeats them.

use std::borrow::Cow;
use std::sync::Arc;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use secrecy::ExposeSecret as _;
use windlass_model::secret::SecretName;
use windlass_redact::Patterns;

use crate::ports::http::{HttpError, Part, Piece, Request, Response};
use crate::run::context::TaskContext;

/// Sends a request.
pub(super) async fn send(context: &Arc<TaskContext>, request: Request) -> Result<Response, HttpError> {
    let secret = |name: &SecretName| context.secret(name).map(|bytes| bytes.expose_secret().to_vec());
    let (request, sent) = filled(request, &secret)?;
    // In the forms in which they go out, too: whoever repeats one repeats it so.
    context.redactor.add(&sent);
    let mut answer = context.http.send(request).await?;
    mask(&mut answer, &Patterns::of(&sent));
    Ok(answer)
}

/// The request with the values of its secrets, and these as they go out.
fn filled(
    request: Request,
    secret: &impl Fn(&SecretName) -> Option<Vec<u8>>,
) -> Result<(Request<Piece>, Vec<Vec<u8>>), HttpError> {
    let mut sent = Vec::new();
    let Request { method, address, headers, body, timeout, max_response, hosts } = request;
    let mut filled = Vec::with_capacity(headers.len());
    for (name, parts) in headers {
        // A line end behind a password is no part of it, and no header can hold it.
        let piece = join(parts, |name| secret(name).map(without_line_end), &mut sent)?;
        filled.push((name, piece));
    }
    let body = join(body, secret, &mut sent)?;
    Ok((Request { method, address, headers: filled, body, timeout, max_response, hosts }, sent))
}

/// The bytes of some parts; the secrets among them are added to `sent`.
fn join(parts: Vec<Part>, secret: impl Fn(&SecretName) -> Option<Vec<u8>>, sent: &mut Vec<Vec<u8>>) -> Result<Piece, HttpError> {
    let mut piece = Piece { bytes: Vec::new(), secret: false };
    let value = |name: &SecretName| secret(name).ok_or_else(|| HttpError::Failed(format!("the secret {name} is gone")));
    for part in parts {
        let (value, written) = match part {
            Part::Text(text) => {
                piece.bytes.extend(text.into_bytes());
                continue;
            }
            Part::Bytes(bytes) => {
                piece.bytes.extend(bytes);
                continue;
            }
            Part::Secret(name) => (value(&name)?, None),
            Part::JsonString(name) => {
                let value = value(&name)?;
                let text = serde_json::Value::String(String::from_utf8_lossy(&value).into_owned());
                (value, Some(text.to_string().into_bytes()))
            }
            Part::PercentEncoded(name) => {
                let value = value(&name)?;
                let encoded = percent_encoded(&value);
                (value, Some(encoded))
            }
            Part::Basic(user, name) => {
                let value = without_line_end(value(&name)?);
                let login = BASE64_STANDARD.encode([user.as_bytes(), b":", &value].concat());
                (value, Some(login.into_bytes()))
            }
        };
        piece.secret = true;
        piece.bytes.extend(written.as_ref().unwrap_or(&value));
        sent.extend([Some(value), written].into_iter().flatten());
    }
    Ok(piece)
}

fn without_line_end(mut value: Vec<u8>) -> Vec<u8> {
    if value.last() == Some(&b'\n') {
        value.pop();
        if value.last() == Some(&b'\r') {
            value.pop();
        }
    }
    value
}

fn percent_encoded(value: &[u8]) -> Vec<u8> {
    let one = |byte: &u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => vec![*byte],
        byte => format!("%{byte:02X}").into_bytes(),
    };
    value.iter().flat_map(one).collect()
}

/// What the request sent is masked; what else the answer says stays as it is, whatever it looks like.
fn mask(answer: &mut Response, sent: &Patterns) {
    if let Some(masked) = sent.mask(&answer.body) {
        answer.body = masked;
    }
    for (_, text) in &mut answer.headers {
        if let Cow::Owned(masked) = sent.text(text) {
            *text = masked;
        }
    }
    if let Cow::Owned(masked) = sent.text(&answer.url) {
        answer.url = masked;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use windlass_model::power::HostScope;

    use super::*;
    use crate::ports::http::Address;

    fn name(text: &str) -> SecretName {
        SecretName::new(text).unwrap_or_else(|e| panic!("{e}"))
    }

    fn request(headers: Vec<Part>, body: Vec<Part>) -> Request {
        let address = Address::parse("https://a/").unwrap_or_else(|e| panic!("{e}"));
        let (timeout, hosts) = (Duration::from_secs(1), HostScope::any());
        let headers = vec![("authorization".to_owned(), headers)];
        Request { method: "POST".into(), address, headers, body, timeout, max_response: 1, hosts }
    }

    fn value(name: &SecretName) -> Option<Vec<u8>> {
        (name.as_str() == "KEY").then(|| b"open \"sesame\"&\n".to_vec())
    }

    #[test]
    fn a_secret_goes_out_as_the_part_says_and_is_masked_in_what_comes_back() {
        let key = || name("KEY");
        for (header, written) in [
            (vec![Part::Text("Bearer ".into()), Part::Secret(key())], "Bearer open \"sesame\"&".to_owned()),
            (vec![Part::PercentEncoded(key())], "open%20%22sesame%22%26".to_owned()),
            (
                vec![Part::Text("Basic ".into()), Part::Basic("me".into(), key())],
                format!("Basic {}", BASE64_STANDARD.encode("me:open \"sesame\"&")),
            ),
        ] {
            let body = vec![Part::Text("{\"key\": ".into()), Part::JsonString(key()), Part::Bytes(b"}".to_vec())];
            let (filled, sent) = filled(request(header, body), &value).unwrap_or_else(|e| panic!("{e}"));
            let (_, piece) = filled.headers.first().unwrap_or_else(|| panic!("it has one"));
            assert_eq!((String::from_utf8_lossy(&piece.bytes).as_ref(), piece.secret), (written.as_str(), true));
            assert_eq!(String::from_utf8_lossy(&filled.body.bytes), "{\"key\": \"open \\\"sesame\\\"&\\n\"}");
            let echo =
                |text: &str| vec![("x-echo".to_owned(), text.to_owned()), ("x-plain".to_owned(), "sesame street".to_owned())];
            let body = [b"\xff you said ", filled.body.bytes.as_slice()].concat();
            let mut answer = Response { url: "https://a/".into(), status: 200, headers: echo(&written), body };
            mask(&mut answer, &Patterns::of(&sent));
            let said = format!("{answer:?} {}", String::from_utf8_lossy(&answer.body));
            assert!(!said.contains("open") && said.contains("HIDDEN-BY-WINDLASS") && said.contains("sesame street"), "{said}");
            assert!(answer.body.starts_with(b"\xff you said "));
        }
    }

    #[test]
    fn without_a_secret_nothing_is_one() {
        let (filled, sent) = filled(request(vec![Part::Text("a".into())], Vec::new()), &value).unwrap_or_else(|e| panic!("{e}"));
        assert!(sent.is_empty() && !filled.body.secret && filled.headers.iter().all(|(_, piece)| !piece.secret));
        let gone = super::filled(request(vec![Part::Secret(name("OTHER"))], Vec::new()), &value);
        assert!(gone.is_err_and(|e| e.to_string() == "the secret OTHER is gone"));
    }
}
