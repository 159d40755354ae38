//! A registry in memory that keeps to the specification, also where others do not, and misbehaves where a test tells it to.

use std::collections::HashMap;
use std::io::{BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::image::digest;

/// A request's line and headers.
#[derive(Debug, Clone)]
pub(crate) struct Head {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    headers: HashMap<String, String>,
    /// How many requests with this method and target's first part came before.
    pub(crate) before: usize,
}

impl Head {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// Whether it is this method, and this is in its target.
    pub(crate) fn is(&self, method: &str, part: &str) -> bool {
        self.method == method && self.target.contains(part)
    }
}

/// What to do with a request.
pub(crate) enum Act {
    /// What a registry does.
    Serve,
    /// This status, these headers, this body.
    Reply(u16, Vec<(&'static str, String)>, String),
    /// Take so many bytes of the body, and hang up.
    Cut(usize),
}

impl Act {
    pub(crate) fn status(status: u16) -> Self {
        Self::Reply(status, Vec::new(), String::new())
    }
}

type Behaviour = dyn Fn(&Head) -> Act + Send + Sync;

/// What the registry holds. Keys are the paths below `/v2/`.
#[derive(Default)]
struct Store {
    blobs: HashMap<String, Vec<u8>>,
    uploads: HashMap<String, Vec<u8>>,
    manifests: HashMap<String, (String, Vec<u8>)>,
    requests: Vec<Head>,
}

/// The registry. It serves as long as the test's process lives.
pub(crate) struct Server {
    pub(crate) host: String,
    store: Arc<Mutex<Store>>,
}

impl Server {
    pub(crate) fn start(behaviour: impl Fn(&Head) -> Act + Send + Sync + 'static) -> Self {
        Self::begin(behaviour, None)
    }

    /// The same over TLS; with the certificate to trust, in PEM.
    pub(crate) fn with_tls(behaviour: impl Fn(&Head) -> Act + Send + Sync + 'static) -> (Self, String) {
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let config = config.with_no_client_auth().with_single_cert(vec![cert.der().clone()], key).unwrap();
        (Self::begin(behaviour, Some(Arc::new(config))), cert.pem())
    }

    fn begin(behaviour: impl Fn(&Head) -> Act + Send + Sync + 'static, tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let store = Arc::new(Mutex::new(Store::default()));
        let (behaviour, shared): (Arc<Behaviour>, _) = (Arc::new(behaviour), Arc::clone(&store));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (behaviour, store, tls) = (Arc::clone(&behaviour), Arc::clone(&shared), tls.clone());
                // A client that hangs up ends its own connection only.
                thread::spawn(move || match tls {
                    Some(tls) => {
                        let connection = ServerConnection::new(tls).unwrap();
                        drop(serve(StreamOwned::new(connection, stream.unwrap()), &*behaviour, &store));
                    }
                    None => drop(serve(stream.unwrap(), &*behaviour, &store)),
                });
            }
        });
        Self { host, store }
    }

    /// All requests so far.
    pub(crate) fn requests(&self) -> Vec<Head> {
        self.store.lock().unwrap().requests.clone()
    }

    /// How many requests had this method, and this in their target.
    pub(crate) fn count(&self, method: &str, part: &str) -> usize {
        self.requests().iter().filter(|head| head.is(method, part)).count()
    }

    /// The bytes of a blob that is there.
    pub(crate) fn blob(&self, repository: &str, digest: &str) -> Option<Vec<u8>> {
        self.store.lock().unwrap().blobs.get(&format!("{repository}/blobs/{digest}")).cloned()
    }
}

fn serve(stream: impl Read + Write, behaviour: &Behaviour, store: &Mutex<Store>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let head = {
        let mut head = read_head(&mut reader)?;
        let mut store = store.lock().unwrap();
        let kind = |head: &Head| (head.method.clone(), head.target.split('?').next().map(str::to_owned));
        head.before = store.requests.iter().filter(|other| kind(other) == kind(&head)).count();
        store.requests.push(head.clone());
        head
    };
    let length: usize = head.header("content-length").parse().unwrap_or(0);
    let act = behaviour(&head);
    let mut body = vec![0; if let Act::Cut(most) = act { most.min(length) } else { length }];
    reader.read_exact(&mut body)?;
    let (status, headers, text) = match act {
        Act::Cut(_) => {
            if let Some(upload) = store.lock().unwrap().uploads.get_mut(path(&head)) {
                upload.extend(body);
            }
            return Ok(());
        }
        Act::Reply(status, headers, text) => (status, headers, text.into_bytes()),
        Act::Serve => answer(&head, body, &mut store.lock().unwrap()),
    };
    let stream = reader.get_mut();
    write!(stream, "HTTP/1.1 {status} Said\r\nconnection: close\r\ncontent-length: {}\r\n", text.len())?;
    for (name, value) in headers {
        write!(stream, "{name}: {value}\r\n")?;
    }
    stream.write_all(b"\r\n")?;
    if head.method != "HEAD" {
        stream.write_all(&text)?;
    }
    stream.flush()
}

