//! All registries, as the settings say that they are reached.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use windlass_model::pod::Registry;
use windlass_redact::Redactor;

use crate::credentials::Credentials;
use crate::endpoint::{Endpoint, mirrors};
use crate::error::Error;
use crate::patience::{Observer, Patience, patiently};
use crate::repository::Repository;
use crate::session::{Right, Session};
use crate::transport::{Host, Proxies, Trust};

/// How registries are reached, and for how long they are asked.
pub struct Settings {
    /// What `registries` of windlass.yaml says, certificates read.
    pub registries: Vec<Registry>,
    /// Which proxies lead to them.
    pub proxies: Proxies,
    /// Where logins are found.
    pub credentials: Arc<dyn Credentials>,
    /// For how long what fails is tried again, each time from where it last got further.
    pub patience: Duration,
    /// The largest blob that is read, in bytes.
    pub largest_blob: u64,
    /// Who learns that something takes longer.
    pub observer: Arc<dyn Observer>,
    /// Learns every password and token before it is used.
    pub redactor: Redactor,
}

/// All registries. One of these serves any number of tasks at once.
pub struct Registries {
    pub(crate) trust: Arc<Trust>,
    pub(crate) credentials: Arc<dyn Credentials>,
    pub(crate) largest_blob: u64,
    pub(crate) redactor: Redactor,
    patience: Duration,
    observer: Arc<dyn Observer>,
    /// By name, and whether it is a mirror that the settings write with `http://`.
    hosts: Mutex<HashMap<(String, bool), Arc<Host>>>,
}

impl Registries {
    /// Nothing is asked yet.
    pub fn new(settings: Settings) -> Self {
        let Settings { registries, proxies, credentials, patience, largest_blob, observer, redactor } = settings;
        let trust = Arc::new(Trust { registries, proxies });
        Self { trust, credentials, largest_blob, redactor, patience, observer, hosts: Mutex::default() }
    }

    pub(crate) fn host(&self, endpoint: &Endpoint) -> Arc<Host> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        let host = hosts.entry((endpoint.host.clone(), endpoint.plain));
        Arc::clone(host.or_insert_with(|| Arc::new(Host::new(endpoint, Arc::clone(&self.trust)))))
    }

    pub(crate) fn patience(&self) -> Patience<'_> {
        Patience::new(self.patience, &*self.observer)
    }

    /// Reads from the first place that has an answer: each mirror is asked once, the registry itself for as long as the patience
    /// lasts.
    pub(crate) async fn read<'a, T, F>(&'a self, repository: &Repository, ask: impl Fn(Session<'a>) -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        match self.read_from_mirrors(repository, &ask).await? {
            Some(answer) => Ok(answer),
            None => self.at_home(repository, Right::Read, ask).await,
        }
    }

    /// Reads from the first mirror that has an answer.
    pub(crate) async fn read_from_mirrors<'a, T, F>(
        &'a self,
        repository: &Repository,
        ask: impl Fn(Session<'a>) -> F,
    ) -> Result<Option<T>, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        for mirror in mirrors(&self.trust.registries, repository)? {
            let host = mirror.host.clone();
            let answer = async { ask(Session::open(self, mirror, Right::Read).await?).await };
            match answer.await {
                Ok(answer) => return Ok(Some(answer)),
                Err(error) => self.passed_over(&host, &error),
            }
        }
        Ok(None)
    }

    /// Asks the registry itself for as long as the patience lasts.
    pub(crate) async fn at_home<'a, T, F>(
        &'a self,
        repository: &Repository,
        right: Right<'_>,
        ask: impl Fn(Session<'a>) -> F,
    ) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        patiently(self.patience(), || async { ask(Session::open(self, Endpoint::of(repository), right).await?).await }).await
    }

    /// A mirror that lacks something is no news.
    pub(crate) fn passed_over(&self, mirror: &str, error: &Error) {
        tracing::debug!(mirror, %error, "the mirror is passed over");
        if !matches!(error, Error::NotFound { .. }) {
            self.observer.passes_over(mirror, error);
        }
    }
}
