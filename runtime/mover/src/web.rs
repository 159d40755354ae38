//! Requests that the host has signed, sent from here.

mod address;
mod body;
mod trouble;
mod trust;

use std::collections::HashMap;
use std::io::{self, Read as _, Write};
use std::sync::{Arc, Mutex};

use ureq::http::{Response, StatusCode};
use ureq::{Body, SendBody};
use windlass_mover_protocol::{Failed, Request};

use crate::errand::Errand;
use crate::sync::lock;
use address::Address;
use body::Sent;
pub(crate) use trouble::Trouble;
use trust::Trust;

/// How many redirects are followed.
const REDIRECTS: usize = 5;

/// What is read at once.
const PIECE: usize = 64 << 10;

/// Connections, which serve one request after the other.
pub(crate) struct Web {
    /// By the certificates that are trusted.
    trusts: Mutex<HashMap<Option<String>, Arc<Trust>>>,
}

/// Reads the bytes that are sent, from a place on.
pub(crate) type ReadAt<'s> = &'s dyn Fn(u64, &mut [u8]) -> io::Result<usize>;

impl Web {
    /// Nothing is opened before the first request.
    pub(crate) fn new() -> Self {
        Self { trusts: Mutex::default() }
    }

    /// Writes the bytes from `had` to `size`, and counts them in `had`. What comes before another attempt need not come again.
    ///
    /// # Errors
    /// When they do not all come.
    pub(crate) fn get(
        &self,
        errand: &Errand,
        request: &Request,
        size: u64,
        had: &mut u64,
        to: &mut dyn Write,
    ) -> Result<(), Trouble> {
        if *had == size {
            return Ok(());
        }
        let range = (*had > 0).then(|| ("range", format!("bytes={had}-")));
        let answer = self.send(request, "GET", range, None)?;
        let mut skip = match answer.status() {
            StatusCode::OK => *had,
            StatusCode::PARTIAL_CONTENT if *had > 0 => 0,
            status => return Err(Trouble::status(request, status, answer.headers())),
        };
        let mut body = answer.into_body().into_reader();
        let mut piece = vec![0; PIECE];
        while *had < size {
            errand.check()?;
            let count = body.read(&mut piece).map_err(|error| Trouble::cut(request, &error))?;
            if count == 0 {
                return Err(Trouble::short(request));
            }
            // A server that knows no ranges sends what is there already once more.
            let known = usize::try_from(skip).map_or(count, |skip| skip.min(count));
            skip -= known as u64;
            let new = piece.get(known..count).unwrap_or_default();
            if new.len() as u64 > size - *had {
                return Err(Trouble::Lasting(Failed::Corrupt("a server gave more bytes than there can be".into())));
            }
            to.write_all(new).map_err(|error| Failed::Container(error.to_string()))?;
            *had += new.len() as u64;
            errand.moved(new.len() as u64);
        }
        Ok(())
    }

    /// Sends bytes.
    ///
    /// # Errors
    /// When the server does not say that it has taken them.
    pub(crate) fn put(&self, errand: &Errand, request: &Request, size: u64, source: ReadAt<'_>) -> Result<(), Trouble> {
        let answer = self.send(request, "PUT", None, Some(Sent { errand, source, size }))?;
        if answer.status().is_success() {
            return Ok(());
        }
        Err(Trouble::status(request, answer.status(), answer.headers()))
    }

    fn send(
        &self,
        request: &Request,
        method: &str,
        range: Option<(&str, String)>,
        body: Option<Sent<'_>>,
    ) -> Result<Response<Body>, Trouble> {
        let impossible = || Failed::Store(format!("{request:?} is no request that can be sent"));
        let own = Address::parse(&request.url).filter(|_| request.method == method).ok_or_else(impossible)?;
        let trust = self.trust(request.certificates.as_deref())?;
        let mut address = own.clone();
        for _ in 0..REDIRECTS {
            // Another server is not to learn what gives access to this one.
            let headers = request.headers.iter().filter(|_| own.is_same_server(&address));
            let headers =
                headers.map(|(name, value)| (name.as_str(), value)).chain(range.as_ref().map(|(name, value)| (*name, value)));
            let answer = trust.run(&address, |agent| {
                let builder = ureq::http::Request::builder().method(method).uri(address.as_str());
                let builder = headers.clone().fold(builder, |builder, (name, value)| builder.header(name, value));
                let Some(sent) = &body else { return agent.run(builder.body(())?) };
                let mut reader = sent.reader();
                agent.run(builder.header("content-length", sent.size).body(SendBody::from_reader(&mut reader))?)
            });
            let answer = answer.map_err(|error| Trouble::of(request, error))?;
            if !matches!(answer.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
                return Ok(answer);
            }
            let location = answer.headers().get("location").and_then(|location| location.to_str().ok());
            address = location.and_then(|location| address.leads_to(location)).ok_or_else(|| Trouble::astray(request))?;
        }
        Err(Trouble::astray(request))
    }

    fn trust(&self, certificates: Option<&str>) -> Result<Arc<Trust>, Failed> {
        let mut trusts = lock(&self.trusts);
        let key = certificates.map(str::to_owned);
        if let Some(trust) = trusts.get(&key) {
            return Ok(Arc::clone(trust));
        }
        let trust = Arc::new(Trust::new(certificates)?);
        trusts.insert(key, Arc::clone(&trust));
        Ok(trust)
    }
}