fn read_head(reader: &mut impl std::io::BufRead) -> std::io::Result<Head> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    Ok(Head { method, target, headers, before: 0 })
}

/// The target's path below `/v2/`.
fn path(head: &Head) -> &str {
    let path = head.target.split('?').next().unwrap_or_default();
    path.trim_start_matches("/v2/")
}

fn parameter(head: &Head, name: &str) -> Option<String> {
    let (_, query) = head.target.split_once('?')?;
    let found = query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
    Some(found.replace("%3A", ":").replace("%2F", "/"))
}

type Answer = (u16, Vec<(&'static str, String)>, Vec<u8>);

fn answer(head: &Head, body: Vec<u8>, store: &mut Store) -> Answer {
    let path = path(head).to_owned();
    let at = |path: &str| vec![("location", format!("/v2/{path}"))];
    match head.method.as_str() {
        "POST" => {
            let repository = path.trim_end_matches("/blobs/uploads/");
            if let (Some(wanted), Some(from)) = (parameter(head, "mount"), parameter(head, "from"))
                && let Some(bytes) = store.blobs.get(&format!("{from}/blobs/{wanted}")).cloned()
            {
                store.blobs.insert(format!("{repository}/blobs/{wanted}"), bytes);
                return (201, at(&path), Vec::new());
            }
            let upload = format!("{repository}/blobs/uploads/{}", store.uploads.len());
            store.uploads.insert(upload.clone(), Vec::new());
            (202, at(&upload), Vec::new())
        }
        "GET" | "HEAD" if path.contains("/manifests/") => match store.manifests.get(&path) {
            Some((kind, bytes)) => {
                (200, vec![("content-type", kind.clone()), ("docker-content-digest", digest(bytes))], bytes.clone())
            }
            None => (404, Vec::new(), Vec::new()),
        },
        "GET" if path.contains("/uploads/") => match store.uploads.get(&path) {
            Some(upload) => {
                let range = ("range", format!("0-{}", upload.len().saturating_sub(1)));
                (204, [at(&path), vec![range]].concat(), Vec::new())
            }
            None => (404, Vec::new(), Vec::new()),
        },
        "HEAD" => (if store.blobs.contains_key(&path) { 200 } else { 404 }, Vec::new(), Vec::new()),
        "PATCH" | "PUT" if path.contains("/uploads/") => upload(head, &path, body, store),
        "PUT" => {
            store.manifests.insert(path.clone(), (head.header("content-type").to_owned(), body));
            (201, at(&path), Vec::new())
        }
        _ => (405, Vec::new(), Vec::new()),
    }
}

fn upload(head: &Head, path: &str, body: Vec<u8>, store: &mut Store) -> Answer {
    let Some(upload) = store.uploads.get_mut(path) else { return (404, Vec::new(), Vec::new()) };
    if head.method == "PATCH" {
        let begins = format!("{}-", upload.len());
        if !head.header("content-range").starts_with(&begins) {
            return (416, Vec::new(), Vec::new());
        }
        upload.extend(body);
        return (202, vec![("location", format!("/v2/{path}"))], Vec::new());
    }
    upload.extend(body);
    let wanted = parameter(head, "digest").unwrap_or_default();
    if digest(upload) != wanted {
        return (400, Vec::new(), br#"{"errors":[{"code":"DIGEST_INVALID","message":"other bytes"}]}"#.to_vec());
    }
    let bytes = store.uploads.remove(path).unwrap_or_default();
    let repository = path.split("/blobs/").next().unwrap_or_default();
    store.blobs.insert(format!("{repository}/blobs/{wanted}"), bytes);
    (201, vec![("location", format!("/v2/{repository}/blobs/{wanted}"))], Vec::new())
}
