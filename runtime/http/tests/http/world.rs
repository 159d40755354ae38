//! A client, the names that it knows, and requests.

use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use windlass_engine::ports::http::{Address, Http as _, HttpError, Piece, Request, Response};
use windlass_http::{Authority as Trusted, Client, Proxies, Resolve, Settings};
use windlass_model::host_pattern::HostPattern;
use windlass_model::power::HostScope;

use crate::server::{Act, Authority, Server};

/// Knows the names of the test alone, and counts who asks.
#[derive(Default)]
pub struct Names {
    known: Mutex<BTreeMap<String, Vec<Vec<IpAddr>>>>,
    pub asked: Mutex<Vec<String>>,
}

#[async_trait]
impl Resolve for Names {
    async fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        self.asked.lock().unwrap().push(host.to_owned());
        let mut known = self.known.lock().unwrap();
        let answers = known.get_mut(host).ok_or_else(|| io::Error::other("no such host"))?;
        Ok(if answers.len() > 1 { answers.remove(0) } else { answers.first().cloned().unwrap_or_default() })
    }
}

/// All that a test needs.
pub struct World {
    pub authority: Authority,
    pub names: Arc<Names>,
    pub trusted: Vec<String>,
    pub proxies: Proxies,
}

impl World {
    pub fn new() -> Self {
        Self { authority: Authority::new(), names: Arc::default(), trusted: Vec::new(), proxies: Proxies::none() }
    }

    /// A name leads here; with several lists, the first is answered first.
    pub fn name(&mut self, host: &str, answers: &[&[&str]]) {
        let address = |text: &&str| text.parse().unwrap();
        let answers = answers.iter().map(|list| list.iter().map(address).collect()).collect();
        self.names.known.lock().unwrap().insert(host.to_owned(), answers);
    }

    /// A server with TLS for a name, which is on this machine, and its authority is known.
    pub async fn server(&mut self, host: &'static str, act: impl Fn(&str) -> Act + Send + Sync + 'static) -> Server {
        self.name(host, &[&["127.0.0.1"]]);
        let server = Server::start(Some(self.authority.tls(&[host], (2020, 2100))), act).await;
        self.trusted.push(format!("{host}:{}", server.port));
        server
    }

    pub fn client(&mut self) -> Client {
        let pem = self.authority.pem.clone();
        let authorities = self.trusted.iter().map(|host| Trusted { host: host.clone(), pem: pem.clone() }).collect();
        let proxies = std::mem::replace(&mut self.proxies, Proxies::none());
        Client::new(Settings { proxies, authorities, resolve: Arc::clone(&self.names) as Arc<dyn Resolve> })
    }
}

/// Hosts as settings grant them.
pub fn hosts(patterns: &[&str]) -> HostScope {
    HostScope::granted(patterns.iter().map(|pattern| HostPattern::parse(pattern).unwrap()).collect())
}

pub fn piece(text: &str, secret: bool) -> Piece {
    Piece { bytes: text.as_bytes().to_vec(), secret }
}

/// A request that asks for something.
pub fn get(url: &str, patterns: &[&str]) -> Request<Piece> {
    Request {
        method: "GET".to_owned(),
        address: Address::parse(url).unwrap(),
        headers: Vec::new(),
        body: piece("", false),
        timeout: Duration::from_secs(20),
        max_response: 1000,
        hosts: hosts(patterns),
    }
}

/// What came of a request: the status and the body, or the words of the error.
pub async fn sent(client: &Client, request: Request<Piece>) -> Result<(u16, String), String> {
    let answer: Result<Response, HttpError> = client.send(request).await;
    answer.map(|answer| (answer.status, String::from_utf8(answer.body).unwrap())).map_err(|error| error.to_string())
}
