//! A proxy, which alone knows where some names lead.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use windlass_registry::{Error, Proxies};

use crate::certificates::{Authority, Certificate, GOOD};
use crate::server::{Reply, Server};
use crate::support::{World, repository, trusting};

/// A proxy. It is gone when it is dropped.
pub struct Proxy {
    pub address: String,
    asked: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Proxy {
    /// Leads to where `place` says that `HOST:PORT` is, and refuses the rest.
    pub async fn start(place: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (place, log) = (Arc::new(place), Arc::clone(&asked));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (place, log) = (Arc::clone(&place), Arc::clone(&log));
                tokio::spawn(async move {
                    let mut stream = BufReader::new(stream);
                    let mut head = String::new();
                    while !head.ends_with("\r\n\r\n") {
                        if stream.read_line(&mut head).await? == 0 {
                            return Ok(());
                        }
                    }
                    let target = head.split_whitespace().nth(1).unwrap_or_default().to_owned();
                    let place = place(&target);
                    log.lock().unwrap().push(target);
                    let Some(place) = place else {
                        return stream.write_all(b"HTTP/1.1 403 No\r\ncontent-length: 0\r\n\r\n").await;
                    };
                    let mut there = TcpStream::connect(place).await?;
                    stream.write_all(b"HTTP/1.1 200 Yes\r\n\r\n").await?;
                    copy_bidirectional(&mut stream, &mut there).await.map(|_| ())
                });
            }
        });
        Self { address, asked, task }
    }

    /// As the environment names it, with another variable beside it.
    pub fn named(&self, more: &[(&str, &str)]) -> Proxies {
        let own = format!("http://{}", self.address);
        let find = |name: &str| more.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned());
        Proxies::of(|name| if name == "HTTPS_PROXY" { Some(own.clone()) } else { find(name) }).unwrap()
    }
}

/// Proves that the proxy is asked for what is not on this machine, and only for that.
#[tokio::test]
async fn a_proxy_leads_to_a_registry() {
    let authority = Authority::new();
    let named = Certificate { name: "registry.example", years: GOOD.years };
    let tags = r#"{"tags": ["1"]}"#;
    let server = Server::start(Some(authority.tls(&named)), move |_| Reply::new(200).body(tags).act()).await;
    let own = Server::start(Some(authority.tls(&GOOD)), move |_| Reply::new(200).body(tags).act()).await;
    let place = server.host.clone();
    let proxy = Proxy::start(move |target| (target == "registry.example:443").then(|| place.clone())).await;
    let settings = || vec![trusting("registry.example", &authority), trusting(&own.host, &authority)];
    let world = |more: &[(&str, &str)]| {
        let mut world = World::new(settings());
        world.settings.proxies = proxy.named(more);
        world.registries()
    };
    let place = repository("registry.example", "a");
    assert_eq!(world(&[]).tags(&place).await.unwrap(), ["1"]);
    assert_eq!(world(&[]).tags(&repository(&own.host, "a")).await.unwrap(), ["1"]);
    let error = world(&[]).tags(&repository("other.example", "a")).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
    let asked = proxy.asked.lock().unwrap().clone();
    assert_eq!(asked, ["registry.example:443", "other.example:443"]);
    let error = world(&[("NO_PROXY", "corp,.example")]).tags(&place).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
    assert_eq!(proxy.asked.lock().unwrap().len(), 2, "what is excepted does not go there");
}
