//! Registries as the tests reach them.

use std::io::Cursor;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use windlass_model::image::ImageReference;
use windlass_model::pod::Registry;
use windlass_redact::Redactor;
use windlass_registry::credentials::{Anonymous, Credentials, CredentialsError, Login, Secret};
use windlass_registry::{Blob, Error, Observer, Proxies, Registries, Repository, Settings};

use crate::certificates::{Authority, GOOD};
use crate::server::{Act, Seen, Server};
use crate::store::digest;

/// Long enough that no machine is too slow for it.
pub const PATIENT: Duration = Duration::from_secs(60);

/// What the tests of this crate say about registries.
pub struct World {
    pub settings: Settings,
    pub seen: Arc<Told>,
}

/// What an observer was told.
#[derive(Default)]
pub struct Told {
    pub again: Mutex<Vec<String>>,
    pub over: Mutex<Vec<String>>,
}

impl Observer for Told {
    fn asks_again(&self, error: &Error, _: Duration) {
        self.again.lock().unwrap().push(error.to_string());
    }

    fn passes_over(&self, mirror: &str, error: &Error) {
        self.over.lock().unwrap().push(format!("{mirror}: {error}"));
    }
}

impl World {
    pub fn new(registries: Vec<Registry>) -> Self {
        let seen = Arc::new(Told::default());
        let settings = Settings {
            registries,
            proxies: Proxies::default(),
            credentials: Arc::new(Anonymous),
            patience: Duration::ZERO,
            largest_blob: 64 << 20,
            observer: Arc::clone(&seen) as _,
            redactor: Redactor::new(),
        };
        Self { settings, seen }
    }

    pub fn with_login(mut self, user: &str, secret: Secret) -> Self {
        let login = Login { user: user.into(), secret, source: "the tests".into() };
        self.settings.credentials = Arc::new(Known(login));
        self
    }

    pub fn patient(mut self) -> Self {
        self.settings.patience = PATIENT;
        self
    }

    pub fn registries(self) -> Registries {
        Registries::new(self.settings)
    }
}

/// The same login everywhere.
pub struct Known(Login);

#[async_trait]
impl Credentials for Known {
    async fn login(&self, _: &str, _: &str) -> Result<Option<Login>, CredentialsError> {
        Ok(Some(self.0.clone()))
    }
}

pub fn password(text: &str) -> Secret {
    Secret::Password(text.to_owned().into())
}

/// A registry with TLS, and the settings that trust it.
pub struct Secured {
    pub server: Server,
    pub authority: Authority,
}

impl Secured {
    pub async fn start(answers: impl Fn(&Seen) -> Act + Send + Sync + 'static) -> Self {
        let authority = Authority::new();
        let server = Server::start(Some(authority.tls(&GOOD)), answers).await;
        Self { server, authority }
    }

    pub fn setting(&self) -> Registry {
        trusting(&self.server.host, &self.authority)
    }

    pub fn world(&self) -> World {
        World::new(vec![self.setting()])
    }

    pub fn repository(&self) -> Repository {
        repository(&self.server.host, "a")
    }
}

pub fn trusting(host: &str, authority: &Authority) -> Registry {
    Registry { host: host.into(), insecure: false, certificate: Some(authority.pem.clone()), mirrors: Vec::new() }
}

pub fn insecure(host: &str) -> Registry {
    Registry { host: host.into(), insecure: true, certificate: None, mirrors: Vec::new() }
}

pub fn repository(host: &str, name: &str) -> Repository {
    Repository::of(&ImageReference::parse(&format!("{host}/{name}")).unwrap()).unwrap()
}

pub fn blob(bytes: &[u8]) -> Blob {
    Blob { digest: digest(bytes), size: bytes.len() as u64 }
}

/// Bytes of which no two parts are alike.
pub fn bytes(count: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_le_bytes()[3]
    };
    std::iter::repeat_with(next).take(count).collect()
}

/// Reads a blob into memory.
pub async fn read(registries: &Registries, repository: &Repository, blob: &Blob) -> Result<Vec<u8>, Error> {
    let mut sink = Cursor::new(Vec::new());
    registries.blob(repository, blob, &mut sink, &|_| {}).await?;
    Ok(sink.into_inner())
}
