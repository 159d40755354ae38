//! One host, and how it is spoken to.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::{Client, Url};
use tokio::sync::OnceCell;

use super::origin::{authority, same_origin};
use super::trust::Trust;
use super::{Request, send_once};
use crate::authorization::Tokens;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::repository::address;

/// One registry or mirror.
pub(crate) struct Host {
    /// As references, settings and credentials name it.
    pub(crate) name: String,
    /// The settings call it insecure: any certificate will do, or none.
    pub(crate) insecure: bool,
    /// Whether it speaks plain HTTP, once that is known.
    plain: OnceCell<bool>,
    trust: Arc<Trust>,
    /// By the host that is spoken to for its sake, with the port.
    clients: Mutex<HashMap<String, Client>>,
    pub(crate) tokens: Tokens,
}

impl Host {
    /// Nothing is asked yet.
    pub(crate) fn new(endpoint: &Endpoint, trust: Arc<Trust>) -> Self {
        let name = endpoint.host.clone();
        let insecure = trust.is_insecure(&name);
        let plain = OnceCell::new_with(endpoint.plain.then_some(true));
        Self { name, insecure, plain, trust, clients: Mutex::default(), tokens: Tokens::default() }
    }

    /// The beginning of all its addresses. One that is called insecure is spoken to with TLS if it can, as Docker does.
    pub(crate) async fn base(&self) -> Result<Url, Error> {
        let (plain, secure) = (self.at("http")?, self.at("https")?);
        if !self.insecure && self.plain.get().is_none() {
            return Ok(secure);
        }
        let probe = async || {
            // Whatever it answers, it answers.
            match send_once(self, &Request::get(secure.clone()), None).await {
                Ok(_) => Ok(false),
                Err(_) => send_once(self, &Request::get(plain.clone()), None).await.map(|_| true),
            }
        };
        let is_plain = *self.plain.get_or_try_init(probe).await?;
        Ok(if is_plain { plain } else { secure })
    }

    fn at(&self, scheme: &str) -> Result<Url, Error> {
        let problem = |_| Error::Protocol { host: self.name.clone(), problem: "its name is not one of a host".into() };
        Url::parse(&format!("{scheme}://{}/v2/", address(&self.name))).map_err(problem)
    }

    /// Who is at an address, as a person knows it: Docker Hub is reached elsewhere than its name says.
    pub(super) fn name_of(&self, url: &Url) -> String {
        let is_own = ["https", "http"].iter().filter_map(|scheme| self.at(scheme).ok()).any(|own| same_origin(&own, url));
        if is_own { self.name.clone() } else { authority(url) }
    }

    /// The client for an address that is spoken to for the sake of this host.
    pub(super) fn client(&self, url: &Url) -> Result<Client, Error> {
        let place = self.name_of(url);
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&place) {
            return Ok(client.clone());
        }
        let client = self.trust.client(&self.name, &place)?;
        clients.insert(place, client.clone());
        Ok(client)
    }
}
