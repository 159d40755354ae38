//! Where the plugins of a command come from that windlass does not carry: the project's settings and lock, and what this machine has.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use windlass_model::plugin_reference::PluginReference;
use windlass_model::settings::Settings as Said;
use windlass_model::text;
use windlass_plugin_source::{Bundled, Locking, PluginSource, Progress, Settings, Signer};
use windlass_plugin_store::lock::{FILE_NAME, Lock};
use windlass_registry::credentials::Configured;
use windlass_registry::{Error, Observer, Proxies, Registries};

use super::bundled::Bundled as OfBundles;
use super::signers::signers;
use crate::args::PluginFiles;
use crate::environment::{self, Environment, ProcessEnvironment};
use crate::failure::Failure;
use crate::output;
use crate::project::Project;
use crate::registries::{for_host, unheard};
use crate::trust::Trust;
use crate::voices::Voices;

/// The largest blob that is fetched: components are smaller.
const LARGEST: u64 = 128 << 20;

/// How long a registry is asked again that does not answer, unless settings say how patient to be.
const PATIENCE: Duration = Duration::from_secs(30);

/// A source of plugins, and the lock file that belongs to it.
pub struct Locked {
    /// The source.
    pub source: PluginSource,
    /// The file; nothing where no project is.
    pub file: Option<PathBuf>,
    /// The names of the bundles.
    pub bundles: Vec<String>,
    /// The registries of which the project speaks and is not heard, each with its file.
    pub unheard: BTreeMap<String, String>,
}

/// The plugins that a project can name.
///
/// # Errors
/// When `windlass.lock` cannot be read, or a proxy of the environment is none.
pub fn of_project(given: &PluginFiles, project: &Project, trust: &Trust) -> Result<Locked, Failure> {
    let named = Named { home: &project.home(), voices: &project.voices, said: &project.settings, bundled: &project.bundled };
    of_named(given, &named, trust)
}

/// Who names plugins in a project, before its tasks are known.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    /// The directory of the task file.
    pub home: &'a Path,
    /// Who says what.
    pub voices: &'a Voices,
    /// What all of them say together.
    pub said: &'a Said,
    /// What its bundles say of settings.
    pub bundled: &'a OfBundles,
}

/// The same, before its tasks are known.
///
/// # Errors
/// As [`of_project`].
pub fn of_named(given: &PluginFiles, named: &Named<'_>, trust: &Trust) -> Result<Locked, Failure> {
    let Named { home, voices, said, bundled } = *named;
    let file = home.join(FILE_NAME);
    let lock = read(&file)?;
    let place = Place { voices, said, trust };
    let signers = signers(voices)?;
    let source = source(given, &place, How { lock, locking: locking(given, voices), signers, anew: false })?;
    source.resolved(&bundled.locked);
    Ok(place.locked(source, Some(file)))
}

/// Where the settings of bundles come from, as far as the voices say that were found before them.
///
/// # Errors
/// When a proxy of the environment is none.
pub fn of_bundles(
    given: Option<&PluginFiles>,
    (voices, trust): (&Voices, &Trust),
    lock: Lock,
    signers: Vec<Signer>,
) -> Result<PluginSource, Failure> {
    let said = voices.settings();
    let locking = given.map_or(Locking::Open, |given| locking(given, voices));
    let how = How { lock, locking, signers, anew: given.is_none() };
    source(given.unwrap_or(&PluginFiles::default()), &Place { voices, said: &said, trust }, how)
}

/// Who wants plugins locked, the command line before any policy.
fn locking(given: &PluginFiles, voices: &Voices) -> Locking {
    let by = voices.layers().find(|layer| layer.settings.policy.locked);
    match by {
        _ if given.is_locked(&ProcessEnvironment) => Locking::Option,
        Some(layer) => Locking::Policy { file: layer.name() },
        None => Locking::Open,
    }
}

/// The plugins that can be named where no task file is read: as the lock of this directory has them, and nothing is added to it. `more` are
/// bundles that the settings do not name.
///
/// # Errors
/// When `windlass.lock` cannot be read, or a proxy of the environment is none.
pub fn of_here(given: &PluginFiles, voices: &Voices, more: BTreeMap<String, PluginReference>) -> Result<Locked, Failure> {
    let mut said = voices.settings();
    for (name, reference) in more {
        said.bundles.entry(name).or_insert(reference);
    }
    let place = Place { voices, said: &said, trust: &Trust::nothing() };
    let how = How { lock: read(Path::new(FILE_NAME))?, signers: signers(voices)?, ..How::default() };
    let source = source(given, &place, how)?;
    Ok(place.locked(source, None))
}

