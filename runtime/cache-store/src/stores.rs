//! The stores that a user of this machine reaches, each opened once.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretSlice};
use tokio::sync::{Mutex, OnceCell};
use windlass_model::cache::StoreLocation;
use windlass_registry::Registries;

use crate::StoreError;
use crate::backend::Backend;
use crate::backend::bucket::{Bucket, Reach};
use crate::backend::directory::Directory;
use crate::backend::registry::Registry;
use crate::key::Key;
use crate::scratch::Scratch;

/// What stores are reached with.
pub struct Settings {
    /// Where windlass keeps what it remembers of this user: the key lies below.
    pub state: PathBuf,
    /// Where windlass keeps what it can make again: the store of `dir:` without a path lies below, and what is on its way.
    pub cache: PathBuf,
    /// A secret that several hosts share, instead of the user's own key.
    pub key: Option<SecretSlice<u8>>,
    /// How registries are reached.
    pub registries: Arc<Registries>,
    /// The variables of the environment that say how buckets are reached, and with which credentials: those that begin with `AWS_`, `GOOGLE_` and
    /// `AZURE_`.
    pub environment: Vec<(String, String)>,
    /// Whether the bytes of a store on this machine's own loopback go through this process: a pod's loopback is another.
    pub relay_loopback: bool,
}

/// All stores. Cheap to clone; one serves all tasks of a process.
#[derive(Clone)]
pub struct Stores(Arc<Inner>);

struct Inner {
    settings: Settings,
    key: OnceCell<Key>,
    open: Mutex<HashMap<String, Arc<dyn Backend>>>,
}

impl fmt::Debug for Stores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stores").field("state", &self.0.settings.state).finish_non_exhaustive()
    }
}

impl Stores {
    /// Nothing is opened yet.
    pub fn new(settings: Settings) -> Self {
        Self(Arc::new(Inner { settings, key: OnceCell::new(), open: Mutex::default() }))
    }

    /// The key that seals entries.
    pub(crate) async fn key(&self) -> Result<Key, StoreError> {
        let made = || async {
            if let Some(secret) = &self.0.settings.key {
                return Key::of_secret(secret.expose_secret());
            }
            let place = place(&self.0.settings.state);
            blocking(move || Key::of_user(&place)).await
        };
        self.0.key.get_or_try_init(made).await.cloned()
    }

    pub(crate) async fn backend(&self, location: &StoreLocation) -> Result<Arc<dyn Backend>, StoreError> {
        let mut open = self.0.open.lock().await;
        if let Some(backend) = open.get(&location.to_string()) {
            return Ok(Arc::clone(backend));
        }
        let backend = self.open(location).await?;
        open.insert(location.to_string(), Arc::clone(&backend));
        Ok(backend)
    }

    async fn open(&self, location: &StoreLocation) -> Result<Arc<dyn Backend>, StoreError> {
        let settings = &self.0.settings;
        match location {
            StoreLocation::Directory(path) => {
                let path = if path.is_empty() { place(&settings.cache) } else { PathBuf::from(path) };
                let path = std::path::absolute(&path).map_err(StoreError::io("finding", path.display().to_string()))?;
                let directory = blocking(move || Directory::open(&path)).await?;
                Ok(Arc::new(directory))
            }
            StoreLocation::Registry(path) => {
                let registries = Arc::clone(&settings.registries);
                Ok(Arc::new(Registry::new(path, registries, self.scratch().await?, settings.relay_loopback)?))
            }
            StoreLocation::Bucket { provider, bucket, prefix } => {
                let reach = Reach { environment: &settings.environment, relay_loopback: settings.relay_loopback };
                Ok(Arc::new(Bucket::open(*provider, bucket, prefix, &reach, self.scratch().await?)?))
            }
        }
    }
}

impl Stores {
    async fn scratch(&self) -> Result<Arc<Scratch>, StoreError> {
        let path = self.0.settings.cache.join("passing");
        blocking(move || Scratch::open(&path).map(Arc::new)).await
    }
}

/// Where caches have their part of a directory of the user's.
fn place(of: &Path) -> PathBuf {
    of.join("caches")
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, StoreError> + Send + 'static) -> Result<T, StoreError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|problem| Err(StoreError::io("opening", "the store")(std::io::Error::other(problem))))
}
