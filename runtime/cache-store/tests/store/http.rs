//! One request, as a container sends it: it knows nothing but what it was given.

use std::sync::Arc;

use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use windlass_mover_client::protocol::Request;

/// What came back.
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

pub async fn send(request: &Request, body: &[u8]) -> Answer {
    let (scheme, rest) = request.url.split_once("://").unwrap();
    let (host, path) = rest.split_once('/').unwrap();
    let mut head = format!("{} /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n", request.method);
    for (name, value) in &request.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if request.method == "PUT" {
        head.push_str(&format!("content-length: {}\r\n", body.len()));
    }
    head.push_str("\r\n");
    let stream = TcpStream::connect(host).await.unwrap();
    let bytes = [head.as_bytes(), body].concat();
    let answer = match scheme {
        "http" => exchange(stream, &bytes).await,
        _ => {
            let mut roots = RootCertStore::empty();
            let pem = request.certificates.as_deref().unwrap_or_default();
            for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
                roots.add(certificate.unwrap()).unwrap();
            }
            let configuration = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_root_certificates(roots)
                .with_no_client_auth();
            let name = ServerName::try_from(host.split(':').next().unwrap().to_owned()).unwrap();
            exchange(TlsConnector::from(Arc::new(configuration)).connect(name, stream).await.unwrap(), &bytes).await
        }
    };
    parse(&answer)
}

async fn exchange(mut stream: impl AsyncRead + AsyncWrite + Unpin, bytes: &[u8]) -> Vec<u8> {
    // A server may answer and hang up before it has all.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return answer,
            Ok(read) => answer.extend_from_slice(&buffer[..read]),
        }
        if is_whole(&answer) {
            return answer;
        }
    }
}

fn is_whole(answer: &[u8]) -> bool {
    let Some((head, body)) = split(answer) else { return false };
    length(&head).is_some_and(|length| body.len() >= length)
}

fn split(answer: &[u8]) -> Option<(String, &[u8])> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    Some((String::from_utf8_lossy(&answer[..end]).to_lowercase(), &answer[end + 4..]))
}

fn length(head: &str) -> Option<usize> {
    head.lines().find_map(|line| line.strip_prefix("content-length:")).map(|length| length.trim().parse().unwrap())
}

fn parse(answer: &[u8]) -> Answer {
    let (head, body) = split(answer).unwrap_or_else(|| panic!("an answer: {}", String::from_utf8_lossy(answer)));
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, body: body[..length(&head).unwrap_or(body.len())].to_vec() }
}