/// The same for who changes the lock: `kept` is what stays of it.
///
/// # Errors
/// As [`of_project`].
pub fn to_update(project: &Project, trust: &Trust, kept: Lock) -> Result<Locked, Failure> {
    let place = Place { voices: &project.voices, said: &project.settings, trust };
    let signers = signers(&project.voices)?;
    let how = How { lock: kept, locking: Locking::Open, signers, anew: true };
    let source = source(&PluginFiles::default(), &place, how)?;
    Ok(place.locked(source, Some(project.home().join(FILE_NAME))))
}

/// The plugins of a lock, where no task file is read.
///
/// # Errors
/// When a proxy of the environment is none.
pub fn of_lock(voices: &Voices, lock: Lock) -> Result<PluginSource, Failure> {
    let said = voices.settings();
    let how = How { lock, locking: Locking::Option, ..How::default() };
    source(&PluginFiles::default(), &Place { voices, said: &said, trust: &Trust::nothing() }, how)
}

/// Reads the lock; an empty one where there is none.
///
/// # Errors
/// When it cannot be read.
pub fn read(file: &Path) -> Result<Lock, Failure> {
    let wrong = |source| Failure::Lock { path: file.to_owned(), source };
    Ok(Lock::read(file).map_err(wrong)?.unwrap_or_default())
}

/// Who says how things are reached.
struct Place<'a> {
    voices: &'a Voices,
    said: &'a Said,
    trust: &'a Trust,
}

impl Place<'_> {
    fn locked(&self, source: PluginSource, file: Option<PathBuf>) -> Locked {
        let bundles = self.said.bundles.keys().cloned().collect();
        Locked { source, file, bundles, unheard: unheard(self.voices, self.trust) }
    }
}

/// What is found, and who vouches for it.
#[derive(Default)]
struct How {
    lock: Lock,
    locking: Locking,
    signers: Vec<Signer>,
    anew: bool,
}

fn source(given: &PluginFiles, place: &Place<'_>, how: How) -> Result<PluginSource, Failure> {
    let How { lock, locking, signers, anew } = how;
    Ok(PluginSource::new(Settings {
        registries: Arc::new(registries(place.voices, place.said, place.trust)?),
        store: store(&ProcessEnvironment),
        vendored: place.said.vendored.as_ref().map(PathBuf::from),
        // Paths of the settings count from where windlass runs already.
        bundles: place.said.bundles.iter().map(|(name, reference)| (name.clone(), bundled(reference))).collect(),
        lock,
        locking,
        signers,
        anew,
        offline: given.offline,
        progress: progress("fetching"),
    }))
}

fn bundled(reference: &PluginReference) -> Bundled {
    Bundled { reference: reference.clone(), base: PathBuf::new() }
}

/// The registries as this host reaches them.
///
/// # Errors
/// When a proxy of the environment is none.
pub fn registries(voices: &Voices, said: &Said, trust: &Trust) -> Result<Registries, Failure> {
    let text = |name: &str| std::env::var(name).ok();
    let proxies = Proxies::of(text).map_err(|error| {
        let help = format!("correct {}, or unset it", error.variable);
        Failure::usage(error.to_string(), help)
    })?;
    Ok(Registries::new(windlass_registry::Settings {
        registries: for_host(voices, trust),
        proxies,
        credentials: Arc::new(Configured::of(|name: &str| -> Option<OsString> { ProcessEnvironment.get(name) })),
        patience: said.api_patience.unwrap_or(PATIENCE),
        largest_blob: LARGEST,
        observer: Arc::new(Told),
        redactor: output::redactor().clone(),
    }))
}

/// The directory with what was fetched: `windlass/plugins` in the user's cache directory; `None` when the user has none.
pub fn store(environment: &impl Environment) -> Option<PathBuf> {
    environment::cache_directory(environment).map(|cache| cache.join("plugins"))
}

/// Waits and detours are told while they last.
struct Told;

impl Observer for Told {
    fn asks_again(&self, error: &Error, pause: Duration) {
        output::line(&format!("note: {error}; asking again in {:.1} s", pause.as_secs_f32()));
    }

    fn passes_over(&self, mirror: &str, error: &Error) {
        output::line(&format!("note: the mirror {mirror} is passed over: {error}"));
    }
}

/// A line for each transfer that is large enough to wait for: `doing` is `fetching` or `sending`.
pub fn progress(doing: &'static str) -> Progress {
    const WORTH_A_LINE: u64 = 1 << 20;
    let told = Mutex::new(BTreeSet::new());
    Arc::new(move |what: &str, _there: u64, size: u64| {
        let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
        if size >= WORTH_A_LINE && told.insert((what.to_owned(), size)) {
            output::line(&format!("{doing} {what} ({})", text::size(size)));
        }
    })
}
