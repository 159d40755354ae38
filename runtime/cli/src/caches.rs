//! Where the caches of a project are, and how this machine reaches them.

mod of_run;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretSlice};
use windlass_cache_store::{Attempts, Settings as StoreSettings, Stores};
use windlass_model::cache::StoreLocation;
use windlass_model::secret::SecretName;
use windlass_model::settings::CacheSettings;
use windlass_registry::credentials::Configured;
use windlass_registry::{Proxies, Registries, Settings as RegistrySettings};

use crate::args::{Global, SecretOptions, VariableOptions};
use crate::environment::{self, Environment, ProcessEnvironment};
use crate::failure::Failure;
use crate::output;
use crate::project::{Project, home_of};
use crate::reading::ProjectError;
use crate::registries::for_host;
use crate::secrets::{Source, Sources};
use crate::trust::{CACHE_KEY, Trust, of_caches};
use crate::variables::Given;
use crate::voices::{self, Found, Voices};

pub use of_run::{of_run, tidy};

/// How long a registry that fails is asked again: nobody waits long for a cache.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the variables begin with that say how buckets are reached.
const OF_BUCKETS: [&str; 3] = ["AWS_", "GOOGLE_", "AZURE_"];

/// The caches of a project.
pub struct Kept {
    /// What the settings say that count.
    pub settings: CacheSettings,
    /// How stores are reached.
    pub stores: Stores,
}

impl Kept {
    /// The store: that of the settings, else the directory of the user's.
    pub fn location(&self) -> StoreLocation {
        self.settings.store.clone().unwrap_or_else(|| StoreLocation::Directory(String::new()))
    }
}

/// Those of the project that a command is about. What a repository says of them that nobody trusts does not count.
///
/// # Errors
/// When a file is wrong, the key cannot be read, or the user has no directory for them.
pub async fn of_project(global: &Global) -> Result<Kept, Failure> {
    let read = Project::read(global, (&VariableOptions::default(), &SecretOptions::default()), &ProcessEnvironment);
    let voices = match read {
        Ok(project) => project.voices,
        Err(ProjectError::NoFile(_)) if global.file.is_none() => {
            let found = Found { named: &global.settings, beside: None };
            voices::find(found, &ProcessEnvironment).map_err(|error| error.show(global))?
        }
        Err(error) => return Err(error.show(global)),
    };
    let trust = Trust::remembered(global, &home_of(global).unwrap_or_default(), &ProcessEnvironment);
    let settings = settings(&voices, &trust);
    let sources = Sources::collect(&[], &Given::collect(&VariableOptions::default(), &BTreeMap::new())?, &voices, &trust)?;
    let stores = stores(&voices, &trust, key(&sources).await?)?;
    Ok(Kept { settings, stores })
}

/// What counts of what the settings say.
fn settings(voices: &Voices, trust: &Trust) -> CacheSettings {
    let platform = voices.platform();
    let asks = voices.repository.iter().flat_map(|layer| of_caches(layer, voices, &platform));
    if asks.into_iter().all(|ask| trust.allows(&ask)) {
        // What others have stored is not for this project to tidy up.
        let (max_size, expire) = (platform.cache.max_size, platform.cache.expire);
        return CacheSettings { max_size, expire, ..voices.settings().cache };
    }
    output::progress("note: what the project says of its caches was left out: you have not trusted it (windlass trust)");
    platform.cache
}

/// The key that the settings name, if they do.
///
/// # Errors
/// When it cannot be read.
pub async fn key(sources: &Sources) -> Result<Option<SecretSlice<u8>>, Failure> {
    let Some(source) = sources.cache_key() else { return Ok(None) };
    let name = SecretName::new(CACHE_KEY).map_err(|error| Failure::usage(error.to_string(), "this is a bug in windlass"))?;
    let key = source.read(&name, &ProcessEnvironment, None).await?;
    output::redactor().add([key.expose_secret()]);
    Ok(Some(key))
}

/// What to say of a key that is to come from a variable which is not set here: a run would start with empty caches, and store nothing.
pub fn without_key(sources: &Sources, environment: &impl Environment) -> Option<String> {
    let Source::Environment(name) = sources.cache_key()? else { return None };
    let is_set = environment.get(&name).is_some_and(|value| !value.is_empty());
    let told = || format!("caches start empty and are not stored: the key of `cache` is to come from {name}, which is not set");
    (!is_set).then(told)
}

/// The stores, as this machine reaches them.
///
/// # Errors
/// When the user has no directories for them, or a proxy of the environment is none.
pub fn stores(voices: &Voices, trust: &Trust, key: Option<SecretSlice<u8>>) -> Result<Stores, Failure> {
    let (state, cache) = (state()?, environment::cache_directory(&ProcessEnvironment).ok_or_else(|| homeless("XDG_CACHE_HOME"))?);
    let proxies = Proxies::of(|name: &str| std::env::var(name).ok()).map_err(|error| {
        let help = format!("correct {}, or unset it", error.variable);
        Failure::usage(error.to_string(), help)
    })?;
    let registries = Registries::new(RegistrySettings {
        registries: for_host(voices, trust),
        proxies,
        credentials: Arc::new(Configured::of(|name: &str| -> Option<OsString> { ProcessEnvironment.get(name) })),
        patience: PATIENCE,
        largest_blob: u64::MAX,
        observer: Arc::new(()),
        redactor: output::redactor().clone(),
    });
    let environment: Vec<(String, String)> =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))).collect();
    let of_buckets = |(name, _): &(String, String)| OF_BUCKETS.iter().any(|prefix| name.starts_with(prefix));
    // Most of them are no secrets, and those that are have names of many kinds.
    let is_secret =
        |name: &str| ["SECRET", "KEY", "TOKEN", "PASSWORD"].iter().any(|word| name.contains(word)) && !name.ends_with("_ID");
    let environment: Vec<(String, String)> = environment.into_iter().filter(of_buckets).collect();
    output::redactor().add(environment.iter().filter(|(name, _)| is_secret(name)).map(|(_, value)| value));
    Ok(Stores::new(StoreSettings { state, cache, key, registries: Arc::new(registries), environment, relay_loopback: true }))
}

/// What runs of a project have found.
///
/// # Errors
/// When the user has no directory for it.
pub fn attempts(project: &Path) -> Result<Attempts, Failure> {
    let project = if project.as_os_str().is_empty() { Path::new(".") } else { project };
    Ok(Attempts::of(&state()?, project))
}

fn state() -> Result<PathBuf, Failure> {
    environment::state_directory(&ProcessEnvironment).ok_or_else(|| homeless("XDG_STATE_HOME"))
}

fn homeless(variable: &str) -> Failure {
    Failure::usage("there is no directory for caches", format!("set HOME or {variable}"))
}
