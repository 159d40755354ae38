//! The scripted pod: it answers a plugin as a case says, and remembers what was done to it. `backend` is what the plugin host sees of it.

mod answers;
mod backend;
mod commands;
mod files;
mod interruption;
mod requests;
mod workspace;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use windlass_engine::ports::plugin::{RegistryAccess, Value};
use windlass_model::event::Level;
use windlass_model::pod::{MAIN, paths};
use windlass_model::result::Annotation;
use windlass_model::secret::SecretName;

use crate::case::{Architecture, Case, Text};
use commands::Commands;
pub(crate) use commands::told;
use files::Files;
pub(crate) use interruption::{At, Interruption};
use requests::Requests;
use workspace::Workspace;
pub(crate) use workspace::is_inside;

/// The directory that commands start in.
const WORKING_DIRECTORY: &str = "/tmp/cirrus-ci-build";

/// The directory on disk that all containers share.
const SHARED: &str = "/windlass/shared/.windlass";

/// What a pod does with commands that the case has no answer for, and with the output of all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// They cannot be started, and the case fails.
    Exact,
    /// They do nothing, and succeed.
    Lenient,
    /// The same, and every output is long and no text.
    Babbling,
}

/// A pod for one run of a plugin.
pub(crate) struct Pod {
    manner: Manner,
    containers: Vec<String>,
    /// Of the containers that the case describes, what is in their PATH.
    programs: BTreeMap<String, Vec<String>>,
    architectures: BTreeMap<String, Architecture>,
    environment: BTreeMap<String, String>,
    registries: Vec<RegistryAccess>,
    workspace: Workspace,
    interruption: Interruption,
    stop: watch::Sender<bool>,
    state: Mutex<State>,
}

/// What happened in it.
#[derive(Default)]
struct State {
    commands: Commands,
    requests: Requests,
    files: Files,
    secrets: BTreeMap<String, Vec<u8>>,
    variables: BTreeMap<String, (String, bool)>,
    results: BTreeMap<String, String>,
    annotations: Vec<Annotation>,
    log: Vec<(Level, String)>,
    /// The containers that it did something in.
    reached: BTreeSet<String>,
    made: usize,
}

impl Pod {
    /// The pod of a case. `brought` are the supervised containers that the plugin brings.
    pub(crate) fn new(case: &Case, brought: &[String], manner: Manner, interruption: Interruption) -> Self {
        let mut containers = vec![MAIN.to_owned()];
        for name in case.containers.keys().chain(brought) {
            if !containers.contains(name) {
                containers.push(name.clone());
            }
        }
        let access = |registry: &crate::case::Registry| RegistryAccess {
            host: registry.host.clone(),
            insecure: registry.insecure,
            certificate: registry.certificate.clone(),
            mirrors: registry.mirrors.clone(),
            credentials: registry.username.clone().zip(registry.secret.clone().and_then(|name| SecretName::new(name).ok())),
        };
        let state = State {
            commands: Commands::of(case),
            requests: Requests::of(case),
            files: Files::of(case, WORKING_DIRECTORY),
            secrets: case.secrets.iter().map(|(name, secret)| (name.clone(), secret.0.clone().into_bytes())).collect(),
            ..State::default()
        };
        Self {
            manner,
            containers,
            programs: case.containers.iter().map(|(name, has)| (name.clone(), has.programs.clone())).collect(),
            architectures: case.containers.iter().filter_map(|(name, has)| Some((name.clone(), has.architecture?))).collect(),
            environment: case.environment.iter().map(|(name, Text(value))| (name.clone(), value.clone())).collect(),
            registries: case.registries.iter().map(access).collect(),
            workspace: Workspace::new(&case.workspace),
            interruption,
            stop: watch::channel(false).0,
            state: Mutex::new(state),
        }
    }

    /// Gives a value to each secret that the plugin asks for and the case does not know.
    pub(crate) fn with_secrets(self, names: &[SecretName]) -> Self {
        for name in names {
            let value = || format!("a-secret-of-the-test-kit-{name}").into_bytes();
            self.state().secrets.entry(name.as_str().to_owned()).or_insert_with(value);
        }
        self
    }

    /// What follows is the cleanup: it is not interrupted.
    pub(crate) fn begin_cleanup(&self) {
        self.interruption.end();
        self.state().commands.begin_cleanup();
    }

    /// Waits until it is the plugin's turn to trap.
    pub(crate) async fn trap_is_due(&self) {
        self.interruption.trap_is_due().await;
    }

    /// How many calls there were that can be interrupted.
    pub(crate) fn calls(&self) -> usize {
        self.interruption.calls()
    }

    /// The lines that were logged.
    pub(crate) fn log(&self) -> Vec<(Level, String)> {
        self.state().log.clone()
    }

    /// The variables that were set, and whether they are masked.
    pub(crate) fn variables(&self) -> BTreeMap<String, (String, bool)> {
        self.state().variables.clone()
    }

    /// The results that were said, each as a variable would hold it.
    pub(crate) fn results(&self) -> BTreeMap<String, String> {
        self.state().results.clone()
    }

    /// What was remarked about lines of files.
    pub(crate) fn annotations(&self) -> Vec<Annotation> {
        self.state().annotations.clone()
    }

    /// What is wrong with the commands that were run, and with the requests that were sent.
    pub(crate) fn wrong_calls(&self) -> Vec<String> {
        let state = self.state();
        [state.commands.wrong(), state.requests.wrong()].concat()
    }

    /// What a file of a container holds now.
    pub(crate) fn file(&self, container: &str, path: &str) -> Option<Value> {
        self.state().files.get(container, path).map(|file| file.contents.clone())
    }

    /// What a file of the working copy holds now.
    pub(crate) fn workspace_file(&self, path: &str) -> Option<Vec<u8>> {
        self.workspace.read(path)
    }

    /// The names of its containers.
    pub(crate) fn has_container(&self, name: &str) -> bool {
        self.containers.iter().any(|known| known == name)
    }

    /// Whether it did something in a container.
    pub(crate) fn has_reached(&self, container: &str) -> bool {
        self.state().reached.contains(container)
    }

    fn reach(&self, container: &str) {
        self.state().reached.insert(container.to_owned());
    }

    /// The bytes of a secret.
    pub(crate) fn secret_bytes(&self, name: &str) -> Option<Vec<u8>> {
        self.state().secrets.get(name).cloned()
    }

    /// The bytes of all secrets, of those that the plugin made, too, and of variables that are masked.
    pub(crate) fn all_secrets(&self) -> Vec<Vec<u8>> {
        let state = self.state();
        let masked = state.variables.values().filter(|(_, sensitive)| *sensitive).map(|(value, _)| value.clone().into_bytes());
        state.secrets.values().cloned().chain(masked).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn private() -> String {
        format!("{}/step-1", paths::RUN)
    }
}
